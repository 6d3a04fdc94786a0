/* SPDX-License-Identifier: MIT */
#include "core/power.h"
#include "arm64/semihost.h"
#include "core/clock.h"
#include "core/console.h"

static const struct power_ops *ops;
static bool semihosting;

void power_set_ops(const struct power_ops *o)
{
	ops = o;
}

void power_watchdog(u32 ms)
{
	if (ops && !clock_is_emulated())
		ops->watchdog(MIN(ms, (u32)POWER_WATCHDOG_MAX_MS));
}

void power_use_semihosting(bool on)
{
	semihosting = on;
}

void power_reboot(void)
{
	console_flush();
	if (ops)
		ops->reboot();
}

void power_leave_emulator(u32 code)
{
	if (semihosting)
		semihost_exit(code);
}

void power_off(u32 code)
{
	console_flush();
	power_leave_emulator(code);
	if (ops)
		ops->poweroff();
}
