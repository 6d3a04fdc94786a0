/* SPDX-License-Identifier: MIT */
/* Ending: reset, power off, or leaving the emulator with an exit code. */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

void power_set_ops(void (*reboot)(void), void (*poweroff)(void));
/* `semihosting` on the command line: poweroff ends QEMU with its code. */
void power_use_semihosting(bool on);
/* End QEMU, if it was asked for; or return. */
void power_leave_emulator(u32 code);
/* These return only if nothing on this machine can do it. */
void power_reboot(void);
void power_off(u32 code);
