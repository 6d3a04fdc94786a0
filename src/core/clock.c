/* SPDX-License-Identifier: MIT */
/*
 * Time from the system counter. Ticks become nanoseconds by a multiplication and
 * a shift (ns = ticks * mult >> 32 on 128 bits), so there is no division on the
 * way.
 */
#include "core/clock.h"
#include "kernel/compiler.h"

u64 clock_hz = 1;
u64 clock_boot_ticks;
static u64 ns_mult;   /* ns per tick, 32.32 */
static u64 tick_mult; /* ticks per ns, 0.64 */

void clock_init(u64 boot_ticks)
{
	clock_hz = read_sysreg(cntfrq_el0);
	if (clock_hz == 0)
		clock_hz = 54000000; /* a loader that forgot: the Pi 4's crystal */
	clock_boot_ticks = boot_ticks;
	ns_mult = (NSEC_PER_SEC << 32) / clock_hz;
	/* 2^64 / (1e9 / hz), without 128-bit division: hz < 2^34. */
	tick_mult = ((clock_hz << 30) / NSEC_PER_SEC) << 34;
}

u64 clock_ticks_to_ns(u64 ticks)
{
	return (u64)((unsigned __int128)ticks * ns_mult >> 32);
}

u64 clock_ns_to_ticks(u64 ns)
{
	/* tick_mult is rounded down by less than 2^-30: round up twice. */
	u64 t = (u64)((unsigned __int128)ns * tick_mult >> 64);

	return t + (t >> 24) + 1;
}

u64 clock_ns(void)
{
	return clock_ticks_to_ns(clock_ticks() - clock_boot_ticks);
}

u64 clock_deadline_ns(u64 timeout_ns)
{
	u64 deadline_ns;

	return __builtin_add_overflow(clock_ns(), timeout_ns, &deadline_ns) ? ~0ULL : deadline_ns;
}

void clock_delay_us(u64 us)
{
	u64 end = clock_ticks() + clock_ns_to_ticks(us * NSEC_PER_USEC);

	while (clock_ticks() < end)
		cpu_yield_hint();
}

void clock_event_set(u64 ticks)
{
	if (ticks == ~0ULL) {
		write_sysreg(0, cntv_ctl_el0);
	} else {
		write_sysreg(ticks, cntv_cval_el0);
		write_sysreg(CNTV_ENABLE, cntv_ctl_el0);
	}
	isb(); /* the line falls before the controller is told that we are done */
}
