/* SPDX-License-Identifier: MIT */
/*
 * Where memory is, from hand-made device trees of the shapes that the firmware of
 * real boards hands over (1, 2, 4, 8 GB), and from ones that no firmware should.
 * Pure: runs on the host too.
 */
#include "arm64/pte.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/string.h"
#include "mm/layout.h"

/* ---- a tree: "/", memory nodes, /reserved-memory ---- */

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, END = 9 };
#define RSV_OFF 40
#define RSV_MAX 32
#define STRUCT_OFF (RSV_OFF + (RSV_MAX + 1) * 16)
#define STRUCT_SIZE 2048

static const char names[] = "#address-cells\0#size-cells\0device_type\0reg\0status";
enum { N_ACELLS = 0, N_SCELLS = 15, N_TYPE = 27, N_REG = 39, N_STATUS = 43 };
#define STRINGS_OFF (STRUCT_OFF + STRUCT_SIZE)

static u8 blob[STRINGS_OFF + sizeof(names)] __aligned(8);
static u32 at, nr_rsv;
static struct mem_layout l;

static void put32(u32 offset, u32 value)
{
	for (u32 i = 0; i < 4; i++)
		blob[offset + i] = (u8)(value >> (24 - 8 * i));
}

static void token(u32 value)
{
	put32(STRUCT_OFF + at, value);
	at += 4;
}

static void begin(const char *name)
{
	u32 n = (u32)strlen(name) + 1;

	token(BEGIN_NODE);
	memcpy(blob + STRUCT_OFF + at, name, n);
	at = ALIGN_UP(at + n, 4);
}

static void string(u32 name, const char *s)
{
	u32 n = (u32)strlen(s) + 1;

	token(PROP);
	token(n);
	token(name);
	memcpy(blob + STRUCT_OFF + at, s, n);
	at = ALIGN_UP(at + n, 4);
}

static void cell(u32 name, u32 value)
{
	token(PROP);
	token(4);
	token(name);
	token(value);
}

/* Pairs of base and size, two cells each. */
static void reg(const u64 *r, u32 pairs)
{
	token(PROP);
	token(16 * pairs);
	token(N_REG);
	for (u32 i = 0; i < 2 * pairs; i++) {
		token((u32)(r[i] >> 32));
		token((u32)r[i]);
	}
}

static void tree_begin(void)
{
	memset(blob, 0, sizeof(blob));
	memcpy(blob + STRINGS_OFF, names, sizeof(names));
	at = nr_rsv = 0;
	begin("");
	cell(N_ACELLS, 2);
	cell(N_SCELLS, 2);
}

static void memory(const char *name, const u64 *r, u32 pairs)
{
	begin(name);
	string(N_TYPE, "memory");
	reg(r, pairs);
	token(END_NODE);
}
#define MEMORY(name, ...)                                                  \
	memory(name, (const u64[]){ __VA_ARGS__ },                         \
	       ARRAY_SIZE(((const u64[]){ __VA_ARGS__ })) / 2)

static void reserve(u64 base, u64 size)
{
	put32(RSV_OFF + nr_rsv * 16, (u32)(base >> 32));
	put32(RSV_OFF + nr_rsv * 16 + 4, (u32)base);
	put32(RSV_OFF + nr_rsv * 16 + 8, (u32)(size >> 32));
	put32(RSV_OFF + nr_rsv * 16 + 12, (u32)size);
	nr_rsv++;
}

/* Close the tree and read it. */
static int layout(void)
{
	struct fdt f;
	int err;

	token(END_NODE);
	token(END);
	put32(0, 0xd00dfeed);
	put32(4, sizeof(blob));
	put32(8, STRUCT_OFF);
	put32(12, STRINGS_OFF);
	put32(16, RSV_OFF);
	put32(20, 17);
	put32(24, 16);
	put32(32, sizeof(names));
	put32(36, at);
	err = fdt_open(&f, blob, sizeof(blob));
	l.nr_odd = 0;
	return err ? err : mem_layout_from_fdt(&l, &f, &f);
}

/* The free ranges are these, and no more. */
static bool free_is(const u64 *r, u32 pairs)
{
	struct mem_range got;

	for (u32 i = 0; i < pairs; i++)
		if (!mem_layout_free_range(&l, i, &got) || got.start != r[2 * i] ||
		    got.end != r[2 * i + 1])
			return false;
	return !mem_layout_free_range(&l, pairs, &got);
}
#define FREE_IS(...)                                                       \
	free_is((const u64[]){ __VA_ARGS__ },                              \
		ARRAY_SIZE(((const u64[]){ __VA_ARGS__ })) / 2)

/* ---- boards ---- */

#define VC_BASE 0x3b400000ULL /* the VideoCore's part, up to 1 GB */
#define IO_BASE 0xfc000000ULL

/* Seen failing with ranges that touch not joined, and with the second entry of
 * "reg" not looked at. */
