/* SPDX-License-Identifier: MIT */
/* What is another in ELF32: where the fields lie, the machine, the limits, T32 code. */
#include "abi/lodger.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/elf.h"
#include "lib/string.h"

#define IMAGE_SIZE 512
#define PHOFF 52
#define PHSIZE 32

/* Offsets in the file header and in a program header. */
enum { E_TYPE = 16, E_MACHINE = 18, E_VERSION = 20, E_ENTRY = 24, E_PHOFF = 28, E_FLAGS = 36,
       E_PHENTSIZE = 42, E_PHNUM = 44 };
enum { P_TYPE = 0, P_OFFSET = 4, P_VADDR = 8, P_FILESZ = 16, P_MEMSZ = 20, P_FLAGS = 24,
       P_ALIGN = 28 };

static u8 image[IMAGE_SIZE];
static struct elf_image out;
static const char *why;

static void put(size_t offset, u32 value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		image[offset + i] = (u8)(value >> (8 * i));
}

static void put_ph(int i, int field, u32 value)
{
	put((size_t)(PHOFF + i * PHSIZE + field), value, 4);
}

static void put_segment(int i, u32 flags, u32 vaddr, u32 offset, u32 filesz, u32 memsz)
{
	put_ph(i, P_TYPE, 1);
	put_ph(i, P_OFFSET, offset);
	put_ph(i, P_VADDR, vaddr);
	put_ph(i, P_FILESZ, filesz);
	put_ph(i, P_MEMSZ, memsz);
	put_ph(i, P_FLAGS, flags);
	put_ph(i, P_ALIGN, 4);
}

static void make(void)
{
	memset(image, 0, sizeof(image));
	memcpy(image, "\177ELF\1\1\1", 7);
	put(E_TYPE, 2, 2);
	put(E_MACHINE, 40, 2);
	put(E_VERSION, 1, 4);
	put(E_ENTRY, 0x10104, 4);
	put(E_PHOFF, PHOFF, 4);
	put(E_FLAGS, 0x05000400, 4);
	put(E_PHENTSIZE, PHSIZE, 2);
	put(E_PHNUM, 2, 2);
	put_segment(0, 5, 0x10100, 0x100, 0x80, 0x80);
	put_segment(1, 6, 0x20ff0, 0x180, 0x20, 0x1020);
}

static bool accepted(void)
{
	return elf_parse(image, IMAGE_SIZE, &out, &why) == 0;
}

static bool refused(const char *reason)
{
	return elf_parse(image, IMAGE_SIZE, &out, &why) == -ENOEXEC && why &&
	       strcmp(why, reason) == 0;
}

/* Seen failing with p_flags looked for where ELF64 has it. */
TEST(elf32, says_what_to_map)
{
	make();
	EXPECT(accepted());
	EXPECT_EQ(out.bits, 32);
	EXPECT_EQ(out.entry, 0x10104);
	EXPECT_EQ(out.end, 0x23000);
	EXPECT_EQ(out.nr_segments, 2);
	EXPECT_EQ(out.segment[0].vaddr, 0x10000);
	EXPECT_EQ(out.segment[0].skip, 0x100);
	EXPECT_EQ(out.segment[0].file_off, 0x100);
	EXPECT_EQ(out.segment[0].filesz, 0x80);
	EXPECT_EQ(out.segment[0].prot, PROT_READ | PROT_EXEC);
	EXPECT_EQ(out.segment[1].vaddr, 0x20000);
	EXPECT_EQ(out.segment[1].memsz, 0x3000);
	EXPECT_EQ(out.segment[1].prot, PROT_READ | PROT_WRITE);
}

/* Seen failing, one line each, with the respective check removed. */
TEST(elf32, refuses_other_files)
{
	static const struct {
		u16 offset;
		u8 value;
		const char *why;
	} bad[] = {
		{ E_MACHINE, 183, "not for AArch32" },
		{ E_FLAGS + 3, 4, "not of EABI version 5" },
		{ E_TYPE, 3, "not a static executable" },
		{ E_PHENTSIZE, 56, "odd size of program headers" },
		{ E_PHNUM, 15, "program headers outside the file" },
		{ E_PHOFF + 3, 0x80, "program headers outside the file" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		make();
		image[bad[i].offset] = bad[i].value;
		EXPECT(refused(bad[i].why));
	}
	for (size_t cut = 0; cut < 52; cut++) {
		make();
		EXPECT_EQ(elf_parse(image, cut, &out, &why), -ENOEXEC);
		EXPECT_EQ(strcmp(why, "too short"), 0);
	}
}

/* Seen failing with the 64-bit programs' end in the place of the 32-bit ones'. */
TEST(elf32, knows_its_range)
{
	make();
	put_ph(1, P_VADDR, USER32_VA_END - 0x2000);
	put_ph(1, P_MEMSZ, 0x2000);
	EXPECT(accepted());
	put_ph(1, P_MEMSZ, 0x2001);
	EXPECT(refused("segment outside the user range"));
	put_ph(1, P_VADDR, 0xfffff000);
	put_ph(1, P_MEMSZ, 0x20);
	EXPECT(refused("segment outside the user range"));
}

/* Seen failing with half-words refused for T32, and with them taken for A32. */
TEST(elf32, takes_an_entry_of_either_kind)
{
	make();
	put(E_ENTRY, 0x10105, 4); /* T32 at 0x10104 */
	EXPECT(accepted());
	EXPECT_EQ(out.entry, 0x10105);
	put(E_ENTRY, 0x10107, 4); /* T32 at 0x10106 */
	EXPECT(accepted());
	put(E_ENTRY, 0x10106, 4); /* A32 */
	EXPECT(refused("entry point misaligned"));
	put(E_ENTRY, 0x20ff1, 4);
	EXPECT(refused("entry point outside the code"));
}
