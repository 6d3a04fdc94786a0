/* SPDX-License-Identifier: MIT */
/*
 * CPUs off and on again while the system runs.
 *
 * Off. First no thread is placed on it any more (sched_cpus), and those that are
 * there are sent elsewhere, until its idle thread runs. Then the machine stands
 * still, every CPU with interrupts on, so outside of every wake-up, switch and call:
 * before it stands still the leaving CPU moves to init_mm, and only then it is
 * taken out of cpu_online_mask (invariant 22). The other way round, whoever asks
 * the online CPUs to leave a dead mm would miss it. It wakes up in its idle loop
 * as a CPU that nobody knows, gives back what it has of memory, ASIDs and FP
 * registers, and goes to boot's pen with its MMU off.
 *
 * Because the machine stood still, who chose a CPU or posted a call with interrupts
 * off has done so wholly before, or not yet: the switch and the wake-up need no
 * check of their own.
 *
 * On: as at boot. Its idle thread and its stack have been kept.
 *
 * Locking: hotplug_lock for all of it.
 */
#include "sched/hotplug.h"
#include "arm64/atomic.h"
#include "core/clock.h"
#include "core/smp.h"
#include "kernel/bug.h"
#include "kernel/errno.h"
#include "mm/asid.h"
#include "mm/lazy.h"
#include "mm/page.h"
#include "mm/race.h"
#include "mm/slab.h"
#include "sched/rq.h"
#include "sched/wait.h"

/* Half a second at least; not a deadline, which a caller that is kept from running
 * would miss without having tried. */
#define OFF_TRIES 5000
#define OFF_RETRY_NS (100 * NSEC_PER_USEC)

static struct mutex hotplug_lock = MUTEX_INIT(hotplug_lock);
static u32 leaving;	    /* [hotplug_lock] */
static u32 gone[NR_CPUS]; /* [PARK-1] it no longer uses its stack */

static void complete_maintenance(void *arg)
{
	dsb(ish);
}

/* Send away what is queued on cpu, and make what runs there look up: it will find
 * that it may not stay. */
static void evacuate(u32 cpu)
{
	struct rq *rq = &runqueues[cpu];
	struct task *t;

	do {
		irqflags_t flags = local_irq_save();
		int prio;

		raw_spin_lock(&rq->lock);
		prio = rq_top_prio(rq);
		t = prio < 0 ? NULL : list_first(&rq->list[prio], struct task, rq_node);
		if (t)
			rq_dequeue(rq, t);
		else if (rq->curr != rq->idle)
			resched_cpu(rq);
		raw_spin_unlock(&rq->lock);
		local_irq_restore(flags);
		if (!t)
			break;
		if (sched_owes_dsb(t))
			smp_call(cpu_bit(cpu), complete_maintenance, NULL);
		flags = local_irq_save();
		task_place(t, balance_choose_cpu(t, cpu));
		local_irq_restore(flags);
	} while (true);
}

/* Every CPU but the leader's, before it stands still. */
static void settle(void *arg)
{
	if (cpu_id() == leaving && current->is_idle && !BUG(hotplug_mask_first)) {
		RACE(offline, current->active_mm);
		lazy_settle_cpu();
	}
}

/* The machine stands still. */
static void take_down(void *arg)
{
	struct rq *rq = &runqueues[leaving];
	bool *down = arg;

	if (cpu_id() == leaving || rq->curr != rq->idle || rq->nr_queued)
		return;
	ASSERT(lazy_cpus[leaving].slot.loaded == &init_mm); /* invariant 22 */
	atomic_and_full(&cpu_online_mask, ~cpu_bit(leaving));
	timer_adopt(leaving);
	*down = true;
}

int cpu_off(u32 cpu)
{
	unsigned int tries = 0;
	bool down = false;

	if (cpu >= NR_CPUS || !cpus[cpu].present)
		return -ENODEV;
	if (cpu == 0 || !smp_can_park(cpu))
		return -EPERM;
	mutex_lock(&hotplug_lock);
	if (!cpu_online(cpu)) {
		mutex_unlock(&hotplug_lock);
		return -EEXIST;
	}
	leaving = cpu;
	WRITE_ONCE(gone[cpu], 0);
	atomic_and_full(&sched_cpus, ~cpu_bit(cpu));
	for (;;) {
		evacuate(cpu);
		smp_freeze_with(settle, take_down, &down);
		if (down || ++tries == OFF_TRIES)
			break;
		task_sleep_ns(OFF_RETRY_NS);
	}
	if (down) {
		while (!smp_load_acquire(&gone[cpu])) /* [PARK-1] */
			sched_yield();
		cpus[cpu].state = "off";
	} else {
		atomic_or_full(&sched_cpus, cpu_bit(cpu));
	}
	mutex_unlock(&hotplug_lock);
	return down ? 0 : -EBUSY;
}

int cpu_on(u32 cpu)
{
	int err = -EEXIST;

	if (cpu >= NR_CPUS || !cpus[cpu].present)
		return -ENODEV;
	mutex_lock(&hotplug_lock);
	if (!cpu_online(cpu))
		err = smp_boot_cpu(cpu);
	mutex_unlock(&hotplug_lock);
	return err;
}

void hotplug_leave(void)
{
	u32 cpu = cpu_id();

	smp_handle_calls(); /* the last: posted before the machine stood still */
	if (timer_any(cpu))
		return; /* a call has started one: that is waited for */
	/* What was handed to us by who had looked at our slot before we left. */
	lazy_settle_cpu();
	ASSERT(current->active_mm == &init_mm);
	timer_cpu_stop();
	slab_drain_local();
	page_drain_local();
	fp_forget_cpu();
	asid_forget_cpu();
	smp_park(&gone[cpu]);
}
