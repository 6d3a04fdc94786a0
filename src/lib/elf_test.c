/* SPDX-License-Identifier: MIT */
/* A small program image, and what must happen when one thing in it is wrong. */
#include "abi/lodger.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/elf.h"
#include "lib/string.h"

#define IMAGE_SIZE 1024
#define PHOFF 64
#define PHSIZE 56

/* Offsets in the file header and in a program header. */
enum { E_CLASS = 4, E_DATA = 5, E_IDENT_VERSION = 6, E_TYPE = 16,
       E_MACHINE = 18, E_VERSION = 20, E_ENTRY = 24, E_PHOFF = 32,
       E_PHENTSIZE = 54, E_PHNUM = 56 };
enum { P_TYPE = 0, P_FLAGS = 4, P_OFFSET = 8, P_VADDR = 16, P_FILESZ = 32,
       P_MEMSZ = 40, P_ALIGN = 48 };
enum { R = 4, W = 2, X = 1 };

static u8 image[IMAGE_SIZE + 1];
static struct elf_image out;
static const char *why;

static void put(size_t offset, u64 value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		image[offset + i] = (u8)(value >> (8 * i));
}

static size_t phdr(int i, int field)
{
	return (size_t)(PHOFF + i * PHSIZE + field);
}

static void put_segment(int i, u32 flags, u64 vaddr, u64 offset, u64 filesz,
			u64 memsz)
{
	put(phdr(i, P_TYPE), 1, 4);
	put(phdr(i, P_FLAGS), flags, 4);
	put(phdr(i, P_OFFSET), offset, 8);
	put(phdr(i, P_VADDR), vaddr, 8);
	put(phdr(i, P_FILESZ), filesz, 8);
	put(phdr(i, P_MEMSZ), memsz, 8);
	put(phdr(i, P_ALIGN), 4, 8);
}

/* Data first in the file, code first in memory. */
static void make(void)
{
	memset(image, 0, sizeof(image));
	memcpy(image, "\177ELF\2\1\1", 7);
	put(E_TYPE, 2, 2);
	put(E_MACHINE, 183, 2);
	put(E_VERSION, 1, 4);
	put(E_ENTRY, 0x400104, 8);
	put(E_PHOFF, PHOFF, 8);
	put(E_PHENTSIZE, PHSIZE, 2);
	put(E_PHNUM, 3, 2);
	put_segment(0, R | W, 0x500ff0, 0x200, 0x10, 0x1010);
	put_segment(1, R | X, 0x400100, 0x100, 0x80, 0x80);
	put(phdr(2, P_TYPE), 0x6474e551, 4); /* PT_GNU_STACK */
}

static bool refused(const char *reason)
{
	return elf_parse(image, IMAGE_SIZE, &out, &why) == -ENOEXEC && why &&
	       strcmp(why, reason) == 0;
}

/* Seen failing with the segments left in the order of the file, and with the
 * end of a segment not rounded up. */
TEST(elf, says_what_to_map)
{
	make();
	EXPECT_EQ(elf_parse(image, IMAGE_SIZE, &out, &why), 0);
	EXPECT(!why);
	EXPECT_EQ(out.bits, 64);
	EXPECT_EQ(out.nr_segments, 2);
	EXPECT_EQ(out.entry, 0x400104);
	EXPECT_EQ(out.end, 0x502000);
	EXPECT_EQ(out.segment[0].vaddr, 0x400000);
	EXPECT_EQ(out.segment[0].memsz, 0x1000);
	EXPECT_EQ(out.segment[0].file_off, 0x100);
	EXPECT_EQ(out.segment[0].skip, 0x100);
	EXPECT_EQ(out.segment[0].filesz, 0x80);
	EXPECT_EQ(out.segment[0].prot, PROT_READ | PROT_EXEC);
	EXPECT_EQ(out.segment[1].vaddr, 0x500000);
	EXPECT_EQ(out.segment[1].memsz, 0x2000);
	EXPECT_EQ(out.segment[1].prot, PROT_READ | PROT_WRITE);
}

/* Seen failing with `struct ehdr *eh = image` in place of the copy: UBSan saw
 * the misaligned read. */
TEST(elf, takes_any_alignment)
{
	make();
	memmove(image + 1, image, IMAGE_SIZE);
	EXPECT_EQ(elf_parse(image + 1, IMAGE_SIZE, &out, &why), 0);
}

