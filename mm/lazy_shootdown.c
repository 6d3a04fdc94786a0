/* SPDX-License-Identifier: MIT */
/* The part of lazy_shootdown.h that is not inline. */
#include "kernel/bug.h"
#include "mm/lazy.h"
#include "mm/race.h"

void shootdown_before_free(struct mm *mm)
{
	cpumask_t mask = 0;

	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		if (slot_has(&lazy_cpus[cpu].slot, mm))
			mask |= cpu_bit(cpu);
	RACE(evict, mm);
	if (!BUG(no_shootdown))
		lazy_evict(mask, mm);
}
