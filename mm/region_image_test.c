/* SPDX-License-Identifier: MIT */
/* Regions whose pages come from an image: its bytes, or the image's own pages. */
#include "mm/memory.h"
#include "mm/region_test.h"

#define IMAGE_PAGES 4
static struct image test_image;

/* Pages with a pattern that no page repeats; NULL: no memory. */
static struct page *image_make(void)
{
	struct page *p = page_alloc(2, PAGE_KERNEL);
	u8 *data;

	if (!p)
		return NULL;
	data = page_to_virt(p);
	for (u32 i = 0; i < PAGES(IMAGE_PAGES); i++)
		data[i] = (u8)(i * 7 + i / PAGE_SIZE + 1);
	test_image = (struct image){ .data = data, .phys = page_to_phys(p),
				     .size = PAGES(IMAGE_PAGES) - 100 };
	return p;
}

/* Is what a program sees of the segment at va what its file says? Holes and what
 * could not be faulted in are passed over. */
static u32 image_wrong(struct mm *mm, u64 len, u64 off, u64 image_len, u64 skip)
{
	const u8 *page = NULL;
	u32 wrong = 0;

	touch(mm, AT, (u32)(len / PAGE_SIZE), FAULT_READ);
	for (u64 i = 0; i < len; i++) {
		bool file = i >= skip && i - skip < image_len;

		if (i % PAGE_SIZE == 0)
			page = seen(mm, AT + i);
		if (page)
			wrong += page[i % PAGE_SIZE] !=
				 (file ? test_image.data[off + i - skip] : 0);
	}
	return wrong;
}

/* How many of the pages are the image's own. */
static u32 shown(struct mm *mm)
{
	u32 n = 0;

	for (u32 i = 0; i < 4; i++)
		n += (pte(mm, AT + PAGES(i)) & PTE_SW_SHARED) != 0;
	return n;
}

static const struct {
	u32 off, image_len, skip;
} segments[] = {
	{ 0, PAGES(3), 0 },	   { 1, PAGES(3) - 200, 0x123 },
	{ 77, 10, 4090 },	   { PAGES(1), PAGES(2), PAGES(1) },
	{ 5, PAGE_SIZE, PAGES(2) - 1 }, { 0, 0, 0 },
};

/* Rights of one page changed and changed back: split and joined again. */
static int protect_page(struct mm *mm, vaddr_t va)
{
	int err = mm_protect(mm, va, PAGE_SIZE, R | X);

	return err ? err : mm_protect(mm, va, PAGE_SIZE, R);
}

/* A hole cut before the first touch: what is behind it begins elsewhere in the
 * file. Seen failing with `bytes = cut` in region_tail, with skip kept as it is
 * there, and with fill_from_image not ending at image_len. */
static void images(struct mm *mm)
{
	for (u32 i = 0; i < ARRAY_SIZE(segments); i++) {
		for (u32 hole = 0; hole <= 4; hole++) {
			u32 len = segments[i].image_len, skip = segments[i].skip;
			u32 holes = hole < 4;

			EXPECT_EQ(mm_map_image(mm, AT, PAGES(4), R, &test_image,
					       segments[i].off, len, skip), 0);
			EXPECT_EQ(mm_protect(mm, AT + PAGES(1), PAGES(2), R | W), 0);
			EXPECT_EQ(mm->nr_regions, 3);
			EXPECT_EQ(mm_protect(mm, AT, PAGES(2), R), 0);
			EXPECT_EQ(protect_page(mm, AT + PAGES(2)), 0);
			EXPECT_EQ(mm->nr_regions, 1);
			if (holes)
				EXPECT_EQ(mm_unmap(mm, AT + PAGES(hole), PAGE_SIZE), 0);
			EXPECT_EQ(image_wrong(mm, PAGES(4), segments[i].off, len, skip),
				  0);
			EXPECT_EQ(mm->rss_pages, 4 - holes - shown(mm));
			EXPECT_EQ(shown(mm) != 0, i == 0 || i == 3);
			/* Who writes has pages of his own, with the same bytes. */
			for (u32 j = 0; j < 4; j++)
				if (j != hole)
					EXPECT_EQ(mm_protect(mm, AT + PAGES(j), PAGE_SIZE,
							     R | W), 0);
			EXPECT_EQ(touch(mm, AT, 4, FAULT_WRITE), 4 - holes);
			EXPECT_EQ(shown(mm), 0);
			EXPECT_EQ(image_wrong(mm, PAGES(4), segments[i].off, len, skip),
				  0);
			EXPECT_EQ(mm->rss_pages, 4 - holes);
			EXPECT_EQ(mm_unmap(mm, AT, PAGES(4)), 0);
			EXPECT_EQ(mm->rss_pages, 0);
		}
	}
}

MM_TEST(region, shows_the_bytes_of_its_image)
{
	struct page *p = image_make();

	EXPECT(p);
	images(mm);
	page_free(p);
}

/* Seen failing with image_off kept as it is in region_tail, with PTE_SW_SHARED
 * left out of the fault (the pages are freed: an assertion). */
static void shares(struct mm *mm)
{
	static const struct memory_ops none;
	static struct memory memory; /* outlives mm, in a way: nobody frees it */
	vaddr_t a = 0, b = 0;

	memory_make(&memory, 4, &none);
	memory.image = &test_image;
	EXPECT_EQ(mm_map_memory(mm, &a, PAGES(4), R, false, &memory, 0), 0);
	EXPECT_EQ(mm_map_memory(mm, &b, PAGES(2), R, false, &memory, PAGES(2)), 0);
	EXPECT_EQ(protect_page(mm, a + PAGES(2)), 0);
	EXPECT_EQ(mm_protect(mm, b, PAGES(1), R | W), -EACCES);
	EXPECT_EQ(mm->nr_regions, 2);
	EXPECT_EQ(mm_unmap(mm, a + PAGES(1), PAGE_SIZE), 0);
	EXPECT_EQ(touch(mm, a, 4, FAULT_READ), 3);
	EXPECT_EQ(touch(mm, b, 2, FAULT_READ), 2);
	for (u32 i = 0; i < 4; i++) {
		pte_t e = pte(mm, i < 2 ? b + PAGES(i) : a + PAGES(i));
		u32 page = i < 2 ? i + 2 : i;

		EXPECT_EQ(pte_addr(e), test_image.phys + PAGES(page));
		EXPECT(e & PTE_AP_RO && e & PTE_UXN && e & PTE_SW_SHARED);
	}
	EXPECT_EQ(touch(mm, a, 4, FAULT_WRITE), 0);
	EXPECT_EQ(mm->rss_pages, 0);
	EXPECT_EQ(mm_unmap(mm, a, PAGES(4)), 0);
	EXPECT_EQ(pte(mm, a), 0);
	/* b is left to mmput. */
}

MM_TEST(region, shares_the_pages_of_an_image)
{
	struct page *p = image_make();

	EXPECT(p);
	shares(mm);
	mmget(mm); /* the pages must outlive every mapping */
	mm_unmap(mm, USER_VA_START, USER_VA_END - USER_VA_START);
	mmput(mm);
	EXPECT_EQ(p->type, PAGE_KERNEL);
	page_free(p);
}
