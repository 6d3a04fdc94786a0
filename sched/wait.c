/* SPDX-License-Identifier: MIT */
/* Wait queues, timed sleep, mutexes. See wait.h for the contract. */
#include "sched/wait.h"
#include "core/clock.h"
#include "kernel/errno.h"
#include "sched/rq.h"

void wait_queue_init(struct wait_queue *q)
{
	spin_init(&q->lock, RANK_WAIT);
	list_init(&q->waiters);
}

void wait_prepare(struct wait_queue *q, struct waiter *w)
{
	irqflags_t flags = spin_lock_irqsave(&q->lock);

	w->task = current;
	list_add_tail(&q->waiters, &w->node);
	spin_unlock_irqrestore(&q->lock, flags);
}

void wait_finish(struct wait_queue *q, struct waiter *w)
{
	irqflags_t flags = spin_lock_irqsave(&q->lock);

	list_del(&w->node);
	spin_unlock_irqrestore(&q->lock, flags);
}

/* The queue's lock keeps each waiter, and so its task, where it is. */
void wait_wake_all(struct wait_queue *q)
{
	irqflags_t flags = spin_lock_irqsave(&q->lock);
	struct waiter *w;

	list_for_each(w, &q->waiters, node)
		task_wake(w->task);
	spin_unlock_irqrestore(&q->lock, flags);
	preempt_check(); /* one of them may be above us */
}

void wait_wake_one(struct wait_queue *q)
{
	irqflags_t flags = spin_lock_irqsave(&q->lock);
	struct waiter *w;

	list_for_each(w, &q->waiters, node)
		if (task_wake(w->task))
			break;
	spin_unlock_irqrestore(&q->lock, flags);
	preempt_check(); /* one of them may be above us */
}

struct sleep_timer {
	struct timer timer;
	struct task *task;
};

static void sleep_timeout(struct timer *t)
{
	task_wake(container_of(t, struct sleep_timer, timer)->task);
}

int wait_sleep(u64 deadline_ns, bool interruptible, const char *what)
{
	struct sleep_timer st;
	struct task *t = current;
	int err = 0;

	ASSERT(preemptible());
	if (interruptible && task_dying(t))
		return -EINTR;
	t->wait_what = what;
	if (deadline_ns == WAIT_FOREVER_NS) {
		sched_sleep();
	} else if (clock_ns() >= deadline_ns) {
		err = -ETIMEDOUT;
	} else {
		timer_init(&st.timer, what, sleep_timeout);
		st.task = t;
		timer_start(&st.timer, deadline_ns);
		sched_sleep();
		timer_stop(&st.timer); /* it is on our stack */
		if (clock_ns() >= deadline_ns)
			err = -ETIMEDOUT;
	}
	t->wait_what = NULL;
	if (interruptible && task_dying(t))
		err = -EINTR;
	return err;
}

int task_sleep_ns(u64 ns)
{
	u64 deadline_ns = clock_deadline_ns(ns);
	int err;

	do
		err = wait_sleep(deadline_ns, true, "sleep");
	while (err == 0);
	return err == -ETIMEDOUT ? 0 : err;
}

void mutex_init(struct mutex *m)
{
	m->owner = NULL;
	wait_queue_init(&m->queue);
}

static bool mutex_try(struct mutex *m)
{
	struct task *nobody = NULL;

	return __atomic_compare_exchange_n(&m->owner, &nobody, current, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void mutex_lock(struct mutex *m)
{
	ASSERT(m->owner != current);
	if (!mutex_try(m))
		wait_event_uninterruptible(&m->queue, mutex_try(m), "mutex");
}

void mutex_unlock(struct mutex *m)
{
	ASSERT(m->owner == current);
	/* Sequentially consistent: a waiter queues itself (wait_prepare) before
	 * it tries the last time, so either it sees NULL or we see it. */
	__atomic_store_n(&m->owner, NULL, __ATOMIC_SEQ_CST);
	wait_wake_one(&m->queue);
}
