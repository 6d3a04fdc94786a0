/* SPDX-License-Identifier: MIT */
/* CPUs off and on while the system runs. */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

/*
 * Send every thread of cpu elsewhere and its core to boot's pen; a thread that may
 * run only there goes on anywhere. 0; -ENODEV: there is none; -EPERM: it must stay
 * (CPU 0 takes the interrupts of devices); -EEXIST: it is off; -EBUSY: it did not
 * come to rest in half a second of trying, and stays. Thread context, may sleep.
 */
int cpu_off(u32 cpu) __must_check;
/* Start it again, or for the first time. 0; -ENODEV; -EEXIST: it is on; -ENOMEM;
 * -EIO: it does not come (cpus[cpu].state says why). */
int cpu_on(u32 cpu) __must_check;

/* From the idle loop of a CPU that is not online any more, IRQs off. Returns if
 * there is a timer of its own left to wait for. */
void hotplug_leave(void);
