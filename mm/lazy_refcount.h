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
 * user (so mm_count cannot be zero), and dropped after TTBR0 has left.
 */
#pragma once

static inline void mmgrab_lazy_tlb(struct mm *mm)
{
	atomic_inc(&mm->mm_count);
	this_lazy_cpu()->lazy_grabs++;
}

static inline void mmdrop_lazy_tlb(struct mm *mm)
{
	this_lazy_cpu()->lazy_drops++;
	mm_count_put(mm);
}

static inline void mmdrop_lazy_tlb_sched(struct mm *mm)
{
	mmdrop_lazy_tlb(mm);
}

static inline void lazy_before_free(struct mm *mm)
{
	/* Nobody has it loaded: who had it loaded held a reference. */
}

#define LAZY_BORROW_COUNTS 1
#define LAZY_STRATEGY_NAME "refcount"
