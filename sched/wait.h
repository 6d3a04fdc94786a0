/* SPDX-License-Identifier: MIT */
/*
 * Sleeping until something is so.
 *
 *	err = wait_event(&q, condition, WAIT_FOREVER_NS, "child");
 *
 * The condition is evaluated without the queue's lock; whoever makes it true
 * calls wait_wake afterwards. No wake-up is lost: the waiter is queued before it
 * looks at the condition the last time, and task_wake of a task that is not
 * asleep yet is remembered.
 */
#pragma once

#include "sched/task.h"

struct wait_queue {
	struct spinlock lock;
	struct list waiters; /* [lock] */
};

struct waiter {
	struct list node; /* [queue's lock] */
	struct task *task;
};

#define WAIT_QUEUE_INIT(name)                                              \
	{ SPINLOCK_INIT(RANK_WAIT), LIST_INIT((name).waiters) }
#define WAIT_FOREVER_NS (~0ULL)

void wait_queue_init(struct wait_queue *q);
void wait_wake_all(struct wait_queue *q); /* any context */
void wait_wake_one(struct wait_queue *q);

/* The pieces of wait_event. */
void wait_prepare(struct wait_queue *q, struct waiter *w);
void wait_finish(struct wait_queue *q, struct waiter *w);
/* Sleep until woken or until deadline_ns (absolute; ~0: none): 0, -ETIMEDOUT,
 * -EINTR (the caller is to die; only if interruptible). */
int wait_sleep(u64 deadline_ns, bool interruptible, const char *what);

#define wait_event_(q, cond, deadline_ns, interruptible, what)             \
	({                                                                 \
		struct waiter w_;                                          \
		int err_ = 0;                                              \
		wait_prepare(q, &w_);                                      \
		while (!(cond)) {                                          \
			err_ = wait_sleep(deadline_ns, interruptible,      \
					  what);                           \
			if (err_) {                                        \
				if (cond)                                  \
					err_ = 0;                          \
				break;                                     \
			}                                                  \
		}                                                          \
		wait_finish(q, &w_);                                       \
		err_;                                                      \
	})
/* 0, -ETIMEDOUT or -EINTR. deadline_ns is absolute. */
#define wait_event(q, cond, deadline_ns, what)                             \
	wait_event_(q, cond, deadline_ns, true, what)
#define wait_event_uninterruptible(q, cond, what)                          \
	((void)wait_event_(q, cond, WAIT_FOREVER_NS, false, what))

/* A lock that sleeps: thread context, may be held across sleeps. */
struct mutex {
	struct task *owner; /* [a] */
	struct wait_queue queue;
};
#define MUTEX_INIT(name) { NULL, WAIT_QUEUE_INIT((name).queue) }
void mutex_init(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
