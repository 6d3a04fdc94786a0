/* SPDX-License-Identifier: MIT */
/*
 * Calls that the kernel makes for a thread that needs something of a program: the page of
 * its pager. It waits like a caller at EL0, with a frame of its own on its stack that leads
 * back into the kernel, so that the fast path serves it, too (ipc_ask_fast in fast.S).
 *
 * The fast path has no deadline. That nobody waits for ever is one timer's work for all of
 * them: it is set when somebody asks and it is not, and then looks who has waited for too
 * long. Who asks says so before it looks whether the timer is set; the timer is off before
 * it looks who asks [ASK-1].
 */
#include "arm64/barrier.h"
#include "core/clock.h"
#include "ipc/ipc.h"
#include "kernel/errno.h"
#include "sched/rq.h"

static struct timer patience;
static u32 watching; /* [a] it is set */

static void look(struct timer *timer);

static u64 asked_ns(u64 ticks)
{
	return clock_ticks_to_ns(ticks - clock_boot_ticks);
}

static void watch_until(u64 ns)
{
	if (!__atomic_exchange_n(&watching, 1, __ATOMIC_RELAXED))
		timer_start(&patience, ns);
}

bool ipc_asked_too_long(const struct task *t)
{
	u64 ticks = READ_ONCE(t->ipc.asked_ticks);

	return ticks && clock_ns() >= asked_ns(ticks) + ASK_TIMEOUT_NS;
}

/* Timer context. */
static void look(struct timer *timer)
{
	u64 next_ns = ~0ULL;
	irqflags_t flags;
	struct task *t;

	__atomic_store_n(&watching, 0, __ATOMIC_RELAXED);
	dmb(ish); /* [ASK-1] */
	flags = spin_lock_irqsave(&task_list_lock);
	list_for_each(t, &task_list, all) {
		u64 ticks = READ_ONCE(t->ipc.asked_ticks), from_ns = asked_ns(ticks);

		if (!ticks)
			continue;
		if (ipc_asked_too_long(t)) {
			task_wake(t); /* it sees why: awake() in ipc.c */
			from_ns = clock_ns(); /* once more, if it was not asleep yet */
		}
		next_ns = MIN(next_ns, from_ns + ASK_TIMEOUT_NS);
	}
	spin_unlock_irqrestore(&task_list_lock, flags);
	if (next_ns != ~0ULL)
		watch_until(next_ns);
}

void ipc_ask_init(void)
{
	timer_init(&patience, "ask", look);
}

struct ipc_answer ipc_ask(u64 w0, u64 w1, u64 w2, struct endpoint *ep, u64 badge)
{
	struct task *t = current;
	struct frame *users = t->frame;
	u32 room = t->ipc.nr_room;
	struct ipc_answer a;

	t->ipc.nr_room = 0; /* a reply with handles finds no room */
	/* Without an address space, or with AArch32's registers, it needs a whole switch. */
	t->ipc_slow = !t->mm || mm_is_32(t->mm);
	WRITE_ONCE(t->ipc.asked_ticks, read_sysreg(cntvct_el0) | 1);
	dmb(ish); /* [ASK-1] */
	if (unlikely(!READ_ONCE(watching)))
		watch_until(clock_ns() + ASK_TIMEOUT_NS);
	a = ipc_ask_fast(w0, w1, w2, &ep->object, badge);
	t->ipc.asked_ticks = 0;
	t->ipc_slow = 0;
	t->ipc.nr_room = room;
	t->frame = users;
	return a;
}
