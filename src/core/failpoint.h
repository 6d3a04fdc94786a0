/* SPDX-License-Identifier: MIT */
/*
 * Allocation failure on demand: tests make the Nth allocation of the calling
 * thread fail, for each N, until a whole run succeeds.
 */
#pragma once

#include "kconfig.h"
#include "kernel/types.h"

/* True: the allocation that asks must fail. */
bool failpoint_hit(void);
/* Fail the nth (1...) allocation of this thread from now on; 0: off. */
void failpoint_arm(u32 nth);
/* Turn off; true if it was hit. */
bool failpoint_disarm(void);
