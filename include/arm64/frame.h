/* SPDX-License-Identifier: MIT */
/*
 * What an exception saves on the kernel stack. A system call fills only x30,
 * pc and pstate of it (see boot/entry.S): to its caller it is a function call.
 *
 * From AArch32 all is saved always. r0..r14 are x[0]..x[14]. Their upper halves mean nothing
 * (Arm ARM, "Mapping of the general-purpose registers between the Execution states"); the
 * other registers are not that program's.
 */
#pragma once

#include "kernel/types.h"

struct frame {
	u64 x[31];
	u64 sp;	    /* SP_EL0, of an exception from EL0 */
	u64 pc;	    /* ELR_EL1 */
	u64 pstate; /* SPSR_EL1 */
};

#define FRAME_SP32 13
#define FRAME_LR32 14

_Static_assert(sizeof(struct frame) % 16 == 0, "sp stays 16-byte aligned");
