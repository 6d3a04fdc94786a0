/* SPDX-License-Identifier: MIT */
/*
 * The memory set-up (mm/setup.c) over the device trees of tests/host/boards: those
 * of 1, 2, 4 and 8 GB boards, and bad ones. What it calls is imitated here: a kernel
 * map that knows ranges and counts tables, memory that is there or is not, and an
 * allocator that looks at each page it is given.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/audit.h"
#include "core/early.h"
#include "core/extable.h"
#include "core/log.h"
#include "core/panic.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/kmap.h"
#include "mm/page.h"
#include "mm/region.h"
#include "mm/setup.h"
#include "mm/slab.h"

#ifndef BOARDS
#define BOARDS "."
#endif
#define KERNEL_PA 0x80000ULL
#define KERNEL_BYTES 0x180000ULL
#define KERNEL_DATA (KERNEL_PA + 0x100000)
#define TREE_PA 0x2eff4500ULL /* in the page in which board.dtsi's initrd ends */
/* What boot takes itself: the image, the identity map, UARTs, the device tree. */
#define TABLES_OF_BOOT 10

/* ---- the kernel map ---- */

struct mapping {
	u64 va, pa, size;
};

static struct mapping maps[128];
static u64 tables[EARLY_TABLES];
static u32 nr_maps;
u32 early_tables_used;
bool kmap_linear_ready;
u64 kmap_table_pages;
static const char *wrong; /* the first thing that must not happen */

static int need_table(u64 level_and_index)
{
	for (u32 i = TABLES_OF_BOOT; i < early_tables_used; i++)
		if (tables[i] == level_and_index)
			return 0;
	if (early_tables_used == EARLY_TABLES)
		return -ENOMEM;
	tables[early_tables_used++] = level_and_index;
	return 0;
}

int kmap_range(vaddr_t va, paddr_t pa, u64 size, pte_t attrs)
{
	if ((va | pa | size) & ~PAGE_MASK || size == 0)
		wrong = "mapped what is no whole page";
	for (u32 i = 0; i < nr_maps; i++)
		if (va < maps[i].va + maps[i].size && maps[i].va < va + size)
			wrong = "mapped twice";
	if (nr_maps == ARRAY_SIZE(maps))
		wrong = "too many mappings for this test";
	else
		maps[nr_maps++] = (struct mapping){ va, pa, size };
	while (size) {
		bool block = !((va | pa) & (BLOCK_SIZE - 1)) && size >= BLOCK_SIZE;
		u64 step = block ? BLOCK_SIZE : PAGE_SIZE;

		if (need_table(2UL << 60 | va >> L1_SHIFT << 8 >> 8) ||
		    (!block && need_table(3UL << 60 | va >> BLOCK_SHIFT << 8 >> 8)))
			return -ENOMEM;
		va += step, pa += step, size -= step;
	}
	return 0;
}

pte_t kmap_lookup(vaddr_t va)
{
	for (u32 i = 0; i < nr_maps; i++)
		if (va >= maps[i].va && va < maps[i].va + maps[i].size)
			return PTE_VALID;
	return 0;
}

/* ---- memory ---- */

static const struct mem_range *there; /* ends with an empty one */
static u64 given_pages;
static struct mem_range copied;

static bool is_there(u64 pa)
{
	for (const struct mem_range *r = there; r->end; r++)
		if (pa >= r->start && pa < r->end)
			return true;
	return false;
}

void *kmap_firmware(paddr_t pa, u64 size)
{
	return (void *)(LINEAR_BASE + pa);
}

int probe_read64(vaddr_t va, u64 *out)
{
	return is_there(va - LINEAR_BASE) ? 0 : -EFAULT;
}

void phys_clear(paddr_t pa, u64 size)
{
	if (!kmap_lookup(LINEAR_BASE + pa) || !kmap_lookup(LINEAR_BASE + pa + size - 1))
		wrong = "cleared what is not mapped";
}

void phys_copy(paddr_t to, paddr_t from, u64 size)
{
	copied = (struct mem_range){ to, to + size, NULL };
	phys_clear(to, size);
	phys_clear(from, size);
}

/* Each page has a struct page, is mapped, is there, and is nobody's. */
void page_add_range(paddr_t start, paddr_t end)
{
	given_pages += (end - start) / PAGE_SIZE;
	for (u64 pa = start; pa < end; pa += MIN(end - pa, 16 * PAGE_SIZE))
		if (!kmap_lookup((vaddr_t)phys_to_page(pa)) ||
		    !kmap_lookup(LINEAR_BASE + pa) || !is_there(pa))
			wrong = "gave away what is no memory";
	if (start < PAGE_SIZE || (start < KERNEL_PA + KERNEL_BYTES && end > KERNEL_PA) ||
	    (start <= TREE_PA && end > TREE_PA))
		wrong = "gave away page 0, the kernel or the tree";
	if (start < memory_initrd.end && memory_initrd.start < end)
		wrong = "gave away the initrd";
}

