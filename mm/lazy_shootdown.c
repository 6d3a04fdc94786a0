/* SPDX-License-Identifier: MIT */
/* The part of lazy_shootdown.h that is not inline. */
#include "core/smp.h"
#include "mm/lazy.h"

#if CONFIG_MMU_LAZY_TLB_SHOOTDOWN
static void shoot(void *arg)
{
	if (lazy_leave_fn(arg))
		this_lazy_cpu()->ipi_useful++;
}

void lazy_before_free(struct mm *mm)
{
	cpumask_t mask = 0;
	irqflags_t flags;

	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		if (smp_load_acquire(&lazy_cpus[cpu].loaded) == mm)
			mask |= cpu_bit(cpu);
	if (!mask)
		return;
	preempt_disable();
	if (mask & cpu_bit(cpu_id())) { /* no interrupt needed for ourselves */
		flags = local_irq_save();
		lazy_leave_fn(mm);
		local_irq_restore(flags);
		mask &= ~cpu_bit(cpu_id());
	}
	if (mask) {
		unsigned int sent = smp_call(mask, shoot, mm);

		flags = local_irq_save();
		this_lazy_cpu()->ipi_sent += sent;
		local_irq_restore(flags);
	}
	preempt_enable();
}
#endif
