/* SPDX-License-Identifier: MIT */
/*
 * The performance monitor (PMUv3, Arm ARM D12): event counter 0 counts retired
 * instructions, the cycle counter cycles, at EL1 and EL0, on each CPU. QEMU counts
 * instructions only under -icount; else the counter reads 0.
 */
#pragma once

#include "arm64/barrier.h"
#include "arm64/sysreg.h"

void pmu_init_cpu(void);

/* Does it count them? (PMCEID0_EL0: the event is there) */
static inline bool pmu_counts_instructions(void)
{
	return read_sysreg(pmceid0_el0) >> PMU_INST_RETIRED & 1;
}

static inline u64 pmu_instructions(void)
{
	isb();
	return read_sysreg(pmevcntr0_el0);
}
