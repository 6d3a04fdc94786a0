/* SPDX-License-Identifier: MIT */
/*
 * The thread that feeds the watchdog, above all others. It calls every CPU, and each
 * that answers sets a timer of its own to when it must be called again. If one CPU has
 * hung with interrupts off, the call does not end, no timer is set anew, and the first
 * CPU whose timer fires panics and says who did not answer. The same if the thread's own
 * CPU does not run it any more.
 *
 * The board's watchdog is fed as well, a second longer, for when no CPU takes
 * interrupts. An emulator has none that counts (power_watchdog).
 */
#include "sched/watchdogd.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/power.h"
#include "core/smp.h"
#include "core/timer.h"
#include "kernel/assert.h"
#include "kernel/errno.h"
#include "sched/task.h"

static struct timer expiry[NR_CPUS];
static cpumask_t answered; /* [a] since this round of calls began */
static struct task *thread;
static u64 patience_ns;	   /* [I] once it runs; 0: it does not */

static void expired(struct timer *t)
{
	cpumask_t silent = READ_ONCE(cpu_online_mask) & ~READ_ONCE(answered);

	if (t != &expiry[cpu_id()])
		return; /* of a CPU that has gone off, and left it to us */
	if (silent)
		panic("watchdog: CPUs 0x%x have not answered for %llu s", silent,
		      (unsigned long long)(patience_ns / NSEC_PER_SEC));
	panic("watchdog: CPU %u has not run its thread for %llu s", thread->ti.cpu,
	      (unsigned long long)(patience_ns / NSEC_PER_SEC));
}

static void answer(void *arg)
{
	/* A CPU answers its last calls on the way off, when its timers have been left to
	 * others already: one that started now would fire on another CPU, or never. */
	if (!cpu_online(cpu_id()))
		return;
	timer_start(&expiry[cpu_id()], clock_ns() + patience_ns);
	__atomic_fetch_or(&answered, cpu_bit(cpu_id()), __ATOMIC_RELAXED);
}

static void watchdogd(void *arg)
{
	for (;;) {
		WRITE_ONCE(answered, 0);
		smp_call(CPU_MASK_ALL, answer, NULL);
		power_watchdog((u32)(patience_ns / NSEC_PER_MSEC) + 1000);
		task_sleep_ns(patience_ns / 4);
	}
}

bool watchdogd_runs(void)
{
	return patience_ns != 0;
}

int watchdogd_start(u32 seconds)
{
	struct task_params p = { .name = "watchdogd", .entry = watchdogd, .prio = PRIO_MAX };

	ENSURE(!patience_ns && seconds > 0 && seconds <= WATCHDOG_MAX_S);
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		timer_init(&expiry[cpu], "watchdog", expired);
	thread = task_create(&p);
	if (!thread)
		return -ENOMEM;
	patience_ns = seconds * NSEC_PER_SEC;
	log_info("watchdog: %u s%s", seconds,
		 clock_is_emulated() ? "; an emulator's own does not count" : "");
	task_start(thread);
	return 0;
}
