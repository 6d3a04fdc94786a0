/* SPDX-License-Identifier: MIT */
#include "core/power.h"
#include "arm64/semihost.h"
#include "core/console.h"

static void (*reboot_fn)(void), (*poweroff_fn)(void);
static bool semihosting;

void power_set_ops(void (*reboot)(void), void (*poweroff)(void))
{
	reboot_fn = reboot;
	poweroff_fn = poweroff;
}

void power_use_semihosting(bool on)
{
	semihosting = on;
}

void power_reboot(void)
{
	console_flush();
	if (reboot_fn)
		reboot_fn();
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
	if (poweroff_fn)
		poweroff_fn();
}
