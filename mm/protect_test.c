/* SPDX-License-Identifier: MIT */
/*
 * Rights of mapped memory; what they are worth to programs is in usertests. Images:
 * region_image_test.c; failing allocations: region_test.c.
 */
#include "mm/region_test.h"

/* May EL0 read, write, execute what e leads to? As PROT_*. */
static u32 rights(pte_t e)
{
	if (!(e & PTE_VALID) || !(e & PTE_AP_USER))
		return 0;
	return R | (e & PTE_AP_RO ? 0 : W) | (e & PTE_UXN ? 0 : X);
}

static const u32 prots[] = { 0, R, R | W, X, R | X, W };
static const u32 worth[] = { 0, R, R | W, R | X, R | X, R | W };

/* From each to each: the page stays, the rights are new, for faults, too. Seen failing
 * with prot_pte(0) that has PTE_AP_USER, and with protect_pages left out. */
MM_TEST(protect, changes_what_is_there_and_what_comes)
{
	const u32 n = ARRAY_SIZE(prots);

	for (u32 i = 0; i < n * n; i++) {
		u32 old = prots[i / n], new = prots[i % n];
		vaddr_t va = AT + PAGES(4 * i), later = va + PAGE_SIZE;
		paddr_t page;

		EXPECT_EQ(map(mm, va, PAGES(2), R), 0);
		EXPECT_EQ(mm_handle_fault(mm, va, FAULT_READ), 0);
		page = pte_addr(pte(mm, va));
		EXPECT_EQ(mm_protect(mm, va, PAGES(2), old), 0);
		EXPECT_EQ(rights(pte(mm, va)), worth[i / n]);
		EXPECT_EQ(mm_protect(mm, va, PAGES(2), new), 0);
		EXPECT_EQ(rights(pte(mm, va)), worth[i % n]);
		EXPECT_EQ(pte_addr(pte(mm, va)), page);
		EXPECT_EQ(pte(mm, va) & (PTE_PXN | PTE_NG), PTE_PXN | PTE_NG);
		EXPECT_EQ(mm->rss_pages, i + 1);
		EXPECT_EQ(mm_handle_fault(mm, va, FAULT_READ), new ? 0 : -EACCES);
		EXPECT_EQ(mm_handle_fault(mm, later, FAULT_WRITE), new & W ? 0 : -EACCES);
		EXPECT_EQ(mm_handle_fault(mm, later, FAULT_EXEC), new & X ? 0 : -EACCES);
		EXPECT_EQ(mm_unmap(mm, later, PAGE_SIZE), 0);
	}
}

/* A fault between the change of the region and the walk: it does not wait for that.
 * Seen failing with protect_page_locked left out of mm_handle_fault. */
MM_TEST(protect, is_given_by_a_fault_in_between)
{
	EXPECT_EQ(map(mm, AT, PAGES(2), R), 0);
	EXPECT_EQ(mm_handle_fault(mm, AT, FAULT_READ), 0);
	spin_lock(&mm->lock);
	region_find_locked(mm, AT)->prot = R | W; /* as mm_protect begins */
	spin_unlock(&mm->lock);
	EXPECT_EQ(mm_handle_fault(mm, AT, FAULT_WRITE), 0);
	EXPECT_EQ(rights(pte(mm, AT)), R | W);
	EXPECT_EQ(mm_protect(mm, AT, PAGES(1), 0), 0);
	EXPECT_EQ(rights(pte(mm, AT)), 0);
}

/* Seen failing with join_all left out, and with region_join_locked that does not look
 * at prot. */
