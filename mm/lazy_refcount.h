/* SPDX-License-Identifier: MIT */
/*
 * CONFIG_MMU_LAZY_TLB_REFCOUNT: a borrower counts.
 *
 * Every CPU that lodges in an mm holds one mm_count of it, so the root table and
 * the struct outlive their last real user for as long as anyone lodges there. The
 * price: an atomic on a shared cache line when a lodging begins and when it ends,
 * and zombies that live until their last borrower is scheduled away.
 *
 * Why it is safe: the reference is taken by a CPU whose previous thread is a real
 * user (so mm_count cannot be zero), and dropped after TTBR0 has left. When the
 * count is zero nobody has the mm loaded: there is nothing to do before it is freed.
 */
#pragma once

static inline void refcount_grab(struct mm *mm)
{
	struct lazy_cpu *lc = this_lazy_cpu();

	ref_get(&mm->mm_count.v);
	LEDGER_HERE(mm, "lazy grab");
	lc->lazy_grabs++;
	lc->count_atomics++;
}

static inline void refcount_drop(struct mm *mm)
{
	struct lazy_cpu *lc = this_lazy_cpu();

	LEDGER_HERE(mm, "lazy drop");
	lc->lazy_drops++;
	lc->count_atomics++;
	mm_count_put(mm);
}