TEST(layout, boards_of_every_size)
{
	tree_begin();
	MEMORY("memory@0", 0, VC_BASE);
	reserve(0, 0x1000);
	EXPECT_EQ(layout(), 0);
	EXPECT(FREE_IS(0x1000, VC_BASE));

	tree_begin();
	MEMORY("memory@0", 0, VC_BASE, GIB, GIB);
	reserve(0, 0x1000);
	EXPECT_EQ(layout(), 0);
	EXPECT(FREE_IS(0x1000, VC_BASE, GIB, 2 * GIB));

	tree_begin();
	MEMORY("memory@0", 0, VC_BASE, GIB, IO_BASE - GIB);
	EXPECT_EQ(layout(), 0);
	EXPECT(FREE_IS(0, VC_BASE, GIB, IO_BASE));

	tree_begin(); /* 8 GB: the upper half in two pieces that touch */
	MEMORY("memory@0", 0, VC_BASE, GIB, IO_BASE - GIB, 4 * GIB, 2 * GIB,
	       6 * GIB, 2 * GIB);
	EXPECT_EQ(layout(), 0);
	EXPECT_EQ(l.nr_mem, 3);
	EXPECT(FREE_IS(0, VC_BASE, GIB, IO_BASE, 4 * GIB, 8 * GIB));

	tree_begin(); /* the same in nodes of their own, not sorted */
	MEMORY("memory@100000000", 4 * GIB, 4 * GIB);
	MEMORY("memory@0", 0, VC_BASE);
	MEMORY("memory@40000000", GIB, IO_BASE - GIB);
	EXPECT_EQ(layout(), 0);
	EXPECT(FREE_IS(0, VC_BASE, GIB, IO_BASE, 4 * GIB, 8 * GIB));
}

/* Seen failing without fdt_is_available, and without the test of device_type. */
TEST(layout, only_memory_that_is_there)
{
	tree_begin();
	MEMORY("memory@0", 0, MIB);
	begin("memory@40000000");
	string(N_TYPE, "memory");
	reg((const u64[]){ GIB, GIB }, 1);
	string(N_STATUS, "disabled");
	token(END_NODE);
	begin("cache@80000000");
	string(N_TYPE, "cache");
	reg((const u64[]){ 2 * GIB, GIB }, 1);
	token(END_NODE);
	EXPECT_EQ(layout(), 0);
	EXPECT(FREE_IS(0, MIB));

	tree_begin(); /* nothing at all, and nothing that can be used */
	EXPECT_EQ(layout(), -EINVAL);
	tree_begin();
	MEMORY("memory@0", 0, 0, 0x800, 0x1000, ~0xfffULL, 0x2000, LINEAR_SIZE, GIB);
	EXPECT_EQ(layout(), -EINVAL);
	EXPECT(FREE_IS());
}

/* A page that is partly there is not; one that is partly reserved is. Seen failing
 * with ALIGN_UP and ALIGN_DOWN exchanged, for memory and for reservations. */
TEST(layout, whole_pages_only)
{
	tree_begin();
	MEMORY("memory@0", 0x1001, 0xfffe, 0x20fff, 0x2001);
	reserve(0x4fff, 2);
	reserve(0x8000, 1);
	EXPECT_EQ(layout(), 0);
	EXPECT(FREE_IS(0x2000, 0x4000, 0x6000, 0x8000, 0x9000, 0x10000,
		       0x21000, 0x23000));
}

/* Seen failing with `at = re` for the larger of the two (free_range), and with the
 * end of a reservation that wraps taken as it is. */
TEST(layout, reservations_of_every_kind)
{
	tree_begin();
	MEMORY("memory@0", 0x10000, 0x10000, 0x40000, 0x10000);
	reserve(0x12000, 0x4000);
	reserve(0x13000, 0x1000); /* inside */
	reserve(0x15000, 0x2000); /* overlapping */
	reserve(0x17000, 0x1000); /* touching */
	reserve(0x4000, 0x1000);  /* outside, below, */
	reserve(0x30000, 0x1000); /* between */
	reserve(0x90000, 0x1000); /* and above */
	reserve(0x1f000, 0x22000); /* over the end of one and the begin of the next */
	reserve(0x4f000, ~0x4f000ULL); /* to the end of everything */
	reserve(0x44000, 0);
	begin("reserved-memory");
	cell(N_ACELLS, 2);
	cell(N_SCELLS, 2);
	begin("a");
	reg((const u64[]){ 0x45000, 0x1000, 0x47000, 0x1000 }, 2);
	token(END_NODE);
	begin("placed-by-the-kernel"); /* has no reg */
	token(END_NODE);
	token(END_NODE);
	EXPECT_EQ(layout(), 0);
	EXPECT(FREE_IS(0x10000, 0x12000, 0x18000, 0x1f000, 0x41000, 0x45000,
		       0x46000, 0x47000, 0x48000, 0x4f000));

	tree_begin();
	MEMORY("memory@0", 0x10000, 0x10000);
	reserve(0, GIB);
	EXPECT_EQ(layout(), 0);
	EXPECT(FREE_IS());
}

/*
 * More than the table holds. Memory too many is not used; a reservation too many
 * must not be: what it names is in somebody's use. Seen failing (the page of the
 * last one was free) with reservations dropped when the table is full.
 */
TEST(layout, too_many_of_either)
{
	struct mem_range r;

	tree_begin();
	MEMORY("memory@0", 0, MIB);
	for (u64 i = 0; i < RSV_MAX; i++)
		reserve(0x1000 + i * 0x3000, 0x1000);
	EXPECT_EQ(layout(), 0);
	EXPECT_EQ(mem_layout_reserve(&l, 0xf0000, 0x1000, "kernel"), 0);
	EXPECT_EQ(mem_layout_reserve(&l, 0, 0x800, "below all"), 0);
	for (unsigned int i = 0; mem_layout_free_range(&l, i, &r); i++) {
		EXPECT(r.start >= 0x1000 && (r.end <= 0xf0000 || r.start >= 0xf1000));
		for (u64 k = 0; k < RSV_MAX; k++)
			EXPECT(r.end <= 0x1000 + k * 0x3000 ||
			       r.start >= 0x2000 + k * 0x3000);
	}
	EXPECT(mem_layout_free_range(&l, 0, &r)); /* and something is left */

	tree_begin();
	for (u64 i = 0; i <= MEM_RANGES_MAX; i++)
		MEMORY("memory", i * MIB * 2, MIB);
	EXPECT_EQ(layout(), 0);
	EXPECT_EQ(l.nr_mem, MEM_RANGES_MAX);
}
