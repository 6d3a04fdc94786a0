/* SPDX-License-Identifier: MIT */
/*
 * The switch from one thread to the next: first the address space, then the
 * registers, two steps side by side. Here the lazy scheme happens:
 *
 *	from -> to        mm step                       count of borrows
 *	kernel -> kernel  stay; hand active_mm over     unchanged: it moves
 *	user   -> kernel  stay on it, lazily            grab
 *	kernel -> user    switch_mm unless it is the    drop, after the switch is
 *	                  same mm                       finished
 *	user   -> user    switch_mm unless it is the    unchanged
 *	                  same mm
 *
 * A borrowed mm is dropped only when TTBR0 has left it (switch_mm) and prev's
 * stack has been left (cpu_switch_to) and the queue's lock is released: then, in
 * finish_task_switch, freeing it can harm nobody (invariant 7).
 */
#include "arm64/barrier.h"
#include "kernel/bug.h"
#include "mm/lazy.h"
#include "mm/race.h"
#include "sched/rq.h"

struct task *cpu_switch_to(struct task *prev, struct task *next);

static void switch_address_space(struct rq *rq, struct task *prev,
				 struct task *next)
{
	struct lazy_cpu *lc = rq->lazy;

	ASSERT(prev->active_mm);
	ASSERT(!prev->mm || prev->mm == prev->active_mm);
	ASSERT(next->mm || !next->active_mm);

	if (!next->mm) {
		if (prev->mm) { /* user -> kernel: a lodging begins */
			next->active_mm = enter_lazy_tlb(prev->mm);
			lc->lazy_since_ticks = read_sysreg(cntvct_el0);
			lc->switch_uk++;
		} else { /* kernel -> kernel */
			next->active_mm = prev->active_mm;
			prev->active_mm = NULL;
			lc->switch_kk++;
		}
		return;
	}
	if (BUG(drop_before_switch) && !prev->mm)
		mmdrop_lazy_tlb(prev->active_mm);
	if (prev->active_mm != next->mm)
		switch_mm(next->mm);
	else if (CONFIG_DEBUG_LAZY_EPD0 && !prev->mm)
		lazy_reveal(next->mm);
	if (!prev->mm) { /* kernel -> user: it ends */
		if (!BUG(drop_before_switch))
			rq->prev_mm = prev->active_mm;
		prev->active_mm = NULL;
		lc->lazy_since_ticks = 0;
		lc->switch_ku++;
	} else {
		lc->switch_uu++;
	}
}

/* prev is in no list: asleep, dead, or to be sent elsewhere. */
static void finish_off_queue(struct task *prev, u8 state)
{
	if (state == TASK_RUNNABLE && !prev->is_idle)
		task_place(prev, balance_choose_cpu(prev, cpu_id()));
	else if (state == TASK_DEAD)
		task_put(prev); /* the reference that its life held */
}

/* On next's stack; prev is whoever ran before on this CPU. */
static inline void finish_task_switch(struct task *prev)
{
	struct rq *rq = this_rq();
	struct mm *borrowed = rq->prev_mm;
	/* Read under the lock: afterwards a sleeper may be woken elsewhere. */
	bool queued = prev->on_rq;
	u8 state = prev->state;

	rq->prev_mm = NULL;
	/* [ONCPU-1] Its registers are saved and its stack is left before anyone who
	 * waits for this with acquire reuses them (task_join, task_put). */
	if (BUG(on_cpu_no_release))
		WRITE_ONCE(prev->on_cpu, 0);
	else
		smp_store_release(&prev->on_cpu, 0);
	raw_spin_unlock(&rq->lock);

	if (borrowed) {
		RACE(parked, borrowed);
		mmdrop_lazy_tlb_sched(borrowed);
	}
	if (BUG(drop_twice) && borrowed)
		mmdrop_lazy_tlb_sched(borrowed);
	if (unlikely(!queued))
		finish_off_queue(prev, state);
}

void context_switch(struct rq *rq, struct task *prev, struct task *next)
{
	rq->curr = next;
	WRITE_ONCE(next->on_cpu, 1);
	switch_address_space(rq, prev, next);
	if (prev->is_user) {
		prev->user_sp = read_sysreg(sp_el0);
		prev->user_tpidr = read_sysreg(tpidr_el0);
		if (prev->ti.fp_used)
			fp_switch_out(prev);
		/*
		 * Complete the cache and TLB maintenance that prev has begun: it
		 * may go on elsewhere, and its DSB there would not wait for what
		 * this CPU issued (invariant 28).
		 */
		if (!BUG(no_migration_dsb))
			dsb(ish);
	}
	if (next->is_user) {
		write_sysreg(next->user_sp, sp_el0);
		write_sysreg(next->user_tpidr, tpidr_el0);
		write_sysreg(next->user_tpidrro, tpidrro_el0);
	}
	prev = cpu_switch_to(prev, next);
	finish_task_switch(prev);
}

void schedule_tail(struct task *prev)
{
	finish_task_switch(prev);
	local_irq_enable();
}
