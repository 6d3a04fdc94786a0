/* SPDX-License-Identifier: MIT */
/*
 * Arm semihosting (Arm 2013-2020, "Semihosting for AArch32 and AArch64", 5.4):
 * SYS_EXIT ends QEMU with an exit code. Only used when the command line asks for it.
 * Returns if nobody listens.
 */
#pragma once

#include "kernel/types.h"

static inline void semihost_exit(u32 code)
{
	u64 block[2] = { 0x20026, code }; /* ADP_Stopped_ApplicationExit */
	register u64 op __asm__("x0") = 0x18;
	register u64 *arg __asm__("x1") = block;

	/* Undefined without -semihosting: then the trap goes on behind it. */
	__asm__ volatile("1:	hlt	#0xf000\n"
			 "2:\n"
			 "	.pushsection __ex_table, \"a\"\n"
			 "	.balign	4\n"
			 "	.long	1b - .\n"
			 "	.long	2b - .\n"
			 "	.popsection"
			 : "+r"(op)
			 : "r"(arg)
			 : "memory");
}
