/* SPDX-License-Identifier: MIT */
/* Spin locks: one at a time, and what they do to interrupts and preemption. */
#include "core/spinlock.h"
#include "core/smp.h"
#include "kernel/test.h"

#define ROUNDS 2000

/* Above whatever an interrupted thread may hold with interrupts on. */
static struct spinlock lock = SPINLOCK_INIT(RANK_IRQ);
static u64 counter, mirror; /* [lock] */
static u32 here, wrong;

static void hammer(void *arg)
{
	/* All at once: nobody begins before the last one is here. */
	__atomic_add_fetch(&here, 1, __ATOMIC_RELAXED);
	while (READ_ONCE(here) < *(u32 *)arg)
		cpu_yield_hint();
	for (u32 i = 0; i < ROUNDS; i++) {
		raw_spin_lock(&lock);
		if (READ_ONCE(counter) != READ_ONCE(mirror))
			wrong++;
		WRITE_ONCE(counter, READ_ONCE(counter) + 1);
		barrier();
		WRITE_ONCE(mirror, READ_ONCE(mirror) + 1);
		raw_spin_unlock(&lock);
	}
}

/* Seen failing (an assertion first) with arch_spin_lock that takes what is taken. */
TEST(spinlock, one_at_a_time)
{
	u32 n = 0;

	for_each_online_cpu(cpu)
		n++;
	here = wrong = 0;
	counter = mirror = 0;
	smp_call(CPU_MASK_ALL, hammer, &n);
	EXPECT_EQ(counter, (u64)n * ROUNDS);
	EXPECT_EQ(mirror, counter);
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(lock.locked, 0);
}

/* Seen failing (a panic at boot) with local_irq_enable() for local_irq_restore(flags),
 * and without preempt_enable() in spin_unlock. */
TEST(spinlock, leaves_interrupts_and_preemption_as_they_were)
{
	u32 preempt = current_thread()->preempt, inside;
	irqflags_t outer, inner;
	bool off[4];

	spin_lock(&lock);
	inside = current_thread()->preempt;
	spin_unlock(&lock);
	off[0] = irqs_disabled();
	outer = spin_lock_irqsave(&lock);
	off[1] = irqs_disabled();
	spin_unlock_irqrestore(&lock, outer);
	outer = local_irq_save();
	inner = spin_lock_irqsave(&lock);
	spin_unlock_irqrestore(&lock, inner);
	off[2] = irqs_disabled();
	local_irq_restore(outer);
	off[3] = irqs_disabled();
	EXPECT_EQ(inside, preempt + 1);
	EXPECT_EQ(current_thread()->preempt, preempt);
	EXPECT(!off[0] && off[1] && off[2] && !off[3]);
}

/* Seen failing with a trylock that takes what is taken, and with `holder` not
 * cleared. */
TEST(spinlock, knows_its_holder)
{
	bool got, held[2], again;

	preempt_disable();
	got = raw_spin_trylock(&lock);
	again = raw_spin_trylock(&lock);
	held[0] = spin_held(&lock);
	raw_spin_unlock(&lock);
	raw_spin_lock(&lock);
	held[1] = spin_held(&lock);
	raw_spin_unlock(&lock);
	preempt_enable();
	EXPECT(got && !again && held[0] && held[1]);
	EXPECT(!CONFIG_DEBUG_ASSERT || !spin_held(&lock));
}
