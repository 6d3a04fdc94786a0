/* SPDX-License-Identifier: MIT */
/*
 * PSTATE.I of this CPU. FIQ, SError and Debug are masked in the kernel always; at
 * EL0 only FIQ is, so an SError that the kernel caused is reported on the way out.
 */
#pragma once

#include "arm64/sysreg.h"

typedef u64 irqflags_t;

static inline void local_irq_enable(void)
{
	__asm__ volatile("msr daifclr, #2" ::: "memory");
}

static inline void local_irq_disable(void)
{
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

static inline irqflags_t local_irq_save(void)
{
	irqflags_t flags = read_sysreg(daif);

	local_irq_disable();
	return flags;
}

static inline void local_irq_restore(irqflags_t flags)
{
	write_sysreg(flags, daif);
}

static inline bool irqs_disabled_flags(irqflags_t flags)
{
	return flags & SPSR_I;
}

static inline bool irqs_disabled(void)
{
	return irqs_disabled_flags(read_sysreg(daif));
}
