/* SPDX-License-Identifier: MIT */
/*
 * Run queues: one per CPU, a list per priority, the highest first. A task belongs
 * to the queue of task->ti.cpu whether it is runnable or not; that queue's lock
 * guards the fields marked [rq] in task.h.
 */
#pragma once

#include "sched/task.h"

struct rq {
	struct spinlock lock;
	u32 ready;		/* [lock] bit n: list n is not empty */
	u32 nr_queued;		/* [lock] in the lists: curr is not among them */
	struct task *curr;	/* [lock] running */
	struct task *idle;	/* [I] */
	struct lazy_cpu *lazy;	/* [I] this CPU's, to be at hand in the switch */
	struct timer_cpu *timer; /* [I] the same */
	u64 slice_ticks;	/* [I] the length of a slice */
	struct mm *prev_mm;	/* [own CPU, IRQs off] borrowed by prev; to be
				 * dropped once prev's stack is left */
	u64 steals, slices;	/* [lock] */
	enum slice { SLICE_NONE, SLICE_ON, SLICE_OVER } slice; /* [lock] of curr */
	struct list list[NR_PRIOS]; /* [lock] */
} __aligned(CACHE_LINE);

extern struct rq runqueues[NR_CPUS];

static inline struct rq *this_rq(void)
{
	return current->rq;
}

/* t belongs to that CPU from now on. Its old queue's lock, or nobody knows it. */
static inline void task_set_cpu(struct task *t, u32 cpu)
{
	t->ti.cpu = cpu;
	t->rq = &runqueues[cpu];
}

/* Lock the queue that t belongs to. IRQs off. */
struct rq *task_rq_lock(struct task *t);

static inline void rq_enqueue(struct rq *rq, struct task *t, bool front)
{
	ASSERT(spin_held(&rq->lock) && !t->on_rq && t->state == TASK_RUNNABLE);
	if (front)
		list_add(&rq->list[t->prio], &t->rq_node);
	else
		list_add_tail(&rq->list[t->prio], &t->rq_node);
	rq->ready |= 1U << t->prio;
	rq->nr_queued++;
	t->on_rq = true;
}

static inline void rq_dequeue(struct rq *rq, struct task *t)
{
	ASSERT(spin_held(&rq->lock) && t->on_rq);
	list_del(&t->rq_node);
	if (list_empty(&rq->list[t->prio]))
		rq->ready &= ~(1U << t->prio);
	rq->nr_queued--;
	t->on_rq = false;
}

/* The highest priority that is ready; -1: none. */
static inline int rq_top_prio(const struct rq *rq)
{
	return rq->ready ? 31 - __builtin_clz(rq->ready) : -1;
}

/* Where a thread goes on that src/ipc/fast.S has put to sleep. */
void ipc_resume(void);
/*
 * The switch of that path has no DSB, so cache maintenance that the thread began at EL0
 * may not be complete (invariant 28): only its CPU can complete it, so that is where it
 * runs next, and leaves by another switch.
 */
static inline bool sched_owes_dsb(const struct task *t)
{
	return unlikely(t->ctx.pc == (u64)ipc_resume);
}

/* sched/sched.c */
void sched_sleep(void); /* until task_wake; returns at once if one is pending */
void sched_die(void) __noreturn;
/* Put a runnable task that is in no list on a CPU. IRQs off, no rq lock. */
void task_place(struct task *t, u32 cpu);
/* sched/balance.c */
extern cpumask_t cpu_idle_mask; /* [a] CPUs whose idle thread runs: a hint */
/* [a] CPUs on which threads may be placed: those online but one that is leaving.
 * Read with IRQs off; CPU 0 is always in it. */
extern cpumask_t sched_cpus;
u32 balance_choose_cpu(struct task *t, u32 home);
bool balance_pull(struct rq *rq);
void balance_slice(struct rq *rq);
/* sched/switch.c: with rq->lock held, IRQs off; returns with IRQs off, unlocked. */
void context_switch(struct rq *rq, struct task *prev, struct task *next);
void schedule_tail(struct task *prev); /* the first code of a new task */
/* sched/fpu.c */
void fp_switch_out(struct task *prev); /* which has used them: fp_used */
void fp_forget_cpu(void); /* its registers are about to be lost. IRQs off */
void fp_reset(void); /* the calling user thread's are zero from now on */
#define FP_NO_CPU 0xff
/* sched/idle.c */
void idle_loop(void) __noreturn;
/* Preempt whatever runs on the queue's CPU. [rq->lock] */
void resched_cpu(struct rq *rq);
/* sched/mm_check.c */
extern struct audit mm_audit, rq_audit;