void page_get_stats(struct page_stats *out)
{
	memset(out, 0, sizeof(*out));
	out->free_pages = given_pages;
}

struct audit buddy_audit, slab_audit;
void audit_register(struct audit *a) {}
void slab_init(void) {}
void region_init(void) {}

/* ---- the log ---- */

static char said[4096];
static size_t said_length;

void log_printf(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level == LOG_INFO)
		return;
	va_start(ap, fmt);
	said_length += (size_t)vsnprintf(said + said_length, sizeof(said) - said_length, fmt, ap);
	va_end(ap);
	said_length += (size_t)snprintf(said + said_length, sizeof(said) - said_length, "\n");
}

void panic(const char *fmt, ...)
{
	fprintf(stderr, "panic: %s\n", fmt);
	abort();
}

/* ---- a board ---- */

static u8 blob[4096] __aligned(8), builtin_blob[4096] __aligned(8);

static bool load(const char *name, u8 *to, struct fdt *f)
{
	char path[256];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s.dtb", BOARDS, name);
	file = fopen(path, "rb");
	if (!file)
		return false;
	n = fread(to, 1, sizeof(blob), file);
	fclose(file);
	return fdt_open(f, to, n) == 0;
}

/* Set up with the tree `name` on a board with this memory; the 1 GB one is built in.
 * False: something went wrong that must not. */
static bool set_up(const char *name, const struct mem_range *memory)
{
	struct fdt tree, builtin;
	struct memory_given given = {
		.tree = &tree,
		.builtin = &builtin,
		.blob = { TREE_PA, TREE_PA + sizeof(blob), NULL },
		.kernel = { KERNEL_PA, KERNEL_PA + KERNEL_BYTES, NULL },
		.kernel_data = KERNEL_DATA,
		.devices = 0xfc000000,
	};

	memset(&mem_layout, 0, sizeof(mem_layout));
	memory_initrd = copied = (struct mem_range){ 0 };
	nr_maps = 0;
	early_tables_used = TABLES_OF_BOOT;
	given_pages = 0;
	said[said_length = 0] = '\0';
	wrong = NULL;
	there = memory;
	if (!load(name, blob, &tree) || !load("pi4-1gb", builtin_blob, &builtin))
		wrong = "no such tree";
	else
		memory_init(&given);
	memory_log();
	if (wrong)
		fprintf(stderr, "%s: %s\n%s", name, wrong, said);
	return !wrong;
}

static const struct mem_range pi4_1gb[] = { { 0, 0x3b400000, NULL }, { 0 } };
static const struct mem_range pi4_8gb[] = {
	{ 0, 0x3b400000, NULL }, { GIB, 0xfc000000, NULL },
	{ 4 * GIB, 8 * GIB, NULL }, { 0 },
};

static u64 reserved_bytes(const char *what)
{
	u64 sum = 0;

	for (u32 i = 0; i < mem_layout.nr_reserved; i++)
		if (!strcmp(mem_layout.reserved[i].what, what))
			sum += mem_layout.reserved[i].end - mem_layout.reserved[i].start;
	return sum;
}

/* ---- tests ---- */

/*
 * All memory is used but what is somebody's, and a hundredth for struct pages. The
 * initrd is moved: its last page has the begin of the tree, too. Nothing is odd.
 *
 * Seen failing: initrd, tree or kernel not reserved; the initrd left where it is; the
 * second entry of "reg" not looked at.
 */
TEST(memory_setup, boards_of_every_size)
{
	static const struct {
		const char *name;
		u64 bytes;
	} boards[] = {
		{ "pi4-1gb", 0x3b400000 },
		{ "pi4-2gb", 0x3b400000 + 1 * GIB },
		{ "pi4-4gb", 0x3b400000 + 0xbc000000ULL },
		{ "pi4-8gb", 0x3b400000 + 0xbc000000ULL + 4 * GIB },
	};

	for (u32 i = 0; i < ARRAY_SIZE(boards); i++) {
		u64 initrd = 0x2eff4321 - 0x2e6f9000;

		EXPECT(set_up(boards[i].name, pi4_8gb));
		EXPECT_EQ(said_length, 0);
		EXPECT_LE(given_pages * PAGE_SIZE, boards[i].bytes - KERNEL_BYTES - initrd);
		EXPECT(given_pages * PAGE_SIZE > boards[i].bytes / 100 * 99 - 32 * MIB);
		EXPECT_LE(reserved_bytes("struct pages"), boards[i].bytes / 100);
		EXPECT_EQ(memory_initrd.end - memory_initrd.start, initrd);
		EXPECT_EQ(memory_initrd.start, copied.start);
		EXPECT(memory_initrd.end <= 0x2e6f9000 || memory_initrd.start > TREE_PA);
		EXPECT_LE(early_tables_used, EARLY_TABLES / 2);
	}
}

