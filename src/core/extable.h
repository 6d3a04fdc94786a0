/* SPDX-License-Identifier: MIT */
/*
 * Instructions that are allowed to fault, and where to go on if they do. An
 * entry is two offsets relative to themselves; assembly makes them with EXTABLE.
 */
#pragma once

#ifdef __ASSEMBLER__
	.macro	EXTABLE insn, fixup
	.pushsection __ex_table, "a"
	.balign	4
	.long	\insn - .
	.long	\fixup - .
	.popsection
	.endm
#else
#include "kernel/compiler.h"
#include "kernel/types.h"

/* The fixup address for a fault at pc, or 0. */
u64 extable_find(u64 pc);
/* Read an aligned word of the kernel's half that may not be there: 0, -EFAULT. */
int probe_read32(vaddr_t addr, u32 *out) __must_check;
int probe_read64(vaddr_t addr, u64 *out) __must_check;
#endif
