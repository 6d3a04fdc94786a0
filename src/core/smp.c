/* SPDX-License-Identifier: MIT */
/*
 * Calling functions on other CPUs, and making them all stand still.
 *
 * A call has one slot per (target, source) pair; a source waits for its call, so
 * a slot is never needed twice at once and no lock is taken. Ownership of a slot
 * passes by `pending`: source stores it with release after fn and arg [CALL-1];
 * target reads it with acquire [CALL-1], runs, clears it with release [CALL-2];
 * source sees that with acquire [CALL-2]. A waiting source serves calls to
 * itself, so two CPUs may call each other with interrupts off.
 *
 * Who is online changes only while the machine stands still, or else nobody may
 * make it stand still (freeze.busy). So whoever reads cpu_online_mask with
 * interrupts off may act on it until they are on again: nobody in it goes.
 */
#include "core/smp.h"
#include "arm64/atomic.h"
#include "core/clock.h"

cpumask_t cpu_online_mask;

static struct call {
	smp_call_fn *fn;
	void *arg;
	u32 pending;
} calls[NR_CPUS][NR_CPUS] __aligned(CACHE_LINE);

void smp_handle_calls(void)
{
	u32 self = cpu_id();

	for (u32 src = 0; src < NR_CPUS; src++) {
		struct call *c = &calls[self][src];

		if (!smp_load_acquire(&c->pending)) /* [CALL-1] */
			continue;
		c->fn(c->arg);
		smp_store_release(&c->pending, 0); /* [CALL-2] */
	}
}

unsigned int smp_call(cpumask_t mask, smp_call_fn *fn, void *arg)
{
	unsigned int sent = 0;
	irqflags_t flags;
	cpumask_t others;
	u32 self;

	preempt_disable();
	self = cpu_id();
	/* Off: who is online here has been interrupted before it can go, and looks
	 * once more on its way out (sched/hotplug.c). */
	flags = local_irq_save();
	others = mask & READ_ONCE(cpu_online_mask) & ~cpu_bit(self);
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		struct call *c = &calls[cpu][self];

		if (!(others & cpu_bit(cpu)))
			continue;
		c->fn = fn;
		c->arg = arg;
		smp_store_release(&c->pending, 1); /* [CALL-1] */
		sent++;
	}
	if (sent)
		irq_get_chip()->send_ipi(others, IPI_CALL);
	if (mask & cpu_bit(self))
		fn(arg);
	local_irq_restore(flags);
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		if (!(others & cpu_bit(cpu)))
			continue;
		while (smp_load_acquire(&calls[cpu][self].pending)) { /* [CALL-2] */
			flags = local_irq_save();
			smp_handle_calls();
			local_irq_restore(flags);
			cpu_yield_hint();
		}
	}
	preempt_enable();
	return sent;
}

/* ---- standing still ---- */

static struct freeze {
	u32 busy;    /* one at a time */
	u32 leader;
	u32 expected, arrived;
	u32 over;
	smp_call_fn *other, *fn;
	void *arg;
} freeze;

static void freeze_call(void *arg)
{
	if (cpu_id() != freeze.leader) {
		if (freeze.other)
			freeze.other(NULL);
		__atomic_add_fetch(&freeze.arrived, 1, __ATOMIC_RELEASE); /* [FREEZE-1] */
		while (!smp_load_acquire(&freeze.over)) /* [FREEZE-2] */
			cpu_yield_hint();
		return;
	}
	while (smp_load_acquire(&freeze.arrived) != freeze.expected) /* [FREEZE-1] */
		cpu_yield_hint();
	freeze.fn(freeze.arg);
	smp_store_release(&freeze.over, 1); /* [FREEZE-2] */
}

/* From here on nobody makes the machine stand still. */
static void freeze_acquire(void)
{
	/* Who waits has interrupts on, so it can itself be made to stand; and may
	 * be preempted, so that it does not keep the holder from running. */
	for (;;) {
		preempt_disable();
		if (!__atomic_exchange_n(&freeze.busy, 1, __ATOMIC_ACQUIRE))
			break;
		preempt_enable();
		cpu_yield_hint();
	}
}

static void freeze_release(void)
{
	__atomic_store_n(&freeze.busy, 0, __ATOMIC_RELEASE);
	preempt_enable();
}

void smp_freeze(smp_call_fn *fn, void *arg)
{
	smp_freeze_with(NULL, fn, arg);
}

void smp_freeze_with(smp_call_fn *other, smp_call_fn *fn, void *arg)
{
	freeze_acquire();
	freeze.leader = cpu_id();
	freeze.other = other;
	freeze.fn = fn;
	freeze.arg = arg;
	freeze.arrived = 0;
	freeze.over = 0;
	freeze.expected = 0;
	for_each_online_cpu(cpu)
		freeze.expected += cpu != cpu_id();
	smp_call(CPU_MASK_ALL, freeze_call, NULL);
	freeze_release();
}

void smp_join(void)
{
	ASSERT(irqs_disabled());
	freeze_acquire();
	atomic_or_full(&cpu_online_mask, cpu_bit(cpu_id()));
	freeze_release();
}

void smp_send_resched(u32 cpu)
{
	irq_get_chip()->send_ipi(cpu_bit(cpu), IPI_RESCHED);
}

/* ---- stopping, for a panic ---- */

static cpumask_t stopped;

void smp_handle_stop(void)
{
	local_irq_disable();
	atomic_or_full(&stopped, cpu_bit(cpu_id()));
	for (;;)
		wfi();
}

cpumask_t smp_stop_others(void)
{
	cpumask_t others = READ_ONCE(cpu_online_mask) & ~cpu_bit(cpu_id());

	if (!others || !irq_get_chip())
		return 0;
	irq_get_chip()->send_ipi(others, IPI_STOP);
	for (int ms = 0; ms < 100 && (others & ~READ_ONCE(stopped)); ms++)
		clock_delay_us(1000);
	return others & ~READ_ONCE(stopped);
}
