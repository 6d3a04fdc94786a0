/* SPDX-License-Identifier: MIT */
/*
 * Regions and faults, on an address space that no CPU has loaded: what a program
 * would see is read through the descriptors. Each test gets a fresh mm; the runner
 * counts what mmput left of it.
 */
#include "mm/region.h"
#include "abi/lodger.h"
#include "core/failpoint.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/string.h"
#include "mm/memory.h"
#include "mm/pgtable.h"

#define R PROT_READ
#define W PROT_WRITE
#define X PROT_EXEC
#define AT 0x400000UL
#define PAGES(n) ((n) * PAGE_SIZE)

#define MM_TEST(name)                                                      \
	static void on_mm_##name(struct mm *mm);                           \
	TEST(region, name)                                                 \
	{                                                                  \
		struct mm *mm = mm_alloc("test", NULL);                          \
		EXPECT(mm);                                                \
		on_mm_##name(mm);                                          \
		mmput(mm);                                                 \
	}                                                                  \
	static void on_mm_##name(struct mm *mm)

static int map(struct mm *mm, vaddr_t addr, u64 len, u32 prot)
{
	return mm_map_anon(mm, &addr, len, prot);
}

static pte_t pte(struct mm *mm, vaddr_t va)
{
	pte_t e;

	spin_lock(&mm->lock);
	e = user_pte_get(mm, va & PAGE_MASK);
	spin_unlock(&mm->lock);
	return e;
}

/* What a program would see at va, to the end of the page; NULL: nothing. */
static const u8 *seen(struct mm *mm, vaddr_t va)
{
	pte_t e = pte(mm, va);

	if (!(e & PTE_VALID))
		return NULL;
	return (const u8 *)phys_to_virt(pte_addr(e)) + va % PAGE_SIZE;
}

/* Fault in n pages from va: how many of them succeeded. */
static u32 touch(struct mm *mm, vaddr_t va, u32 n, u32 access)
{
	u32 good = 0;

	for (u32 i = 0; i < n; i++)
		good += mm_handle_fault(mm, va + PAGES(i), access) == 0;
	return good;
}

/* ---- mapping ---- */

/* Seen failing with `r->start > end` in is_free, and with find_room that does not
 * look at the length. */
MM_TEST(maps_where_told_or_where_there_is_room)
{
	vaddr_t a = 0, b = 0, c = 0;
	struct region_info r;

	EXPECT_EQ(map(mm, AT, PAGES(4), R), 0);
	EXPECT_EQ(map(mm, AT, PAGES(4), R), -EEXIST);
	EXPECT_EQ(map(mm, AT - PAGES(1), PAGES(2), R), -EEXIST);
	EXPECT_EQ(map(mm, AT + PAGES(3), PAGES(2), R), -EEXIST);
	EXPECT_EQ(map(mm, AT + PAGES(1), PAGES(1), R), -EEXIST);
	EXPECT_EQ(map(mm, AT - PAGES(1), PAGES(9), R), -EEXIST);
	EXPECT_EQ(map(mm, AT - PAGES(1), PAGES(1), R), 0); /* touching is fine */
	EXPECT_EQ(map(mm, AT + PAGES(4), PAGES(1), R), 0);
	EXPECT_EQ(mm->nr_regions, 3);

	EXPECT_EQ(mm_map_anon(mm, &a, PAGES(4), R | W), 0);
	EXPECT_EQ(mm_map_anon(mm, &b, PAGES(4), R | W), 0);
	EXPECT(a >= USER_VA_START && b >= a + PAGES(4));
	EXPECT_EQ(mm_unmap(mm, a, PAGES(4)), 0);
	EXPECT_EQ(mm_map_anon(mm, &c, PAGES(5), R), 0); /* too long for the hole */
	EXPECT_NE(c, a);
	c = 0;
	EXPECT_EQ(mm_map_anon(mm, &c, PAGES(4), R), 0);
	EXPECT_EQ(c, a);

	EXPECT(region_get_info(mm, AT, &r));
	EXPECT_EQ(r.start, AT);
	EXPECT_EQ(r.end, AT + PAGES(4));
	EXPECT(region_get_info(mm, AT - 1, &r) && r.start <= AT); /* the first above */
	EXPECT(!region_get_info(mm, USER_VA_END, &r));
}

/* Seen failing with the alignment of len, or W with X, not looked at, and with each
 * `a > limit - b` written as `a + b > limit`. */
