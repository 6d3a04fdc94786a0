/* SPDX-License-Identifier: MIT */
/*
 * Time: nanoseconds since the kernel was entered, the same on every CPU (the
 * generic timer's system counter, Arm ARM D11.1.1), and one event per CPU.
 */
#pragma once

#include "arm64/barrier.h"
#include "arm64/sysreg.h"
#include "kernel/types.h"

extern u64 clock_hz;	    /* CNTFRQ_EL0 */
extern u64 clock_boot_ticks; /* CNTVCT_EL0 at entry */

void clock_init(u64 boot_ticks);

static inline u64 clock_ticks(void)
{
	isb(); /* CNTVCT_EL0 may be read early otherwise (D11.2.1) */
	return read_sysreg(cntvct_el0);
}

/* QEMU's machines count at 62.5 MHz, boards at 54 (Pi 4) or 19.2 (Pi 3). */
static inline bool clock_is_emulated(void)
{
	return clock_hz == 62500000;
}

u64 clock_ticks_to_ns(u64 ticks);
u64 clock_ns_to_ticks(u64 ns); /* rounded up, saturating */
u64 clock_ns(void);
/* When so much time has passed from now; ~0: never, if it is beyond the end of time. */
u64 clock_deadline_ns(u64 timeout_ns);
/* Busy-wait, for hardware that asks for it. */
void clock_delay_us(u64 us);

/* A one-shot event for this CPU when CNTVCT_EL0 reaches `ticks`; ~0: none. IRQs
 * off. */
void clock_event_set(u64 ticks);
/* The timer's line on this CPU, found by the driver. */
void clock_event_init_cpu(void);
