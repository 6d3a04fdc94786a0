/* SPDX-License-Identifier: MIT */
/* Ending: reset, power off, or leaving the emulator with an exit code. */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

struct power_ops {
	void (*reboot)(void), (*poweroff)(void);
	/* Reset the machine in ms, unless called again before; 0: not at all. At most
	 * POWER_WATCHDOG_MAX_MS. Any context. */
	void (*watchdog)(u32 ms);
};

#define POWER_WATCHDOG_MAX_MS 15000

/* All of them, for good. */
void power_set_ops(const struct power_ops *ops);
/* `semihosting` on the command line: poweroff ends QEMU with its code. */
void power_use_semihosting(bool on);
/* End QEMU, if it was asked for; or return. */
void power_leave_emulator(u32 code);
/* As power_ops.watchdog, where there is one that counts: an emulator's may reset at
 * once. */
void power_watchdog(u32 ms);
/* These return only if nothing on this machine can do it. */
void power_reboot(void);
void power_off(u32 code);
