/* SPDX-License-Identifier: MIT */
/*
 * The CPUs of the machine. Logical numbers 0..NR_CPUS-1 follow the order of the
 * device tree's /cpus; per-CPU state of a module is an array indexed by them.
 */
#pragma once

#include "core/thread.h"
#include "kconfig.h"
#include "kernel/types.h"

#define NR_CPUS CONFIG_NR_CPUS
#define CACHE_LINE 64

typedef u32 cpumask_t; /* bit n: CPU n */
#define CPU_MASK_ALL ((cpumask_t)((1U << NR_CPUS) - 1))
#define cpu_bit(cpu) ((cpumask_t)1 << (cpu))

struct cpu {
	u64 mpidr;	   /* [I] affinity fields */
	u64 midr;	   /* [I] part and revision */
	u32 boot_el;	   /* [I] exception level it was entered at */
	u64 release_addr;  /* [I] spin-table word, 0 if none */
	bool present;	   /* [I] named by the device tree */
	const char *state; /* "online", or why not */
	u64 online_ns;	   /* when it came up */
};

extern struct cpu cpus[NR_CPUS];
extern cpumask_t cpu_online_mask; /* set once a CPU takes interrupts */

static inline bool cpu_online(u32 cpu)
{
	return READ_ONCE(cpu_online_mask) & cpu_bit(cpu);
}

#define for_each_online_cpu(cpu)                                           \
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)                            \
		if (!cpu_online(cpu))                                      \
			continue;                                          \
		else
