/* SPDX-License-Identifier: MIT */
/*
 * The laboratory (CONFIG_MMU_LAZY_TLB_LAB): another strategy at run time.
 *
 * The machine stands still, every CPU with interrupts on, so outside of every step
 * of the old strategy: nothing is parked, no hand-over is half done. Each CPU
 * that lodges moves to init_mm and gives back what it holds by the old rule. Then
 * no dead mm is loaded anywhere and none is counted for a lodger, which is what
 * every strategy may begin with; whoever is stopped between its last mmput and
 * the free goes on by the new rule and finds nobody. What is left of the old rule
 * are the lodgers of init_mm, whom one strategy counts and the others do not.
 */
#include "core/smp.h"
#include "kernel/errno.h"
#include "mm/lazy.h"
#include "sched/rq.h"

/* By the old rule. IRQs off. */
static void settle(void *arg)
{
	lazy_settle_cpu();
}

/* The machine stands still: what was handed to a CPU after it had settled, by who had
 * looked at its slot before; or to one that is going off and does not stand. */
static void take_gifts(void)
{
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		struct mm *mm = handover_take(&lazy_cpus[cpu].slot);

		if (!mm)
			continue;
		LEDGER_HERE(mm, "handed, drop");
		this_lazy_cpu()->lazy_drops++;
		this_lazy_cpu()->count_atomics++;
		mm_count_put(mm);
	}
}

static void set_strategy(void *arg)
{
	const enum lazy_strategy *to = arg;
	s32 lodgers = 0;

	settle(NULL);
	take_gifts();
	/* One that did not come has an idle thread, too. */
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		lodgers += runqueues[cpu].curr && !runqueues[cpu].curr->mm;
	if (lazy_borrow_counts())
		atomic_sub(&init_mm.mm_count, lodgers);
	WRITE_ONCE(lazy_strategy_now, *to);
	if (lazy_borrow_counts())
		atomic_add(&init_mm.mm_count, lodgers);
}

int lazy_set_strategy(unsigned int n)
{
	enum lazy_strategy to = (enum lazy_strategy)n;

	ASSERT(n < NR_LAZY_STRATEGIES);
	if (!CONFIG_MMU_LAZY_TLB_LAB)
		return to == lazy_strategy() ? 0 : -ENOSYS;
	smp_freeze_with(settle, set_strategy, &to);
	return 0;
}
