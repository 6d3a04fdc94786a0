/* SPDX-License-Identifier: MIT */
/*
 * From an ELF file to the list of what a loader has to map.
 *
 * First everything is checked, then something is done: this file is the first
 * half. It holds to the ELF-64 Object File Format (version 1.5), to System V's for
 * ELF32, and to the ELF supplements for both Arm architectures, and asks for more where
 * a program could otherwise surprise the loader: static, a fixed address, whole pages
 * that no two segments share, nothing writable and executable at once.
 *
 * The headers of an ELF32 file are widened to those of ELF64 as they are read; what is
 * checked after that knows only of the width where the two have other limits.
 *
 * Sums are taken only of what was compared with its limit before, so none can
 * wrap: that is why each check is written as "b > limit - a".
 */
#include "lib/elf.h"

#include "abi/lodger.h"
#include "kernel/errno.h"
#include "lib/string.h"

#define ELFCLASS32 1
#define ELFCLASS64 2
#define ELFDATA2LSB 1
#define EV_CURRENT 1
#define ET_EXEC 2
#define EM_ARM 40
#define EM_AARCH64 183
#define EF_ARM_EABI 0xff000000 /* mask */
#define EF_ARM_EABI_5 0x05000000

#define PT_LOAD 1
#define PT_DYNAMIC 2
#define PT_INTERP 3

#define PF_X 1
#define PF_W 2
#define PF_R 4

#define PAGE_MASK ((u64)USER_PAGE_SIZE - 1)

struct ident {
	u8 magic[4];
	u8 class, data, version;
	u8 rest[9];
};

struct ehdr {
	struct ident ident;
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

struct ehdr32 {
	struct ident ident;
	u16 type, machine;
	u32 version;
	u32 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct phdr32 {
	u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

static_assert(sizeof(struct ehdr) == 64 && sizeof(struct ehdr32) == 52, "as in the standard");
static_assert(sizeof(struct phdr) == 56 && sizeof(struct phdr32) == 32, "as in the standard");

/* A program's width, and what follows from it. */
struct width {
	u32 bits;
	size_t phdr_size;
	u64 end; /* of the user range */
};

/* ---- reading ---- */

static void read_phdr(const u8 *at, const struct width *w, struct phdr *ph)
{
	struct phdr32 p;

	if (w->bits == 64) {
		memcpy(ph, at, sizeof(*ph));
		return;
	}
	memcpy(&p, at, sizeof(p));
	*ph = (struct phdr){ p.type, p.flags, p.offset, p.vaddr, p.paddr, p.filesz, p.memsz,
			     p.align };
}

/* Each of these answers with the reason of a refusal, or NULL. */

static const char *read_ehdr(const u8 *image, size_t size, struct ehdr *eh, struct width *w)
{
	struct ident id;
	struct ehdr32 e;

	if (size < sizeof(id))
		return "too short";
	memcpy(&id, image, sizeof(id));
	if (memcmp(id.magic, "\177ELF", 4) != 0)
		return "not an ELF file";
	if (id.class != ELFCLASS64 && id.class != ELFCLASS32)
		return "neither a 64-bit nor a 32-bit program";
	*w = id.class == ELFCLASS64 ?
		     (struct width){ 64, sizeof(struct phdr), USER_VA_END } :
		     (struct width){ 32, sizeof(struct phdr32), USER32_VA_END };
	if (size < (w->bits == 64 ? sizeof(*eh) : sizeof(e)))
		return "too short";
	if (w->bits == 64) {
		memcpy(eh, image, sizeof(*eh));
		return NULL;
	}
	memcpy(&e, image, sizeof(e));
	*eh = (struct ehdr){ .ident = e.ident, .type = e.type, .machine = e.machine,
			     .version = e.version, .entry = e.entry, .phoff = e.phoff,
			     .flags = e.flags, .phentsize = e.phentsize, .phnum = e.phnum };
	return NULL;
}

/* ---- checking ---- */

static const char *check_ehdr(const struct ehdr *eh, const struct width *w, size_t size)
{
	if (eh->ident.data != ELFDATA2LSB)
		return "not little-endian";
	if (eh->ident.version != EV_CURRENT || eh->version != EV_CURRENT)
		return "unknown ELF version";
	if (w->bits == 64 && eh->machine != EM_AARCH64)
		return "not for AArch64";
	if (w->bits == 32 && eh->machine != EM_ARM)
		return "not for AArch32";
	if (w->bits == 32 && (eh->flags & EF_ARM_EABI) != EF_ARM_EABI_5)
		return "not of EABI version 5";
	if (eh->type != ET_EXEC)
		return "not a static executable";
	if (eh->phentsize != w->phdr_size)
		return "odd size of program headers";
	if (eh->phnum == 0)
		return "no program headers";
	if (eh->phoff > size || eh->phnum * w->phdr_size > size - eh->phoff)
		return "program headers outside the file";
	return NULL;
}

static const char *check_load(const struct phdr *ph, const struct width *w, size_t size)
{
	if (ph->filesz > ph->memsz)
		return "segment larger in the file than in memory";
	if (ph->offset > size || ph->filesz > size - ph->offset)
		return "segment outside the file";
	if (ph->vaddr < USER_VA_START || ph->vaddr >= w->end || ph->memsz > w->end - ph->vaddr)
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

	if (!elf_entry_aligned(img->entry, img->bits == 32))
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
	struct width w;
	struct ehdr eh;
	const char *why = read_ehdr(image, have, &eh, &w);

	if (!why)
		why = check_ehdr(&eh, &w, have);
	if (why)
		return why;

	out->bits = w.bits;
	out->entry = eh.entry;
	out->nr_segments = 0;
	for (unsigned int i = 0; i < eh.phnum; i++) {
		struct phdr ph;

		read_phdr(image + eh.phoff + i * w.phdr_size, &w, &ph);
		if (ph.type == PT_INTERP || ph.type == PT_DYNAMIC)
			return "dynamically linked";
		if (ph.type != PT_LOAD || (ph.memsz == 0 && ph.filesz == 0))
			continue;
		why = check_load(&ph, &w, size);
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