/* Seen failing, one line each, with the respective check removed. */
TEST(elf, refuses_other_files)
{
	static const struct {
		u16 offset;
		u8 value;
		const char *why;
	} bad[] = {
		{ 0, 'E', "not an ELF file" },
		{ E_CLASS, 3, "neither a 64-bit nor a 32-bit program" },
		{ E_DATA, 2, "not little-endian" },
		{ E_IDENT_VERSION, 0, "unknown ELF version" },
		{ E_VERSION, 2, "unknown ELF version" },
		{ E_MACHINE, 62, "not for AArch64" },
		{ E_TYPE, 3, "not a static executable" },
		{ E_PHENTSIZE, 32, "odd size of program headers" },
		{ E_PHNUM, 0, "no program headers" },
		{ E_PHNUM, 18, "program headers outside the file" },
		{ E_PHOFF + 7, 0x80, "program headers outside the file" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		make();
		image[bad[i].offset] = bad[i].value;
		EXPECT(refused(bad[i].why));
	}
	for (size_t cut = 0; cut < 64; cut++) {
		make();
		EXPECT_EQ(elf_parse(image, cut, &out, &why), -ENOEXEC);
		EXPECT_EQ(strcmp(why, "too short"), 0);
	}
}

/* Seen failing, one line each, with the respective check removed. */
TEST(elf, refuses_bad_segments)
{
	static const struct {
		u8 field, bytes;
		u64 value;
		const char *why;
	} bad[] = {
		{ P_FILESZ, 8, 0x81, "segment larger in the file than in memory" },
		{ P_OFFSET, 8, 0x381, "segment outside the file" },
		{ P_OFFSET, 8, ~0x7fULL, "segment outside the file" },
		{ P_VADDR, 8, 0xf100, "segment outside the user range" },
		{ P_VADDR, 8, USER_VA_END, "segment outside the user range" },
		{ P_MEMSZ, 8, ~0ULL, "segment outside the user range" },
		{ P_ALIGN, 8, 24, "segment alignment not a power of two" },
		{ P_ALIGN, 8, 0x1000000, "segment misaligned" },
		{ P_FLAGS, 4, 0, "segment without permissions" },
		{ P_FLAGS, 4, W | X, "segment both writable and executable" },
		{ P_FLAGS, 4, R, "entry point outside the code" },
		{ P_TYPE, 4, 2, "dynamically linked" },
		{ P_TYPE, 4, 3, "dynamically linked" },
		{ P_TYPE, 4, 0, "entry point outside the code" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		make();
		put(phdr(1, bad[i].field), bad[i].value, bad[i].bytes);
		EXPECT(refused(bad[i].why));
	}
	make();
	put(phdr(0, P_TYPE), 0, 4);
	put(phdr(1, P_MEMSZ), 0, 8);
	put(phdr(1, P_FILESZ), 0, 8);
	EXPECT(refused("nothing to load"));
}

/* Seen failing with either neighbour not compared, and with the limit of
 * segments not checked (ASan). */
TEST(elf, refuses_segments_that_touch)
{
	make();
	put(phdr(1, P_VADDR), 0x500100, 8); /* behind, in the first's page */
	EXPECT(refused("segments share a page"));
	make();
	put(phdr(1, P_MEMSZ), 0x100f00, 8); /* before, up to the same page */
	EXPECT(refused("segments share a page"));
	make();
	put(phdr(1, P_MEMSZ), 0xfff00, 8); /* exactly up to it */
	EXPECT_EQ(elf_parse(image, IMAGE_SIZE, &out, &why), 0);

	make();
	put(E_PHNUM, ELF_SEGMENTS_MAX + 1, 2);
	for (int i = 0; i <= ELF_SEGMENTS_MAX; i++)
		put_segment(i, R | X, 0x400000 + (u64)i * 0x1000, 0, 8, 8);
	EXPECT(refused("too many segments"));
}

/* Seen failing without the check of the alignment, and with `<=` at the end. */
TEST(elf, refuses_a_bad_entry)
{
	make();
	put(E_ENTRY, 0x400102, 8);
	EXPECT(refused("entry point misaligned"));
	make();
	put(E_ENTRY, 0x401000, 8);
	EXPECT(refused("entry point outside the code"));
	make();
	put(E_ENTRY, 0x500ff0, 8);
	EXPECT(refused("entry point outside the code"));
}