/* Nothing reaches it, not even the linear map; and that a piece begins at 0x40400000
 * costs few tables. Seen failing with no-map taken as any other reservation, and with
 * struct pages not as far from a block's begin as their addresses. */
TEST(memory_setup, no_map_is_not_mapped)
{
	EXPECT(set_up("no-map", pi4_8gb));
	EXPECT_EQ(said_length, 0);
	EXPECT_EQ(mem_layout.nr_mem, 3);
	EXPECT_LE(early_tables_used, EARLY_TABLES / 2);
	EXPECT(kmap_lookup(LINEAR_BASE + 0x0ffff000));
	EXPECT(!kmap_lookup(LINEAR_BASE + 0x10000000));
	EXPECT(!kmap_lookup(LINEAR_BASE + 0x10001000));
	EXPECT(kmap_lookup(LINEAR_BASE + 0x10002000));
	EXPECT(!kmap_lookup(LINEAR_BASE + 0x403fffff));
}

static bool says(const char *line)
{
	const char *at = strstr(said, line);

	if (!at)
		fprintf(stderr, "not said: %s\nbut: %s", line, said);
	return at != NULL;
}

/* Each is a line of the log, and the rest of memory is used. Seen failing: each line
 * with its check in mem_layout_add() or mem_layout_initrd() left out. */
TEST(memory_setup, bad_ranges)
{
	EXPECT(set_up("bad-ranges", pi4_1gb));
	EXPECT(says("0x10000000 + 0x10000000 is named twice\n"));
	EXPECT(says("0x38000000 + 0x0 is empty: not used\n"));
	EXPECT(says("0x39000800 + 0x1000 has no whole page: not used\n"));
	EXPECT(says("0x1000000000 + 0x40000000 is above 64 GB: not used\n"));
	EXPECT(says("0x1100000000 + 0x40000000 is above 64 GB: not used\n"));
	EXPECT(says("0xfc0000000 + 0x40000000 cannot be read: not used\n"));
	EXPECT(says("0xfffffffffffff000 + 0x2000 goes beyond 64 bits: not used\n"));
	EXPECT(says("initrd: 0x20000000-0x1fffffff ends before it begins: not used\n"));
	EXPECT_EQ(mem_layout.nr_mem, 1);
	EXPECT_EQ(mem_layout.mem[0].end, 0x30000000);
	EXPECT_EQ(memory_initrd.end, 0);
}

/* What cannot be used at all: the built-in tree's memory is. Seen failing without it
 * (panic), and with tables_for() always 1 (not said). */
TEST(memory_setup, only_bad_ranges)
{
	EXPECT(set_up("bad-promise", pi4_1gb));
	EXPECT(says("0xfc000000 + 0x4000000 is where devices are: not used\n"));
	EXPECT(says("0x0 + 0xfc000000 cannot be read: not used\n"));
	EXPECT(says("0x100000000 + 0xf00000000 needs too many tables: not used\n"));
	EXPECT(says("taking the built-in tree's\n"));
	EXPECT(says("initrd: 0x3e000000-0x3e001000 is not memory: not used\n"));
	EXPECT_EQ(mem_layout.mem[0].end, 0x3b400000);

	EXPECT(set_up("bad-none", pi4_1gb));
	EXPECT(says("0x200000000 + 0x40000000 cannot be read: not used\n"));
	EXPECT(says("taking the built-in tree's\n"));
	EXPECT(says("initrd: 0x100000-0x101000 overlaps the kernel: not used\n"));
	EXPECT_LE(0x3a000, given_pages);
}

/* Tables run out; the lower pieces are used. Seen failing with
 * TABLES_FOR_STRUCT_PAGES 0 (not said), and with reservations of one name not joined
 * (their table overflows, "kernel" grows over most of the memory). */
TEST(memory_setup, scattered)
{
	static const struct mem_range all[] = { { 0, 32 * GIB, NULL }, { 0 } };

	EXPECT(set_up("bad-scattered", all));
	EXPECT(says("needs too many tables: not used\n"));
	EXPECT(says("is one range too many: not used\n"));
	EXPECT(mem_layout.nr_mem > 4);
	EXPECT_LE(0xf000, given_pages);
}
