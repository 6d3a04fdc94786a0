/* SPDX-License-Identifier: MIT */
/*
 * The lazy TLB: what a CPU does with the loaded address space when it runs a
 * thread that has none. docs/lazy-mm.md explains the scheme.
 *
 * A strategy is one header (lazy_refcount.h, lazy_shootdown.h) with the same four
 * hooks; include/kconfig.h chooses, and only the chosen one is included:
 *
 *   mmgrab_lazy_tlb(mm)        this CPU begins to borrow mm
 *   mmdrop_lazy_tlb(mm)        it returns it; TTBR0 has left mm already
 *   mmdrop_lazy_tlb_sched(mm)  the same, from finish_task_switch
 *   lazy_before_free(mm)       mm_count is zero: let no CPU have it loaded
 *
 * Only the scheduler (context_switch, finish_task_switch), sched/lazy.c and
 * __mmdrop may call them.
 */
#pragma once

#include "mm/mm.h"

/* What this CPU's TTBR0 holds and what it cost; written by the CPU itself with
 * IRQs off, read by anyone. */
struct lazy_cpu {
	/*
	 * The mm whose table TTBR0_EL1 may name. It is stored after TTBR0 and ISB,
	 * so while TTBR0 moves from A to B it still says A: it leaves an mm only
	 * after the register has (invariant 25).
	 */
	struct mm *loaded;
	u64 lazy_since_ticks;	/* when this lodging began; 0: not lazy */
	/* Counters, for `mm stat`. */
	u64 switch_kk, switch_uk, switch_ku, switch_uu;
	u64 ttbr0_writes;	/* all of them, */
	u64 ttbr0_writes_other;	/* and those that no switch asked for */
	u64 lazy_grabs, lazy_drops;
	u64 ipi_sent, ipi_useful;
	u64 tlbi_all, tlbi_asid, tlbi_va;
} __aligned(CACHE_LINE);

extern struct lazy_cpu lazy_cpus[NR_CPUS];
static inline struct lazy_cpu *this_lazy_cpu(void)
{
	return HIDE_ORIGIN(&lazy_cpus[cpu_id()]);
}

static inline u64 lazy_switches(const struct lazy_cpu *lc)
{
	return lc->switch_kk + lc->switch_uk + lc->switch_ku + lc->switch_uu;
}

/* Switches of threads that left TTBR0 alone. */
static inline u64 lazy_ttbr0_avoided(const struct lazy_cpu *lc)
{
	return lazy_switches(lc) - (lc->ttbr0_writes - lc->ttbr0_writes_other);
}

/* The rest of the machine's counters. */
struct lazy_totals {
	u64 zombies_created, zombies_reaped, zombie_max_us;
};
extern struct lazy_totals lazy_totals; /* [mm_list_lock] */

/* Load next's table and ASID into TTBR0_EL1: the empty table for init_mm. One
 * register write and one ISB. IRQs off. */
void switch_mm(struct mm *next);
/* The same where no switch of threads asks for it: boot, exec, kthread_use_mm. */
void switch_mm_other(struct mm *next);

/* From the identity map with which a CPU starts to init_mm, for good. */
void leave_boot_map(void);

/* The register beside the rule. */
struct ttbr0 {
	paddr_t base;
	u32 asid;
};

static inline struct ttbr0 ttbr0_read(void)
{
	u64 v = read_sysreg(ttbr0_el1);

	return (struct ttbr0){ .base = v & TTBR_BADDR_MASK,
			       .asid = (u32)(v >> TTBR_ASID_SHIFT) };
}

void __mmdrop(struct mm *mm); /* mm_count reached zero */

/* Make this CPU leave mm for init_mm if it borrows it; IRQs off; true if it did.
 * The scheduler, which knows what runs, sets it at boot. */
extern bool (*lazy_leave_fn)(struct mm *mm);

#if CONFIG_MMU_LAZY_TLB_REFCOUNT
#include "mm/lazy_refcount.h"
#else
#include "mm/lazy_shootdown.h"
#endif
