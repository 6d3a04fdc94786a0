/* SPDX-License-Identifier: MIT */
/* elf_parse(): what it accepts can be mapped without another look. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "abi/lodger.h"
#include "lib/elf.h"

#define PAGE_MASK (USER_PAGE_SIZE - 1UL)

static void check_segment(const struct elf_segment *s, u64 range_end, size_t size)
{
	MUST(s->memsz > 0);
	MUST(((s->vaddr | s->memsz) & PAGE_MASK) == 0);
	MUST(s->vaddr >= (USER_VA_START & ~PAGE_MASK));
	MUST(s->vaddr < range_end && s->memsz <= range_end - s->vaddr);
	MUST(s->skip <= PAGE_MASK && s->filesz <= s->memsz - s->skip);
	MUST(s->filesz <= size && s->file_off <= size - s->filesz);
	MUST(s->prot & PROT_READ);
	MUST(!(s->prot & ~(u32)(PROT_READ | PROT_WRITE | PROT_EXEC)));
	MUST(!(s->prot & PROT_WRITE) || !(s->prot & PROT_EXEC));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct elf_image img;
	const char *why = "untouched";
	int err = elf_parse(data, size, &img, &why);
	bool entry_found = false;
	u64 end = 0;

	if (err) {
		MUST(err == -ENOEXEC && why && strlen(why) > 0);
		return 0;
	}
	MUST(!why);
	MUST(img.bits == 64 || img.bits == 32);
	MUST(img.nr_segments > 0 && img.nr_segments <= ELF_SEGMENTS_MAX);
	for (unsigned int i = 0; i < img.nr_segments; i++) {
		const struct elf_segment *s = &img.segment[i];

		check_segment(s, img.bits == 64 ? USER_VA_END : USER32_VA_END, size);
		MUST(s->vaddr >= end); /* in order, and apart */
		end = s->vaddr + s->memsz;
		if (img.entry >= s->vaddr && img.entry < end)
			entry_found = s->prot & PROT_EXEC;
	}
	MUST(entry_found && img.end == end);
	return 0;
}
