/* SPDX-License-Identifier: MIT */
/* The frame of a thread in IPC: boot/entry.S and src/ipc/fast.S. */
#pragma once

#include "arm64/asm.h"
#include "gen/offsets.h"

	/* Who wakes a thread that waits may leave its C stack as it is, so here is all
	 * that it comes back with, beside the message. x30 has been saved. */
	.macro	save_x19_x29
	stp	x19, x20, [sp, #8 * 19]
	stp	x21, x22, [sp, #8 * 21]
	stp	x23, x24, [sp, #8 * 23]
	stp	x25, x26, [sp, #8 * 25]
	stp	x27, x28, [sp, #8 * 27]
	str	x29, [sp, #8 * 29]
	.endm

	/* To EL0 with a message in x0-x7, and a badge in x9. \zeros: two words of them,
	 * near; \x8, \x10: zero them, too, if they are named. */
	.macro	ipc_exit zeros, x8, x10
	ldp	x16, x17, [sp, #FRAME_PC]
	msr	elr_el1, x16
	msr	spsr_el1, x17
	ldp	x19, x20, [sp, #8 * 19]
	ldp	x21, x22, [sp, #8 * 21]
	ldp	x23, x24, [sp, #8 * 23]
	ldp	x25, x26, [sp, #8 * 25]
	ldp	x27, x28, [sp, #8 * 27]
	ldp	x29, x30, [sp, #8 * 29]
	add	sp, sp, #FRAME_SIZE
	adr	x18, \zeros
	.ifnb	\x8
	ldp	\x8, \x10, [x18]
	.endif
	ldp	x11, x12, [x18]
	ldp	x13, x14, [x18]
	ldp	x15, x16, [x18]
	ldp	x17, x18, [x18]
	eret
	.endm
