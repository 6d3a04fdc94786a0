/* SPDX-License-Identifier: MIT */
/*
 * The idle thread of each CPU: kernel thread, so it stays lazily on the address
 * space that was there. It stops the tick and waits for an interrupt.
 */
#include "core/clock.h"
#include "core/irq.h"
#include "core/log.h"
#include "core/pmu.h"
#include "core/smp.h"
#include "core/timer.h"
#include "mm/lazy.h"
#include "sched/hotplug.h"
#include "sched/rq.h"

void idle_loop(void)
{
	struct thread_info *ti = current_thread();
	cpumask_t self = cpu_bit(cpu_id());

	for (;;) {
		/*
		 * IRQs off between the look and WFI, which returns for a pending
		 * interrupt even so: no wake-up falls into a gap.
		 */
		local_irq_disable();
		if (unlikely(!(READ_ONCE(cpu_online_mask) & self)))
			hotplug_leave();
		if (!READ_ONCE(ti->work.need_resched)) {
			atomic_or_full(&cpu_idle_mask, self);
			timer_set_slice(this_rq()->timer, ~0ULL);
			timer_rearm();
			wfi();
			atomic_and_full(&cpu_idle_mask, ~self);
		}
		local_irq_enable();
		if (READ_ONCE(ti->work.need_resched))
			schedule();
	}
}

void sched_start_cpu(void)
{
	u32 cpu = cpu_id();
	struct task *t = current;

	ASSERT(t == runqueues[cpu].idle);
	leave_boot_map();
	irq_init_cpu();
	clock_event_init_cpu();
	t->run_start_ticks = read_sysreg(cntvct_el0);
	this_lazy_cpu()->lazy_since_ticks = t->run_start_ticks; /* in init_mm */
	cpus[cpu].state = "online";
	cpus[cpu].online_ns = clock_ns();
	smp_join();
	atomic_or_full(&sched_cpus, cpu_bit(cpu));
	idle_loop();
}

void secondary_main(void)
{
	cpus[cpu_id()].midr = read_sysreg(midr_el1);
	pmu_init_cpu();
	sched_start_cpu();
}
