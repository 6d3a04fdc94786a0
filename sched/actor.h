/* SPDX-License-Identifier: MIT */
/* Plays for two threads on given CPUs, for the tests of the lazy scheme. */
#pragma once

#include "core/smp.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "mm/lazy.h"
#include "sched/task.h"
#include "sched/wait.h"

/* One side of a two-thread play on given CPUs. */
struct actor {
	void (*play)(struct actor *a);
	struct mm *mm;
	struct actor *other;
	struct wait_queue queue;
	u32 stage;	    /* [a] how far it has come */
	u32 go;		    /* [a] how far it may go */
	struct task *task;
	u64 value[4];
	int err;
};

/* Others may wait for it before it is started: actor_start must leave the queue alone. */
#define ACTOR(name) struct actor name = { .queue = WAIT_QUEUE_INIT((name).queue) }

static inline void reach(struct actor *a, u32 stage)
{
	smp_store_release(&a->stage, stage);
	wait_wake_all(&a->queue);
}

static inline void await(struct actor *a, u32 stage)
{
	wait_event_uninterruptible(&a->queue, smp_load_acquire(&a->stage) >= stage,
				   "test");
}

static inline void actor_main(void *arg)
{
	struct actor *a = arg;

	a->play(a);
	reach(a, ~0U);
}

static inline int actor_start(struct actor *a, u32 cpu, void (*play)(struct actor *),
		       struct mm *mm)
{
	struct task_params p = { .name = "actor", .entry = actor_main, .arg = a,
				 .affinity = cpu_bit(cpu) };

	a->play = play;
	a->mm = mm;
	a->task = task_create(&p);
	if (!a->task)
		return -ENOMEM;
	task_start(a->task);
	return 0;
}

static inline void actor_join(struct actor *a)
{
	task_join(a->task);
	task_put(a->task);
}

static inline bool two_cpus(void)
{
	if (cpu_online(1) && cpu_online(2))
		return true;
	test_skip("needs CPUs 1 and 2");
	return false;
}