MM_TEST(refuses_what_makes_no_sense)
{
	static const struct {
		u64 addr, len;
		u32 prot;
	} bad[] = {
		{ AT + 1, PAGE_SIZE, R },
		{ AT, PAGE_SIZE + 1, R },
		{ AT, 0, R },
		{ 0, 0, R },
		{ USER_VA_START - PAGE_SIZE, PAGES(2), R },
		{ USER_VA_END - PAGE_SIZE, PAGES(2), R },
		{ USER_VA_END, PAGE_SIZE, R },
		{ AT, ~0UL & PAGE_MASK, R },
		{ ~0UL & PAGE_MASK, PAGE_SIZE, R },
		{ 0xffffff8000000000, PAGE_SIZE, R },
		{ 0, USER_VA_END, R },
		{ AT, PAGE_SIZE, 0 },
		{ AT, PAGE_SIZE, W | X },
		{ AT, PAGE_SIZE, R | W | X },
		{ AT, PAGE_SIZE, 8 | R },
	};
	struct image image = { .size = PAGES(2) + 1 };
	static const struct memory_ops none;
	struct memory memory;
	vaddr_t addr = AT;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(map(mm, bad[i].addr, bad[i].len, bad[i].prot), -EINVAL);
		if (bad[i].prot == R)
			EXPECT_EQ(mm_unmap(mm, bad[i].addr, bad[i].len), -EINVAL);
	}
	memory_make(&memory, 3, &none);
	EXPECT_EQ(mm_map_memory(mm, &addr, PAGE_SIZE, R | W, false, &memory, 0), -EACCES);
	EXPECT_EQ(mm_map_memory(mm, &addr, PAGE_SIZE, R, false, &memory, 1), -EINVAL);
	EXPECT_EQ(mm_map_memory(mm, &addr, PAGES(4), R, false, &memory, 0), -EINVAL);
	EXPECT_EQ(mm_map_memory(mm, &addr, PAGES(2), R, false, &memory, PAGES(2)), -EINVAL);
	EXPECT_EQ(mm_map_memory(mm, &addr, PAGE_SIZE, R, false, &memory, PAGES(9)), -EINVAL);
	EXPECT_EQ(mm_map_image(mm, AT, PAGE_SIZE, R, &image, PAGES(3), 0, 0), -EINVAL);
	EXPECT_EQ(mm_map_image(mm, AT, PAGE_SIZE, R, &image, 1, PAGES(2) + 1, 0),
		  -EINVAL);
	EXPECT_EQ(mm_map_image(mm, AT, PAGE_SIZE, R, &image, 1, ~0UL, 0), -EINVAL);
	EXPECT_EQ(mm->nr_regions, 0);
	EXPECT_EQ(mm_unmap(mm, AT, PAGE_SIZE), 0); /* a hole is no mistake */
}

/* Seen failing without the limit in region_insert, and, for the cut, without the
 * one in mm_unmap. */
MM_TEST(as_many_regions_as_allowed)
{
	struct region_info r;

	for (u32 i = 0; i + 1 < REGIONS_MAX; i++)
		EXPECT_EQ(map(mm, AT + PAGES(2 * i), PAGE_SIZE, R), 0);
	EXPECT_EQ(map(mm, AT + PAGES(2 * REGIONS_MAX), PAGES(5), R), 0);
	EXPECT_EQ(map(mm, USER_VA_START, PAGE_SIZE, R), -ENOSPC);
	/* A hole in the last one would make one more. */
	EXPECT_EQ(mm_unmap(mm, AT + PAGES(2 * REGIONS_MAX + 2), PAGE_SIZE), -ENOSPC);
	EXPECT(region_get_info(mm, AT + PAGES(2 * REGIONS_MAX), &r));
	EXPECT_EQ(r.end - r.start, PAGES(5));
	/* Cutting an end off does not, and a hole that takes one with it neither. */
	EXPECT_EQ(mm_unmap(mm, AT + PAGES(2 * REGIONS_MAX), PAGE_SIZE), 0);
	EXPECT_EQ(mm_unmap(mm, AT + PAGES(2 * REGIONS_MAX + 4), PAGE_SIZE), 0);
	EXPECT_EQ(mm->nr_regions, REGIONS_MAX);
	EXPECT_EQ(mm_unmap(mm, AT, PAGES(1)), 0);
	EXPECT_EQ(mm_unmap(mm, AT + PAGES(2 * REGIONS_MAX + 2), PAGE_SIZE), 0);
	EXPECT_EQ(mm->nr_regions, REGIONS_MAX);
	EXPECT_EQ(mm_unmap(mm, USER_VA_START, USER_VA_END - USER_VA_START), 0);
	EXPECT_EQ(mm->nr_regions, 0);

	EXPECT_EQ(map(mm, USER_VA_START, USER_VA_END - USER_VA_START, R), 0);
	EXPECT_EQ(map(mm, 0, PAGE_SIZE, R), -ENOSPC);
}

