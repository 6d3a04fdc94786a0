/* SPDX-License-Identifier: MIT */
/*
 * The lazy TLB: what a CPU does with the loaded address space when it runs a
 * thread that has none. docs/lazy-mm.md explains the scheme.
 *
 * A strategy is one header (lazy_refcount.h, lazy_shootdown.h, lazy_slot.h,
 * lazy_eager.h); the hooks at the end of this one call the chosen one's part:
 *
 *   enter_lazy_tlb(mm)         this CPU stops to be a real user of mm: what it
 *                              lodges in from now on
 *   mmgrab_lazy_tlb(mm)        it begins to borrow mm
 *   mmdrop_lazy_tlb(mm)        it returns it; TTBR0 has left mm already
 *   mmdrop_lazy_tlb_sched(mm)  the same, from finish_task_switch
 *   lazy_last_user(mm)         mm_users is zero, its mappings are gone
 *   lazy_before_free(mm)       mm_count is zero: let no CPU have it loaded
 *
 * include/kconfig.h chooses when the kernel is built: then lazy_strategy() is a
 * constant and nothing is left of the others. With CONFIG_MMU_LAZY_TLB_LAB it is a
 * variable (sched/lazy_lab.c).
 *
 * Only the scheduler (context_switch, finish_task_switch), sched/lazy*.c and mm.c
 * may call the hooks.
 */
#pragma once

#include "mm/mm.h"
#include "arm64/barrier.h"
#include "kernel/bug.h"
#include "mm/lazy_atomic.h"
#include "mm/lazy_protocol.h"

enum lazy_strategy {
	LAZY_REFCOUNT,
	LAZY_SHOOTDOWN,
	LAZY_SLOT,
	LAZY_EAGER,
	NR_LAZY_STRATEGIES
};
#define LAZY_STRATEGY_BUILT                                                \
	(CONFIG_MMU_LAZY_TLB_REFCOUNT  ? LAZY_REFCOUNT :                   \
	 CONFIG_MMU_LAZY_TLB_SHOOTDOWN ? LAZY_SHOOTDOWN :                  \
	 CONFIG_MMU_LAZY_TLB_SLOT      ? LAZY_SLOT :                       \
					 LAZY_EAGER)

extern const char *const lazy_strategy_names[NR_LAZY_STRATEGIES];
extern enum lazy_strategy lazy_strategy_now; /* [machine frozen] */

static inline enum lazy_strategy lazy_strategy(void)
{
	if (CONFIG_MMU_LAZY_TLB_LAB)
		return READ_ONCE(lazy_strategy_now);
	return LAZY_STRATEGY_BUILT;
}

static inline const char *lazy_strategy_name(void)
{
	return lazy_strategy_names[lazy_strategy()];
}

/* Is a borrower in mm_count? */
static inline bool lazy_borrow_counts(void)
{
	return lazy_strategy() == LAZY_REFCOUNT;
}

/* May an mm outlive its last user because a CPU has it loaded? */
static inline bool lazy_makes_zombies(void)
{
	return lazy_strategy() == LAZY_REFCOUNT || lazy_strategy() == LAZY_SLOT;
}

/* What this CPU's TTBR0 holds and what it cost; written by the CPU itself with
 * IRQs off, read by anyone. */
struct lazy_cpu {
	atomic64_t asid_active; /* [a] context id this CPU loaded; 0: see `reserved` in
				 * asid.c */
	struct lazy_slot slot;	/* [a] what TTBR0 may hold (invariant 25) */
	u64 lazy_since_ticks;	/* when this lodging began; 0: not lazy */
	/* Counters, for `mm stat`. */
	u64 switch_kk, switch_uk, switch_ku;
	u64 switch_uu, ttbr0_writes; /* all of them, */
	u64 ttbr0_writes_other;	/* and those that no switch asked for */
	u64 voluntary;		/* lodgings that a thread with an mm asked for */
	u64 lazy_grabs, lazy_drops; /* mm_counts of lodgers, */
	u64 count_atomics;	/* and the atomic operations that took */
	u64 ipi_sent, ipi_useful;
	u64 tlbi_all, tlbi_asid, tlbi_va;
	u64 barriers;		/* ISB and DSB of address-space switches; [lab] */
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
/* Make these CPUs do so, by interrupts. Thread context, IRQs on, no locks that are
 * taken with IRQs off. */
void lazy_evict(cpumask_t mask, struct mm *mm);
/* Have sched/lazyd.c call mm_free_deferred and slot_reap at that time, 0: now. Any
 * context without a run queue's lock. */
extern void (*lazyd_at_fn)(u64 when_ns);
extern u64 lazy_zombie_ns; /* the deadline of zombies; ~0 (tests): none */

/*
 * CONFIG_DEBUG_LAZY_EPD0. This CPU begins to lodge in what it has loaded: no access
 * through it from now on. IRQs off.
 */
static inline void lazy_hide(void)
{
	if (!CONFIG_DEBUG_LAZY_EPD0)
		return;
	write_sysreg(read_sysreg(ttbr0_el1) & TTBR_BADDR_MASK, ttbr0_el1);
	write_sysreg(read_sysreg(tcr_el1) | TCR_EPD0, tcr_el1);
	isb();
}

/* The same mm has a real user again. Its ASID is still this CPU's. IRQs off. */
static inline void lazy_reveal(struct mm *mm)
{
	u64 asid = atomic_read(&mm->context_id) & ASID_MASK;

	if (!CONFIG_DEBUG_LAZY_EPD0)
		return;
	write_sysreg(mm->pgd | asid << TTBR_ASID_SHIFT, ttbr0_el1);
	write_sysreg(read_sysreg(tcr_el1) & ~TCR_EPD0, tcr_el1);
	isb();
}

#include "mm/lazy_eager.h"
#include "mm/lazy_refcount.h"
#include "mm/lazy_shootdown.h"
#include "mm/lazy_slot.h"

/* IRQs off. */
static inline void mmgrab_lazy_tlb(struct mm *mm)
{
	if (lazy_strategy() == LAZY_REFCOUNT)
		refcount_grab(mm);
}

/* IRQs off. */
static inline void mmdrop_lazy_tlb(struct mm *mm)
{
	if (lazy_strategy() == LAZY_REFCOUNT)
		refcount_drop(mm);
	else if (lazy_strategy() == LAZY_SLOT)
		slot_release();
}

/* Drop what is this CPU's to drop although it never borrowed it. IRQs off. */
static inline void mmdrop_stale(void)
{
	if (lazy_strategy() == LAZY_SLOT)
		slot_release();
}

static inline void mmdrop_lazy_tlb_sched(struct mm *mm)
{
	mmdrop_lazy_tlb(mm);
}

/* IRQs off. */
static inline struct mm *enter_lazy_tlb(struct mm *mm)
{
	if (lazy_strategy() == LAZY_EAGER)
		return eager_enter();
	if (!BUG(forgotten_grab))
		mmgrab_lazy_tlb(mm);
	lazy_hide();
	return mm;
}

/* IRQs off. */
static inline void lazy_last_user(struct mm *mm)
{
	if (lazy_strategy() == LAZY_SLOT)
		slot_last_user(mm);
}

/* Memory is short: end the zombies that can be ended, if this context may wait.
 * True: there was one. */
bool lazy_reclaim(void);

/* Thread context, IRQs on, no locks that are taken with IRQs off; if the strategy
 * sends no interrupts any context. */
static inline void lazy_before_free(struct mm *mm)
{
	if (lazy_strategy() == LAZY_SHOOTDOWN)
		shootdown_before_free(mm);
}
