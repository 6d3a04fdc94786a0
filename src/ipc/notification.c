/* SPDX-License-Identifier: MIT */
/*
 * Notifications in C; signal.S does the common cases beside: nobody waits, or a more urgent
 * thread of the same CPU does. It holds n->lock as we do, behind its CPU's run queue lock,
 * so it only tries to get it.
 *
 * Who signals gives the bits to one thread, in struct task, and takes that out of the list:
 * then the wait is over. A thread may also wake by itself, to die or at its deadline, and
 * takes itself out. One that signal.S has woken does not come back here: all it needs is in
 * its frame, by notification_wait_entry.
 */
#include "ipc/notification.h"
#include "abi/lodger.h"
#include "arm64/sysreg.h"
#include "kernel/errno.h"
#include "mm/slab.h"
#include "sched/rq.h"
#include "sched/wait.h"

static struct cache notification_cache;

static void notification_release(struct object *o)
{
	cache_free(&notification_cache, container_of(o, struct notification, object));
}

struct notification *notification_create(void)
{
	static const struct object_ops ops = { .release = notification_release };
	struct notification *n = cache_zalloc(&notification_cache);

	if (n) {
		object_init(&n->object, OBJ_NOTIFICATION, &ops);
		spin_init(&n->lock, RANK_IPC);
		list_init(&n->waiters);
	}
	return n;
}

/* [lock] Whoever looks at t (ipc_get_info) does so under its run queue's lock. */
static void set_wait(struct task *t, enum ipc_wait wait)
{
	struct rq *rq = task_rq_lock(t);

	t->ipc_wait = wait;
	raw_spin_unlock(&rq->lock);
}

/* [lock] */
static u64 take_bits(struct notification *n)
{
	u64 bits = n->bits;

	n->bits = 0;
	return bits;
}

void notification_signal(struct notification *n, u64 bits)
{
	irqflags_t flags = spin_lock_irqsave(&n->lock);

	n->bits |= bits;
	if (n->bits && !list_empty(&n->waiters)) {
		struct task *t = list_first(&n->waiters, struct task, ipc.waiter);

		t->ipc.bits = take_bits(n);
		list_del(&t->ipc.waiter);
		set_wait(t, IPC_NONE);
		task_wake(t);
	}
	spin_unlock_irqrestore(&n->lock, flags);
	preempt_check(); /* it may be above us */
}

void notification_signal_from_irq(const struct signal *signal)
{
	struct task *t = current;

	/* What was interrupted is in SPSR_EL1 still: a handler takes no exception. */
	if ((read_sysreg(spsr_el1) & SPSR_M_MASK) != SPSR_EL0T || t->ti.work.interrupt) {
		notification_signal(signal->to, signal->bits);
	} else {
		t->ipc.interrupt = signal;
		t->ti.work.interrupt = 1;
	}
}

/* No more, whether it has been signalled or not: the bits that came. */
static u64 end_wait(struct notification *n, struct task *t)
{
	irqflags_t flags = spin_lock_irqsave(&n->lock);
	u64 bits = 0;

	if (t->ipc_wait == IPC_SIGNAL) {
		list_del(&t->ipc.waiter);
		set_wait(t, IPC_NONE);
	} else {
		bits = t->ipc.bits;
	}
	spin_unlock_irqrestore(&n->lock, flags);
	t->ipc_slow = 0;
	return bits;
}

s64 notification_wait(struct notification *n, u64 deadline_ns)
{
	bool forever = deadline_ns == WAIT_FOREVER_NS;
	irqflags_t flags = spin_lock_irqsave(&n->lock);
	struct task *t = current;
	u64 bits = take_bits(n);
	int err = 0;

	if (!bits) {
		t->ipc.at = &n->object;
		/* There will be a timer on this stack, or AArch32 comes back by it. */
		t->ipc_slow = !forever || mm_is_32(t->mm);
		set_wait(t, IPC_SIGNAL);
		list_add_tail(&n->waiters, &t->ipc.waiter);
	}
	spin_unlock_irqrestore(&n->lock, flags);
	if (bits)
		return (s64)bits;
	while (READ_ONCE(t->ipc_wait) == IPC_SIGNAL && !err)
		err = wait_sleep(deadline_ns, true, forever ? NULL : "signal");
	bits = end_wait(n, t);
	if (bits && task_dying(t)) { /* nobody will see it here */
		notification_signal(n, bits);
		return -EINTR;
	}
	return bits ? (s64)bits : err;
}

void notification_init(void)
{
	cache_init(&notification_cache, "notification", sizeof(struct notification), 0);
}