/* ---- faults ---- */

/* The pages that come next are likely these, and not zero. */
static void make_dirt(void)
{
	struct page *p[8];

	for (u32 i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = page_alloc(0, PAGE_KERNEL);
		if (p[i])
			memset(page_to_virt(p[i]), 0xff, PAGE_SIZE);
	}
	for (u32 i = 0; i < ARRAY_SIZE(p); i++)
		if (p[i])
			page_free(p[i]);
}

/* Seen failing with FAULT_EXEC not looked at in allowed(), with PTE_UXN left out
 * of R | W in prot_pte, and with page_clear left out of prepare_page. */
MM_TEST(gives_the_rights_of_the_region)
{
	static const u32 prots[] = { R, R | W, W, R | X, X };
	const pte_t fixed = PTE_VALID | PTE_AF | PTE_NG | PTE_PXN | PTE_AP_USER;

	make_dirt();
	for (u32 i = 0; i < ARRAY_SIZE(prots); i++) {
		vaddr_t va = AT + PAGES(2 * i);
		u32 prot = prots[i];
		pte_t e;

		EXPECT_EQ(map(mm, va, PAGE_SIZE, prot), 0);
		EXPECT_EQ(mm_handle_fault(mm, va - 1, FAULT_READ), -EFAULT);
		EXPECT_EQ(mm_handle_fault(mm, va + PAGE_SIZE, FAULT_READ), -EFAULT);
		EXPECT_EQ(mm_handle_fault(mm, va, FAULT_WRITE) == 0, !!(prot & W));
		EXPECT_EQ(mm_handle_fault(mm, va, FAULT_EXEC) == 0, !!(prot & X));
		EXPECT_EQ(mm_handle_fault(mm, va + PAGE_SIZE - 1, FAULT_READ), 0);
		e = pte(mm, va);
		EXPECT_EQ(e & fixed, fixed);
		EXPECT_EQ(!(e & PTE_AP_RO), !!(prot & W));
		EXPECT_EQ(!(e & PTE_UXN), !!(prot & X));
		EXPECT_EQ(mm->rss_pages, i + 1); /* a second fault adds nothing */
		for (u32 b = 0; b < PAGE_SIZE; b++)
			EXPECT_EQ(seen(mm, va)[b], 0);
	}
	EXPECT_EQ(mm_handle_fault(mm, ~0UL, FAULT_READ), -EFAULT);
	EXPECT_EQ(mm_handle_fault(mm, 0, FAULT_READ), -EFAULT);
}

/* Seen failing (a panic) with the step of mm_poke not ending at the page. */
MM_TEST(pokes_across_pages)
{
	char text[] = "lodger";
	vaddr_t at = AT + PAGE_SIZE - 3;

	EXPECT_EQ(map(mm, AT, PAGES(2), R | W), 0);
	EXPECT_EQ(map(mm, AT + PAGES(2), PAGES(1), R), 0);
	EXPECT_EQ(mm_poke(mm, at, text, sizeof(text)), 0);
	for (u32 i = 0; i < sizeof(text); i++)
		EXPECT_EQ(*seen(mm, at + i), text[i]);
	EXPECT_EQ(*seen(mm, at - 1), 0);
	EXPECT_EQ(*seen(mm, at + sizeof(text)), 0);
	EXPECT_EQ(mm_poke(mm, AT + PAGES(2) - 1, text, 2), -EACCES);
	EXPECT_EQ(mm_poke(mm, AT + PAGES(3), text, 1), -EFAULT);
	EXPECT_EQ(mm_poke(mm, AT + PAGES(9), text, 0), 0);
}

/* ---- images ---- */

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

MM_TEST(shows_the_bytes_of_its_image)
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

MM_TEST(shares_the_pages_of_an_image)
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

/* ---- unmapping ---- */

/* More pages than one batch, over tables' borders. Seen failing with user_pte_clear
 * that goes on too far behind a missing table, with `inuse` not counted down there,
 * and with rss_pages reduced by whole batches. */
