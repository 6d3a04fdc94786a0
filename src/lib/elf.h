/* SPDX-License-Identifier: MIT */
/*
 * Check of an ELF64 program image (little endian, AArch64, ET_EXEC, static).
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
	u64 entry;	/* inside an executable segment */
	u64 end;	/* first page-aligned address above all segments */
	unsigned int nr_segments;
	struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/*
 * Returns 0, or -ENOEXEC; then *why (else NULL) is one short reason, a constant
 * string, and *out means nothing. Segments come out sorted, page aligned, not
 * overlapping (no two share a page), inside [USER_VA_START, USER_VA_END), never
 * both writable and executable.
 */
int elf_parse(const void *image, size_t size, struct elf_image *out,
	      const char **why) __must_check;
/* The same of a file of which only the first bytes can be seen, image[0..have): its headers
 * must be there. */
int elf_parse_head(const void *image, size_t have, size_t size, struct elf_image *out,
		   const char **why) __must_check;
