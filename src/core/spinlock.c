/* SPDX-License-Identifier: MIT */
/*
 * The checking half of spin locks (CONFIG_DEBUG_ASSERT): each CPU remembers which
 * locks it holds and asserts that it takes them in rising rank. Only the CPU
 * itself touches its entry, with preemption or interrupts off; an interrupt
 * leaves the list as it found it.
 */
#include "core/spinlock.h"

#define HELD_MAX 8

static struct {
	struct spinlock *lock[HELD_MAX];
	u32 count;
} held[NR_CPUS];

/* IRQs off. */
static void note(struct spinlock *l)
{
	u32 cpu = cpu_id(), n = held[cpu].count;

	ENSURE(l->rank != 0);
	ENSURE(n < HELD_MAX);
	held[cpu].lock[n] = l;
	held[cpu].count = n + 1;
}

void lock_check_acquire(struct spinlock *l)
{
	irqflags_t flags = local_irq_save();
	u32 cpu = cpu_id(), n = held[cpu].count;

	for (u32 i = 0; i < n; i++)
		if (unlikely(held[cpu].lock[i]->rank >= l->rank))
			panic("lock order: rank %u taken under rank %u (%p under %p)",
			      l->rank, held[cpu].lock[i]->rank, (void *)l,
			      (void *)held[cpu].lock[i]);
	note(l);
	local_irq_restore(flags);
}

void lock_check_tried(struct spinlock *l)
{
	irqflags_t flags = local_irq_save();

	note(l);
	l->holder = cpu_id() + 1;
	local_irq_restore(flags);
}

void lock_check_release(struct spinlock *l)
{
	irqflags_t flags = local_irq_save();
	u32 cpu = cpu_id(), n = held[cpu].count, i;

	if (unlikely(l->holder != cpu + 1))
		panic("lock of rank %u released by CPU %u, held by %d", l->rank,
		      cpu, l->holder - 1);
	l->holder = 0;
	for (i = n; i-- > 0;)
		if (held[cpu].lock[i] == l)
			break;
	ENSURE(i < n);
	for (; i + 1 < n; i++)
		held[cpu].lock[i] = held[cpu].lock[i + 1];
	held[cpu].count = n - 1;
	local_irq_restore(flags);
}

bool spin_held(const struct spinlock *l)
{
	return !CONFIG_DEBUG_ASSERT || READ_ONCE(l->holder) == cpu_id() + 1;
}
