/* SPDX-License-Identifier: MIT */
/*
 * From one user thread to another without C: the steps that the fast paths share (yield.S
 * here, src/ipc/fast.S and signal.S). Each comes from EL0, by a system call with only PC,
 * PSTATE and x30 in the frame, and goes back to EL0 in another thread. All that a thread
 * comes back with is in its frame and in struct task; the rest of its kernel stack is free.
 *
 * What a switch does (sched/switch.c), and where it is here:
 *	rq->curr, CPU time		switch_threads
 *	switch_mm, asid_switch_to	load_mm
 *	the registers of EL0		switch_threads
 *	finish_task_switch		the unlock: between user threads there is no
 *					borrowed mm; on_cpu matters only to who dies
 *	dsb				is up to who uses this: sched_owes_dsb (sched/rq.h)
 *
 * It is taken if there is nothing but to switch. All is looked at before anything is
 * changed; who uses this has a label `unlock` for giving up, which leaves it all to C.
 *
 * x10 this thread	x11 its rq	x13 the other thread
 * x14-x17, x30 free where nothing else is said; IRQs off.
 */
#pragma once

#include "arm64/asm.h"
#include "gen/offsets.h"

	/* This thread, and its run queue's lock; to \busy if somebody holds it. */
	.macro	lock_own_rq busy
	mrs	x10, tpidr_el1
	ldr	x11, [x10, #TASK_RQ]
1:	ldaxr	w16, [x11]
	cbnz	w16, \busy
	stxr	w16, w11, [x11]		/* any number but 0: an address of the image */
	cbnz	w16, 1b
	.endm

	/* Is there nothing else to be done by this thread? FP registers that it has used
	 * are saved (fp_switch_out); they stay its own if nobody else uses them. */
	.macro	check_own_work
	ldr	x16, [x10, #TI_WORK]	/* and, behind it, `busy` */
	cbnz	x16, 11f
12:
	.subsection 1
11:	cbnz	w16, unlock
	ldr	x16, [x10, #TASK_FP]
	fp_store x16, x14, x15
	str	wzr, [x10, #TI_BUSY]
	mov	x16, #CPACR_FPEN_EL1
	msr	cpacr_el1, x16
	b	12b
	.previous
	.endm

	/* x13's address space, if it is another one: asid_switch_to [ASID-1, ASID-2]
	 * and switch_mm. The last step that may fail. */
	.macro	load_mm give_up=unlock
	ldr	x16, [x10, #TASK_MM]
	ldr	x15, [x13, #TASK_MM]
	ldr	x14, [x11, #RQ_LAZY]
	cmp	x16, x15
	b.eq	6f
	ldr	x16, [x15, #MM_CONTEXT_ID]
	adrp	x30, asid_generation_now
	ldr	x30, [x30, :lo12:asid_generation_now]
	eor	x30, x30, x16
	lsr	x30, x30, #16
	cbnz	x30, \give_up
4:	ldxr	x30, [x14]		/* lazy_cpu's asid_active */
	cbz	x30, \give_up
	stxr	w30, x16, [x14]
	cbnz	w30, 4b
	ldr	x30, [x15, #MM_PGD]
	bfi	x30, x16, #48, #16
	msr	ttbr0_el1, x30
	isb
	add	x30, x14, #LAZY_LOADED
	stlr	x15, [x30]		/* slot_store */
	ldp	x15, x16, [x14, #LAZY_SWITCH_UU] /* and ttbr0_writes */
	add	x15, x15, #1
	add	x16, x16, #1
	stp	x15, x16, [x14, #LAZY_SWITCH_UU]
	.if	CONFIG_MMU_LAZY_TLB_LAB
	ldr	x15, [x14, #LAZY_BARRIERS]
	add	x15, x15, #1
	str	x15, [x14, #LAZY_BARRIERS]
	.endif
5:
	.subsection 1
6:	ldr	x15, [x14, #LAZY_SWITCH_UU]
	add	x15, x15, #1
	str	x15, [x14, #LAZY_SWITCH_UU]
	b	5b
	.previous
	.endm

	/* To the frame, and from it; x30 is there since the vector. */
	.macro	save_x19_x29
	stp	x19, x20, [sp, #8 * 19]
	stp	x21, x22, [sp, #8 * 21]
	stp	x23, x24, [sp, #8 * 23]
	stp	x25, x26, [sp, #8 * 25]
	stp	x27, x28, [sp, #8 * 27]
	str	x29, [sp, #8 * 29]
	.endm

	.macro	restore_x19_x28
	ldp	x19, x20, [sp, #8 * 19]
	ldp	x21, x22, [sp, #8 * 21]
	ldp	x23, x24, [sp, #8 * 23]
	ldp	x25, x26, [sp, #8 * 25]
	ldp	x27, x28, [sp, #8 * 27]
	.endm

	/* From this thread to x13, which is in no list any more, up to the ERET: what is
	 * left are the registers that a system call hands back. Somebody else who runs this
	 * thread again finds it at \resume, a register. */
	.macro	switch_threads resume
	str	\resume, [x10, #TASK_CTX_PC]
	str	x13, [x11, #RQ_CURR]
	mrs	x14, cntvct_el0
	ldp	x15, x16, [x10, #TASK_RUN_START] /* and runtime_ticks */
	sub	x15, x14, x15
	add	x16, x16, x15
	str	x16, [x10, #TASK_RUN_START + 8]
	str	x14, [x13, #TASK_RUN_START]
	save_x19_x29
	mrs	x16, tpidr_el0
	mrs	x17, sp_el0
	stp	x16, x17, [x10, #TASK_USER_TPIDR]
	msr	tpidr_el1, x13
	ldr	x16, [x13, #TASK_FRAME]
	mov	sp, x16
	ldp	x16, x17, [x13, #TASK_USER_TPIDR]
	stlr	wzr, [x11]		/* our stack and registers are left */
	msr	tpidr_el0, x16
	msr	sp_el0, x17
	ldp	x16, x17, [sp, #FRAME_PC]
	msr	elr_el1, x16
	msr	spsr_el1, x17
	restore_x19_x28
	ldp	x29, x30, [sp, #8 * 29]
	add	sp, sp, #FRAME_SIZE
	.endm

	/* Nothing of the kernel, or of another thread, goes to EL0. x18 = zeros. */
	.macro	zero_x11_x18
	ldp	x11, x12, [x18]
	ldp	x13, x14, [x18]
	ldp	x15, x16, [x18]
	ldp	x17, x18, [x18]
	.endm

	.macro	zero_x1_x18
	adr	x18, zeros
	ldp	x1, x2, [x18]
	ldp	x3, x4, [x18]
	ldp	x5, x6, [x18]
	ldp	x7, x8, [x18]
	ldp	x9, x10, [x18]
	zero_x11_x18
	.endm
