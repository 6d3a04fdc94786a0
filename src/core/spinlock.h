/* SPDX-License-Identifier: MIT */
/*
 * Spin locks: one word, taken by whoever comes first; a waiter sleeps in WFE until
 * the owner's store wakes it (the exclusive monitor's event, Arm ARM B2.10.2).
 *
 * Not fair, on purpose. A ticket lock hands itself to one certain CPU; where CPUs
 * are threads of an emulator that has fewer cores, that one is often not running,
 * and every hand-over then costs a time slice of the host: four contending
 * CPUs on two cores were seen to take seconds instead of milliseconds. With four
 * CPUs and sections this short, nobody starves.
 *
 * Rules. Locks that an interrupt handler takes are taken with _irqsave (or with
 * interrupts known to be off) everywhere; the others with spin_lock, interrupts on,
 * everywhere: never one and the same lock both ways. spin_lock() forbids preemption. Every
 * lock has a rank (docs/locking.md lists them); a CPU takes locks in rising rank only, but
 * for those that it only tries, which CONFIG_DEBUG_ASSERT checks. Nothing sleeps under a
 * spin lock.
 */
#pragma once

#include "arm64/irqflags.h"
#include "arm64/spin.h"
#include "core/cpu.h"

enum lock_rank {
	RANK_PROCESS = 1, /* process table, a process's threads */
	RANK_DERIVE,	  /* which handle is derived from which */
	RANK_HANDLES,	  /* a process's handle table */
	RANK_TTY,	  /* terminal output that waits */
	RANK_TTY_INPUT,	  /* terminal input, its readers */
	RANK_MEMORY,	  /* pages and mappings of one memory object */
	RANK_MM,	  /* regions and tables of one address space */
	RANK_MM_LIST,	  /* list of all address spaces */
	RANK_WAIT,	  /* a wait queue */
	RANK_TASK_LIST,	  /* list of all threads */
	RANK_IPC,	  /* endpoints, notifications, who waits for whom */
	RANK_RQ,	  /* a run queue; a second one is only tried (balance_pull) */
	RANK_TIMER,	  /* a CPU's timers */
	RANK_ASID,
	RANK_KSTACK,	  /* slots of kernel stacks */
	RANK_KMAP,	  /* kernel page tables */
	RANK_SLAB,
	RANK_BUDDY,
	RANK_IRQ,
	RANK_LOG,
	RANK_CONSOLE,
};

struct spinlock {
	u32 locked;	  /* 0 or 1 */
	u8 rank;	  /* [I] */
	u8 holder;	  /* [debug] CPU + 1 while held */
};

#define SPINLOCK_INIT(rank_) { .rank = (rank_) }

static inline void spin_init(struct spinlock *l, enum lock_rank rank)
{
	*l = (struct spinlock)SPINLOCK_INIT(rank);
}

void lock_check_acquire(struct spinlock *l);
void lock_check_tried(struct spinlock *l); /* without regard to ranks */
void lock_check_release(struct spinlock *l);
bool spin_held(const struct spinlock *l); /* by this CPU; debug builds */

/* The raw forms: preemption or interrupts are off already. */
static inline void raw_spin_lock(struct spinlock *l)
{
	if (CONFIG_DEBUG_ASSERT)
		lock_check_acquire(l);
	arch_spin_lock(&l->locked);
	if (CONFIG_DEBUG_ASSERT)
		l->holder = cpu_id() + 1;
}

/* In whatever order, since nobody waits: false if somebody has it. */
static inline bool raw_spin_trylock(struct spinlock *l)
{
	bool got = arch_spin_trylock(&l->locked);

	if (CONFIG_DEBUG_ASSERT && got)
		lock_check_tried(l);
	return got;
}

static inline void raw_spin_unlock(struct spinlock *l)
{
	if (CONFIG_DEBUG_ASSERT)
		lock_check_release(l);
	arch_spin_unlock(&l->locked);
}

static inline void spin_lock(struct spinlock *l)
{
	/* Its holder may be stopped by smp_freeze, which waits for us as well. */
	ASSERT(!irqs_disabled());
	preempt_disable();
	raw_spin_lock(l);
}

static inline void spin_unlock(struct spinlock *l)
{
	raw_spin_unlock(l);
	preempt_enable();
}

static inline irqflags_t spin_lock_irqsave(struct spinlock *l)
{
	irqflags_t flags = local_irq_save();

	raw_spin_lock(l);
	return flags;
}

static inline void spin_unlock_irqrestore(struct spinlock *l, irqflags_t flags)
{
	raw_spin_unlock(l);
	local_irq_restore(flags);
}
