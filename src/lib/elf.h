/* SPDX-License-Identifier: MIT */
/*
 * Check of a program image (little endian, ET_EXEC, static): ELF64 for AArch64, or ELF32
 * for AArch32 (EABI version 5).
 * Pure: it reads image[0..size) and says what is to be mapped where; nothing of
 * the file is trusted. Alignment of the image does not matter.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

#define ELF_SEGMENTS_MAX 8

struct elf_segment {
	u64 vaddr;	/* page aligned, user range */
	u64 memsz;	/* bytes, page multiple, > 0 */
	u64 file_off;	/* where the bytes begin: the byte for vaddr + skip */
	u64 skip;	/* bytes of zero in front within the first page */
	u64 filesz;	/* bytes taken from the file; the rest is zero */
	u32 prot;	/* PROT_* of abi/lodger.h; PROT_READ is always there */
};

struct elf_image {
	u32 bits;	/* 64, or 32: an AArch32 program */
	u64 entry;	/* inside an executable segment; 32 bits: odd is T32 */
	u64 end;	/* first page-aligned address above all segments */
	unsigned int nr_segments;
	struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/*
 * Returns 0, or -ENOEXEC; then *why (else NULL) is one short reason, a constant
 * string, and *out means nothing. Segments come out sorted, page aligned, not
 * overlapping (no two share a page), inside [USER_VA_START, USER_VA_END) or, 32 bits, below
 * USER32_VA_END, never both writable and executable.
 */
int elf_parse(const void *image, size_t size, struct elf_image *out,
	      const char **why) __must_check;
/* The same of a file of which only the first bytes can be seen, image[0..have): its headers
 * must be there. */
int elf_parse_head(const void *image, size_t have, size_t size, struct elf_image *out,
		   const char **why) __must_check;

/* May code begin there? A32 and A64 instructions are words, T32 ones half-words. */
static inline bool elf_entry_aligned(u64 entry, bool is_32)
{
	return (entry & 3) == 0 || (is_32 && entry & 1);
}
