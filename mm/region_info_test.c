/* SPDX-License-Identifier: MIT */
/* What is told of regions: their kinds, and how many of their pages are there. */
#include "abi/lodger.h"
#include "kernel/test.h"
#include "mm/memory.h"

#define R PROT_READ
#define W PROT_WRITE
#define AT 0x400000UL
#define SIZE (200 * PAGE_SIZE) /* more than are counted at a time */

static int never(struct memory *m, u64 offset, u32 access)
{
	return -1;
}

static void keep(struct memory *m)
{
}

static struct mm *mm;
static vaddr_t next;

static void map(struct memory *m, u32 prot)
{
	vaddr_t at = next;

	next += SIZE;
	EXPECT_EQ(mm_map_memory(mm, &at, SIZE, prot, true, m, 0), 0);
}

static void touch(vaddr_t from, u32 n, u32 access)
{
	for (u32 i = 0; i < n; i++)
		EXPECT_EQ(mm_handle_fault(mm, from + i * PAGE_SIZE, access), 0);
}

/* Seen failing with kind_of that looks at `image` first, with shared and present counted
 * alike, and with a batch of which the last page is not counted. */
TEST(region_info, kinds_and_pages)
{
	static const struct memory_ops plain = { .release = keep };
	static const struct memory_ops paged = { .release = keep, .page_in = never };
	static const struct image image = { .size = SIZE };
	static const struct region_info expected[] = {
		{ .prot = R | W, .kind = REGION_ZEROS, .present = 150 },
		{ .prot = R, .kind = REGION_PROGRAM },
		{ .prot = R | W, .kind = REGION_MEMORY, .present = 3, .shared = 3 },
		{ .prot = R, .kind = REGION_ARCHIVE },
		{ .prot = R, .kind = REGION_DEVICE },
		{ .prot = R | W, .kind = REGION_PAGED },
	};
	struct memory memory, archive, device, pager;
	struct region_info info = { 0 };
	vaddr_t at = AT;
	u32 i;

	memory_make(&memory, SIZE / PAGE_SIZE, &plain);
	memory_make(&archive, SIZE / PAGE_SIZE, &plain);
	memory_make(&device, SIZE / PAGE_SIZE, &plain);
	memory_make(&pager, SIZE / PAGE_SIZE, &paged);
	archive.image = &image;
	device.device = PAGE_SIZE;
	mm = mm_alloc("test", NULL);
	EXPECT(mm);
	EXPECT_EQ(mm_map_anon(mm, &at, SIZE, R | W), 0);
	EXPECT_EQ(mm_map_image(mm, AT + SIZE, SIZE, R, &image, 0, 1, 0), 0);
	next = AT + 2 * SIZE;
	map(&memory, R | W);
	map(&archive, R);
	map(&device, R);
	map(&pager, R | W);
	touch(AT + PAGE_SIZE, 150, FAULT_WRITE);
	touch(AT + 2 * SIZE + 190 * PAGE_SIZE, 3, FAULT_READ);
	for (i = 0; region_get_info(mm, info.end, &info); i++) {
		EXPECT_LT(i, ARRAY_SIZE(expected));
		EXPECT_EQ(info.start, AT + i * SIZE);
		EXPECT_EQ(info.end, AT + (i + 1) * SIZE);
		EXPECT_EQ(info.prot, expected[i].prot);
		EXPECT_EQ(info.kind, expected[i].kind);
		EXPECT_EQ(info.present, expected[i].present);
		EXPECT_EQ(info.shared, expected[i].shared);
	}
	EXPECT_EQ(i, ARRAY_SIZE(expected));
	EXPECT_EQ(mm->rss_pages, 150);
	mmput(mm);
	memory_put(&memory);
	memory_put(&archive);
	memory_put(&device);
	memory_put(&pager);
}