MM_TEST(takes_away_what_is_named_and_no_more)
{
	const u32 n = 600;
	vaddr_t end = AT + PAGES(n);

	EXPECT_EQ(map(mm, AT, PAGES(n), R | W), 0);
	EXPECT_EQ(touch(mm, AT, n, FAULT_WRITE), n);
	EXPECT_EQ(mm_unmap(mm, AT + PAGES(100), PAGES(200)), 0);
	EXPECT_EQ(mm->rss_pages, n - 200);
	EXPECT_EQ(mm->nr_regions, 2);
	for (u32 i = 0; i < n; i++)
		EXPECT_EQ(pte(mm, AT + PAGES(i)) == 0, i >= 100 && i < 300);
	EXPECT_EQ(touch(mm, AT + PAGES(100), 200, FAULT_READ), 0);
	EXPECT_EQ(mm_unmap(mm, AT, PAGES(1)), 0);	       /* its begin, */
	EXPECT_EQ(mm_unmap(mm, end - PAGES(1), PAGES(1)), 0); /* and its end */
	EXPECT_EQ(mm->rss_pages, n - 202);
	EXPECT_EQ(mm->nr_regions, 2);
	/* Mapped anew it is empty again. */
	EXPECT_EQ(map(mm, AT + PAGES(100), PAGES(200), R), 0);
	EXPECT_EQ(pte(mm, AT + PAGES(100)), 0);
	EXPECT_EQ(mm_unmap(mm, AT - PAGES(9), PAGES(n + 99)), 0);
	EXPECT_EQ(mm->rss_pages, 0);
	EXPECT_EQ(mm->nr_regions, 0);
	/* A table that is missing, and a page behind it. */
	EXPECT_EQ(map(mm, AT + GIB, PAGES(n), R), 0);
	EXPECT_EQ(touch(mm, AT + GIB + PAGES(PT_ENTRIES), 1, FAULT_READ), 1);
	EXPECT_EQ(mm_unmap(mm, AT + GIB + PAGES(100), PAGES(n - 100)), 0);
	EXPECT_EQ(mm->rss_pages, 0);
	/* Pages wide apart, with no tables in between, left to exit_mmap. */
	for (vaddr_t va = AT; va < USER_VA_END; va *= 8) {
		EXPECT_EQ(map(mm, va, PAGES(1), R), 0);
		EXPECT_EQ(touch(mm, va, 1, FAULT_READ), 1);
	}
}

/* ---- no memory ---- */

static int several_things(struct mm *mm)
{
	int err = map(mm, AT, PAGES(3), R | W);

	if (!err)
		err = mm_handle_fault(mm, AT + PAGES(1), FAULT_WRITE);
	if (!err)
		err = mm_poke(mm, AT + PAGES(2) - 1, "ab", 2);
	if (!err) {
		err = mm_protect(mm, AT + PAGES(1), PAGES(1), R);
		if (err && (mm->nr_regions != 1 || pte(mm, AT + PAGES(1)) & PTE_AP_RO))
			return -EIO;
	}
	if (!err)
		err = mm_protect(mm, AT + PAGES(1), PAGES(1), R | W);
	if (!err) {
		u32 regions = mm->nr_regions;
		u64 rss = mm->rss_pages;

		err = mm_unmap(mm, AT + PAGES(1), PAGES(1));
		if (err && (mm->nr_regions != regions || mm->rss_pages != rss))
			return -EIO; /* it must have changed nothing */
	}
	return err;
}

/* Each allocation fails once, the mm's own too. Seen failing with page_free(p) left
 * out at the end of mm_handle_fault, with the spare regions not freed in mm_unmap,
 * and with the struct not freed when mm_alloc gets no root table. */
TEST(region, failing_at_each_allocation)
{
	bool hit = true;
	u32 n;

	for (n = 1; hit; n++) {
		struct mm *mm;
		int err = -ENOMEM;

		failpoint_arm(n);
		mm = mm_alloc("test", NULL);
		if (mm)
			err = several_things(mm);
		hit = failpoint_disarm();
		if (mm)
			mmput(mm);
		EXPECT(err == 0 || (hit && err == -ENOMEM));
	}
	/* mm, root, region, page, two tables, page, page, two for each hole that is cut */
	EXPECT_LE(CONFIG_FAILPOINTS ? 13 : 2, n);
}
