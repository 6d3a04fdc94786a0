/* SPDX-License-Identifier: MIT */
/* Regions and faults. What comes from an image: region_image_test.c. */
#include "mm/region_test.h"
#include "core/failpoint.h"
#include "lib/string.h"
#include "mm/memory.h"

/* ---- mapping ---- */

/* Seen failing with `r->start > end` in is_free, and with find_room that does not
 * look at the length. */
MM_TEST(region, maps_where_told_or_where_there_is_room)
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
MM_TEST(region, refuses_what_makes_no_sense)
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
MM_TEST(region, as_many_regions_as_allowed)
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
MM_TEST(region, gives_the_rights_of_the_region)
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
MM_TEST(region, pokes_across_pages)
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

/* ---- unmapping ---- */

/* More pages than one batch, over tables' borders. Seen failing with user_pte_clear
 * that goes on too far behind a missing table, with `inuse` not counted down there,
 * and with rss_pages reduced by whole batches. */
MM_TEST(region, takes_away_what_is_named_and_no_more)
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
