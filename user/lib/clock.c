/* SPDX-License-Identifier: MIT */
/* Time without a system call: the generic timer's counter, in nanoseconds. */
#include "lodger.h"

uint64_t lodger_clock_ns(void)
{
	uint64_t hz = lodger_info->counter_hz;
	uint64_t ticks = lodger_ticks();

	/* Whole seconds apart: ticks * 10^9 would wrap within minutes. */
	return ticks / hz * NSEC_PER_SEC + ticks % hz * NSEC_PER_SEC / hz;
}
