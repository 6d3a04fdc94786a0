/* SPDX-License-Identifier: MIT */
/*
 * What an exception saves on the kernel stack. A system call fills only x30,
 * pc and pstate of it (see boot/entry.S): to its caller it is a function call.
 */
#pragma once

#include "kernel/types.h"

struct frame {
	u64 x[31];
	u64 sp;	    /* SP_EL0, of an exception from EL0 */
	u64 pc;	    /* ELR_EL1 */
	u64 pstate; /* SPSR_EL1 */
};

_Static_assert(sizeof(struct frame) % 16 == 0, "sp stays 16-byte aligned");
