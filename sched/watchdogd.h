/* SPDX-License-Identifier: MIT */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

#define WATCHDOG_MAX_S 14

/*
 * From now on every CPU must take interrupts, and threads must run, or else the kernel
 * panics after `seconds`, 1 to WATCHDOG_MAX_S. If nobody is left to do that, the
 * board's own watchdog resets it a second later. Thread context, once. 0 or -ENOMEM.
 */
int watchdogd_start(u32 seconds) __must_check;
bool watchdogd_runs(void);