MM_TEST(protect, splits_and_joins)
{
	struct region_info r;

	EXPECT_EQ(map(mm, AT, PAGES(9), R | W), 0);
	EXPECT_EQ(map(mm, AT + PAGES(10), PAGES(1), R | W), 0); /* behind a hole */
	EXPECT_EQ(mm_protect(mm, AT + PAGES(3), PAGES(3), R), 0);
	EXPECT_EQ(mm->nr_regions, 4);
	EXPECT_EQ(mm_protect(mm, AT + PAGES(4), PAGES(1), R), 0); /* nothing to do */
	EXPECT_EQ(mm->nr_regions, 4);
	EXPECT_EQ(mm_protect(mm, AT + PAGES(2), PAGES(2), R), 0); /* grows down, */
	EXPECT_EQ(mm_protect(mm, AT + PAGES(5), PAGES(2), R), 0); /* and up */
	EXPECT_EQ(mm->nr_regions, 4);
	EXPECT(region_get_info(mm, AT + PAGES(2), &r));
	EXPECT(r.start == AT + PAGES(2) && r.end == AT + PAGES(7) && r.prot == R);
	EXPECT_EQ(mm_protect(mm, AT, PAGES(9), 0), 0);
	EXPECT_EQ(mm->nr_regions, 2);
	EXPECT_EQ(mm_protect(mm, AT, PAGES(9), R | W), 0);
	EXPECT(region_get_info(mm, AT, &r));
	EXPECT(r.start == AT && r.end == AT + PAGES(9) && r.prot == (R | W));
	EXPECT_EQ(mm->nr_regions, 2);
	/* What is mapped beside it is another region, until somebody changes both. */
	EXPECT_EQ(map(mm, AT + PAGES(9), PAGES(1), R | W), 0);
	EXPECT_EQ(mm->nr_regions, 3);
	EXPECT_EQ(mm_protect(mm, AT + PAGES(9), PAGES(1), R | W), 0);
	EXPECT_EQ(mm->nr_regions, 1);
}

/* Seen failing with cut_edges that does not count. */
MM_TEST(protect, changes_nothing_if_it_fails)
{
	const u32 n = REGIONS_MAX - 1;
	vaddr_t last = AT + PAGES(2 * n);

	EXPECT_EQ(map(mm, AT, PAGES(4), R), 0);
	EXPECT_EQ(mm_protect(mm, AT + PAGES(1), PAGES(4), R | W), -EFAULT);
	EXPECT_EQ(mm->nr_regions, 1);
	EXPECT_EQ(mm_handle_fault(mm, AT + PAGES(1), FAULT_WRITE), -EACCES);
	EXPECT_EQ(mm_unmap(mm, AT, PAGES(4)), 0);

	for (u32 i = 0; i < n; i++)
		EXPECT_EQ(map(mm, AT + PAGES(2 * i), PAGES(1), R), 0);
	EXPECT_EQ(map(mm, last, PAGES(3), R), 0);
	EXPECT_EQ(mm_protect(mm, last + PAGES(1), PAGES(1), R | W), -ENOSPC);
	EXPECT_EQ(mm_protect(mm, last, PAGES(1), R | W), -ENOSPC);
	EXPECT_EQ(mm_protect(mm, last + PAGES(1), PAGES(2), R | W), -ENOSPC);
	EXPECT_EQ(mm->nr_regions, REGIONS_MAX);
	EXPECT_EQ(mm_handle_fault(mm, last + PAGES(1), FAULT_WRITE), -EACCES);
	EXPECT_EQ(mm_protect(mm, last, PAGES(3), R | W), 0);
	EXPECT_EQ(mm_protect(mm, last + PAGES(1), PAGES(1), R | W), 0); /* no cut */
	EXPECT_EQ(mm->nr_regions, REGIONS_MAX);
}

/* More pages than a batch, over tables' borders. Seen failing with protect_pages left
 * out, and with the last of a full batch not made anew (a panic: its page is lost). */
MM_TEST(protect, changes_all_that_is_named_and_no_more)
{
	const u32 n = 600;
	u32 wrong = 0;

	EXPECT_EQ(map(mm, AT, PAGES(n), R | W), 0);
	for (u32 i = 0; i < n; i++)
		EXPECT_EQ(mm_handle_fault(mm, AT + PAGES(i), FAULT_WRITE), 0);
	EXPECT_EQ(mm_protect(mm, AT + PAGES(100), PAGES(300), R), 0);
	for (u32 i = 0; i < n; i++)
		wrong += rights(pte(mm, AT + PAGES(i))) !=
			 (i >= 100 && i < 400 ? R : (R | W));
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(mm->rss_pages, n);
	EXPECT_EQ(mm_protect(mm, AT, PAGES(n), 0), 0);
	EXPECT_EQ(mm_unmap(mm, AT, PAGES(n)), 0);
	EXPECT_EQ(mm->rss_pages, 0);
}
