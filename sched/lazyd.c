/* SPDX-License-Identifier: MIT */
/*
 * lazyd: the thread that ends what others could not. It frees the mms whose last
 * reference was dropped where nobody may wait for other CPUs (invariant 24), and
 * with CONFIG_MMU_LAZY_TLB_SLOT makes CPUs leave the mms that have been dead for
 * CONFIG_LAZY_ZOMBIE_MS.
 *
 * It sleeps until it is called. The call for later is one timer for all: set when
 * the first zombie of a batch dies, and again by lazyd for the first that is left.
 */
#include "core/clock.h"
#include "core/timer.h"
#include "mm/lazy.h"
#include "sched/rq.h"
#include "sched/wait.h"

static struct wait_queue queue = WAIT_QUEUE_INIT(queue);
static struct timer deadline;
static bool armed;	/* [a] the timer is set, or about to be */
static bool called;	/* [a] there is something to do */

static void call(struct timer *t)
{
	/* Whoever finds it false from now on sets the timer anew; whoever found
	 * it true before has put its zombie where lazyd looks next. */
	__atomic_store_n(&armed, false, __ATOMIC_SEQ_CST);
	__atomic_store_n(&called, true, __ATOMIC_SEQ_CST);
	wait_wake_all(&queue);
}

static void lazyd_at(u64 when_ns)
{
	if (when_ns == 0) {
		__atomic_store_n(&called, true, __ATOMIC_SEQ_CST);
		wait_wake_all(&queue);
	} else if (lazy_zombie_ns != ~0ULL && !READ_ONCE(armed) &&
		   !__atomic_exchange_n(&armed, true, __ATOMIC_SEQ_CST)) {
		timer_start(&deadline, when_ns);
	}
}

static void lazyd(void *arg)
{
	for (;;) {
		u64 first_ns;

		wait_event_uninterruptible(
			&queue,
			__atomic_exchange_n(&called, false, __ATOMIC_SEQ_CST),
			"work");
		mm_free_deferred();
		if (lazy_strategy() != LAZY_SLOT)
			continue;
		slot_reap(clock_ns() - MIN(clock_ns(), lazy_zombie_ns));
		first_ns = mm_first_zombie_ns();
		if (first_ns != ~0ULL)
			lazyd_at(first_ns + lazy_zombie_ns);
	}
}

int lazyd_start(void)
{
	timer_init(&deadline, "zombies", call);
	lazyd_at_fn = lazyd_at;
	return kthread_run("lazyd", lazyd, NULL);
}
