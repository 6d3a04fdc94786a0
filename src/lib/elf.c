/* SPDX-License-Identifier: MIT */
/*
 * From an ELF64 file to the list of what a loader has to map.
 *
 * First everything is checked, then something is done: this file is the first
 * half. It holds to the ELF-64 Object File Format (version 1.5) and the ELF
 * supplement for the Arm 64-bit architecture, and asks for more where a program
 * could otherwise surprise the loader: static, a fixed address, whole pages
 * that no two segments share, nothing writable and executable at once.
 *
 * Sums are taken only of what was compared with its limit before, so none can
 * wrap: that is why each check is written as "b > limit - a".
 */
#include "lib/elf.h"

#include "abi/lodger.h"
#include "kernel/errno.h"
#include "lib/string.h"

#define ELFCLASS64 2
#define ELFDATA2LSB 1
#define EV_CURRENT 1
#define ET_EXEC 2
#define EM_AARCH64 183

#define PT_LOAD 1
#define PT_DYNAMIC 2
#define PT_INTERP 3

#define PF_X 1
#define PF_W 2
#define PF_R 4

#define PAGE_MASK ((u64)USER_PAGE_SIZE - 1)

struct ehdr {
	u8 magic[4];
	u8 class, data, ident_version;
	u8 ident_rest[9];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

static_assert(sizeof(struct ehdr) == 64, "as in the ELF standard");
static_assert(sizeof(struct phdr) == 56, "as in the ELF standard");

/* Each check answers with the reason of a refusal, or NULL. */

static const char *check_ehdr(const struct ehdr *eh, size_t size)
{
	if (memcmp(eh->magic, "\177ELF", 4) != 0)
		return "not an ELF file";
	if (eh->class != ELFCLASS64)
		return "not a 64-bit program";
	if (eh->data != ELFDATA2LSB)
		return "not little-endian";
	if (eh->ident_version != EV_CURRENT || eh->version != EV_CURRENT)
		return "unknown ELF version";
	if (eh->machine != EM_AARCH64)
		return "not for AArch64";
	if (eh->type != ET_EXEC)
		return "not a static executable";
	if (eh->phentsize != sizeof(struct phdr))
		return "odd size of program headers";
	if (eh->phnum == 0)
		return "no program headers";
	if (eh->phoff > size ||
	    eh->phnum * sizeof(struct phdr) > size - eh->phoff)
		return "program headers outside the file";
	return NULL;
}

static const char *check_load(const struct phdr *ph, size_t size)
{
	if (ph->filesz > ph->memsz)
		return "segment larger in the file than in memory";
	if (ph->offset > size || ph->filesz > size - ph->offset)
		return "segment outside the file";
	if (ph->vaddr < USER_VA_START || ph->vaddr >= USER_VA_END ||
	    ph->memsz > USER_VA_END - ph->vaddr)
		return "segment outside the user range";
	if (ph->align & (ph->align - 1))
		return "segment alignment not a power of two";
	if (ph->align && ((ph->vaddr - ph->offset) & (ph->align - 1)))
		return "segment misaligned";
	if (!(ph->flags & (PF_R | PF_W | PF_X)))
		return "segment without permissions";
	if ((ph->flags & PF_W) && (ph->flags & PF_X))
		return "segment both writable and executable";
	return NULL;
}

/* Put the segment where its address belongs among those already found. */
static const char *add_segment(struct elf_image *out, const struct phdr *ph)
{
	u64 start = ph->vaddr & ~PAGE_MASK;
	u64 end = (ph->vaddr + ph->memsz + PAGE_MASK) & ~PAGE_MASK;
	unsigned int at = out->nr_segments;
	struct elf_segment *seg = out->segment;

	if (out->nr_segments == ELF_SEGMENTS_MAX)
		return "too many segments";
	for (; at > 0 && seg[at - 1].vaddr > start; at--)
		seg[at] = seg[at - 1];
	out->nr_segments++;
	seg[at] = (struct elf_segment){
		.vaddr = start,
		.memsz = end - start,
		.file_off = ph->offset,
		.skip = ph->vaddr - start,
		.filesz = ph->filesz,
		/* The tables know no write-only or execute-only user page. */
		.prot = PROT_READ | (ph->flags & PF_W ? PROT_WRITE : 0) |
			(ph->flags & PF_X ? PROT_EXEC : 0),
	};
	if (at > 0 && seg[at - 1].vaddr + seg[at - 1].memsz > start)
		return "segments share a page";
	if (at + 1 < out->nr_segments && end > seg[at + 1].vaddr)
		return "segments share a page";
	return NULL;
}

static const char *check_entry(const struct elf_image *img)
{
	const struct elf_segment *seg = img->segment;

	if (img->entry & 3)
		return "entry point misaligned";
	for (unsigned int i = 0; i < img->nr_segments; i++) {
		if ((seg[i].prot & PROT_EXEC) && img->entry >= seg[i].vaddr &&
		    img->entry - seg[i].vaddr < seg[i].memsz)
			return NULL;
	}
	return "entry point outside the code";
}

static const char *parse(const u8 *image, size_t have, size_t size, struct elf_image *out)
{
	const struct elf_segment *last;
	const char *why;
	struct ehdr eh;

	if (have < sizeof(eh))
		return "too short";
	memcpy(&eh, image, sizeof(eh));
	why = check_ehdr(&eh, have);
	if (why)
		return why;

	out->entry = eh.entry;
	out->nr_segments = 0;
	for (unsigned int i = 0; i < eh.phnum; i++) {
		struct phdr ph;

		memcpy(&ph, image + eh.phoff + i * sizeof(ph), sizeof(ph));
		if (ph.type == PT_INTERP || ph.type == PT_DYNAMIC)
			return "dynamically linked";
		if (ph.type != PT_LOAD || (ph.memsz == 0 && ph.filesz == 0))
			continue;
		why = check_load(&ph, size);
		if (!why)
			why = add_segment(out, &ph);
		if (why)
			return why;
	}
	if (out->nr_segments == 0)
		return "nothing to load";
	last = &out->segment[out->nr_segments - 1];
	out->end = last->vaddr + last->memsz;
	return check_entry(out);
}

int elf_parse_head(const void *image, size_t have, size_t size, struct elf_image *out,
		   const char **why)
{
	*why = parse(image, have, size, out);
	return *why ? -ENOEXEC : 0;
}

int elf_parse(const void *image, size_t size, struct elf_image *out,
	      const char **why)
{
	return elf_parse_head(image, size, size, out, why);
}
