/* SPDX-License-Identifier: MIT */
/*
 * The part of a thread that the lowest layers see. It is the first member of
 * sched's struct task; TPIDR_EL1 holds its address, so that "which thread, which
 * CPU, may I be preempted" costs two instructions and cannot go stale: the
 * register moves with the thread.
 */
#pragma once

#include "arm64/barrier.h"
#include "arm64/irqflags.h"
#include "kernel/assert.h"
#include "kernel/types.h"

/* Kernel stacks: 16 KB above a guard of 16 KB, aligned to both together, so that
 * bit 14 of a good stack pointer is set (boot/entry.S). */
#define KSTACK_SIZE 0x4000UL
#define KSTACK_STRIDE (2 * KSTACK_SIZE)

/* Bits of thread_info.work_bits: what to do before returning to EL0. */
struct thread_work {
	u8 need_resched; /* [any] set under this CPU's rq lock or by its tick */
	u8 dying;	 /* [any] set once: exit instead of returning */
	u8 interrupt;	 /* [self] task->ipc.interrupt is to be signalled, at the end of the
			  * interrupt that has left it: never seen elsewhere */
	u8 unused;
};

struct thread_info {
	u32 cpu;     /* [rq] where it runs or is queued; own CPU, read by itself */
	u32 preempt; /* [self] > 0: must not be switched away */
	union {
		struct thread_work work;
		u32 work_bits; /* all of them, for one test in entry.S */
	};
	union {
		struct {
			bool fp_used;  /* [irq] FP registers are live since switch-in */
			bool gave_way; /* [self, rq if off the CPU] it yields: all that
					* it goes on with is in its frame */
		};
		u32 busy; /* for the fast paths, which look at the word before this
			   * one and at this in one go */
	};
	u32 failpoint;	    /* [self] see core/failpoint.h */
	bool failpoint_hit; /* [self] */
};

static inline struct thread_info *current_thread(void)
{
	return thread_pointer();
}

/* The number of this CPU; stable only while preemption or IRQs are off. */
static inline u32 cpu_id(void)
{
	return READ_ONCE(current_thread()->cpu);
}

void preempt_schedule(void);

static inline void preempt_disable(void)
{
	current_thread()->preempt++;
	barrier();
}

static inline void preempt_enable_no_resched(void)
{
	barrier();
	ASSERT(current_thread()->preempt > 0);
	current_thread()->preempt--;
}

static inline bool preemptible(void)
{
	return current_thread()->preempt == 0 && !irqs_disabled();
}

/* Let whoever this CPU ought to run run, if that may be. */
static inline void preempt_check(void)
{
	if (unlikely(READ_ONCE(current_thread()->work.need_resched)) && preemptible())
		preempt_schedule();
}

static inline void preempt_enable(void)
{
	preempt_enable_no_resched();
	preempt_check();
}
