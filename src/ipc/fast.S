/* SPDX-License-Identifier: MIT */
/*
 * The fast path of IPC: a call, or a reply with the next receive, where the other thread
 * sleeps on this CPU and has been waiting for just that. The message stays in x0-x7 while
 * the CPU goes from one thread to the other. All else is done by ipc.c, which says how the
 * two keep out of each other's way; whoever looks at both sees the same results.
 *
 * It is taken if there is nothing but to switch: no handles travel, no deadline, nobody
 * holds our run queue's lock, nothing is to be done on the way out, no more urgent thread,
 * an ASID of the current generation. All is looked at before anything is changed.
 *
 * What a switch does (sched/switch.c), and where it is here:
 *	rq->curr, CPU time		switch_and_leave
 *	switch_mm, asid_switch_to	load_mm
 *	the registers of EL0		switch_and_leave
 *	finish_task_switch		the unlock: between user threads there is no
 *					borrowed mm; on_cpu matters only to who dies
 *	dsb				not here: sched_owes_dsb (sched/rq.h)
 *	the slice			goes on: who is called works on its caller's
 *
 * x0-x7 message	x8 number	x9 handle	x10 this thread		x11 its rq
 * x12 the object	x13 the other thread		x14-x18, x30 free; IRQs off.
 */
#include "abi/lodger.h"
#include "arm64/asm.h"
#include "gen/offsets.h"

	/* This thread, its run queue's lock. x10 handles to send, x11 timeout. */
	.macro	begin
	orn	x16, x10, x11
	cbnz	x16, ipc_slow
	mrs	x10, tpidr_el1
	ldr	x11, [x10, #TASK_RQ]
1:	ldaxr	w16, [x11]
	cbnz	w16, slow
	stxr	w16, w8, [x11]		/* any number but 0 */
	cbnz	w16, 1b
	.endm

	/* The object behind x9, to x12, and its badge to x18 [HANDLE-1]. */
	.macro	look_up bit
	cmp	x9, #HANDLES_PER_CHUNK
	b.hs	3f
	ldr	x16, [x10, #TASK_FIRST_HANDLES]
	add	x16, x16, x9, lsl #HANDLE_SIZE_LOG2
2:	ldar	w17, [x16]
	tbz	w17, #\bit, unlock
	ldp	x12, x18, [x16, #HANDLE_OBJECT]
	.subsection 1
3:	cmp	x9, #HANDLES_MAX
	b.hs	unlock
	ldr	x16, [x10, #TASK_HANDLES]
	ldr	x16, [x16, #HANDLES_CHUNKS]
	lsr	x17, x9, #HANDLES_PER_CHUNK_LOG2
	ldr	x16, [x16, x17, lsl #3]
	cbz	x16, unlock
	and	x17, x9, #(HANDLES_PER_CHUNK - 1)
	add	x16, x16, x17, lsl #HANDLE_SIZE_LOG2
	b	2b
	.previous
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
	.macro	load_mm
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
	cbnz	x30, unlock
4:	ldxr	x30, [x14]		/* lazy_cpu's asid_active */
	cbz	x30, unlock
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

	/* From this thread, which sleeps as its wait_word says, to x13 at EL0. */
	.macro	switch_and_leave
	str	wzr, [x13, #TASK_WAIT_WORD] /* TASK_RUNNABLE, IPC_NONE */
	str	x13, [x11, #RQ_CURR]
	mrs	x14, cntvct_el0
	ldp	x15, x16, [x10, #TASK_RUN_START] /* and runtime_ticks */
	sub	x15, x14, x15
	add	x16, x16, x15
	str	x16, [x10, #TASK_RUN_START + 8]
	str	x14, [x13, #TASK_RUN_START]
	/* Who wakes it may leave its C stack as it is, so here is all that it comes back
	 * with, beside the message. x30 has been saved. */
	stp	x19, x20, [sp, #8 * 19]
	stp	x21, x22, [sp, #8 * 21]
	stp	x23, x24, [sp, #8 * 23]
	stp	x25, x26, [sp, #8 * 25]
	stp	x27, x28, [sp, #8 * 27]
	str	x29, [sp, #8 * 29]
	adr	x16, ipc_resume
	str	x16, [x10, #TASK_CTX_PC]
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
	ldp	x19, x20, [sp, #8 * 19]
	ldp	x21, x22, [sp, #8 * 21]
	ldp	x23, x24, [sp, #8 * 23]
	ldp	x25, x26, [sp, #8 * 25]
	ldp	x27, x28, [sp, #8 * 27]
	ldp	x29, x30, [sp, #8 * 29]
	add	sp, sp, #FRAME_SIZE
	adr	x18, zeros
	ldp	x8, x10, [x18]
	ldp	x11, x12, [x18]
	ldp	x13, x14, [x18]
	ldp	x15, x16, [x18]
	ldp	x17, x18, [x18]
	eret
	.endm

	.text
	.arch_extension fp
	.arch_extension simd
	.globl	ipc_fast_call
ipc_fast_call:
	begin
	look_up	CALL_BIT
	ldr	w17, [x10, #TI_CPU]
	add	x17, x12, x17, lsl #3	/* ep->waiting[cpu] is at an offset from it */
	ldr	x13, [x17, #(EP_WAITING - EP_OBJECT)]
	cbz	x13, unlock
	ldr	w16, [x13, #TASK_WAIT_WORD]
	cmp	w16, #ASLEEP_IN_RECEIVE
	b.ne	unlock
	check_own_work
	load_mm
	/* It runs no lower than we. */
	ldrb	w15, [x10, #TASK_PRIO]
	ldrb	w16, [x13, #TASK_PRIO]
	cmp	w15, w16
	b.hi	8f
7:	ldr	x16, [x13, #TASK_NEXT]
	str	x16, [x17, #(EP_WAITING - EP_OBJECT)]
	cbnz	x16, 10f
9:	mov	w16, #ASLEEP_IN_REPLY
	str	w16, [x10, #TASK_WAIT_WORD]
	str	x13, [x10, #TASK_PARTNER]
	str	x10, [x13, #TASK_CALLER]
	mov	x9, x18
	switch_and_leave

8:	strb	w15, [x13, #TASK_PRIO]
	b	7b
10:	add	x17, x17, #(EP_WAITING - EP_OBJECT)
	str	x17, [x16, #TASK_LINK]
	b	9b

	.globl	ipc_fast_reply_receive
ipc_fast_reply_receive:
	begin
	look_up	RECEIVE_BIT
	ldr	x16, [x12, #(EP_SENDERS - EP_OBJECT)]
	cbnz	x16, unlock		/* [IPC-1] */
	ldr	x13, [x10, #TASK_CALLER]
	cbz	x13, unlock
	ldr	x16, [x13, #TASK_RQ]
	cmp	x16, x11
	b.ne	unlock
	ldr	w16, [x13, #TASK_WAIT_WORD]
	cmp	w16, #ASLEEP_IN_REPLY
	b.ne	unlock
	check_own_work
	ldrb	w16, [x13, #TASK_PRIO]
	ldr	w17, [x11, #RQ_READY]
	lsr	w17, w17, w16
	cmp	w17, #1
	b.hi	unlock			/* somebody is above who we would go back to */
	load_mm
	ldrb	w16, [x10, #TASK_BASE_PRIO]
	strb	w16, [x10, #TASK_PRIO]
	ldr	w16, [x10, #TI_CPU]
	str	w16, [x10, #TASK_LIST_CPU]
	add	x17, x12, x16, lsl #3
	sub	x17, x17, #(EP_OBJECT - EP_WAITING)
	ldr	x16, [x17]
	str	x17, [x10, #TASK_LINK]
	stp	x12, x16, [x10, #TASK_AT] /* and `next` */
	str	x10, [x17]
	cbnz	x16, 8f
7:	mov	w16, #ASLEEP_IN_RECEIVE
	str	w16, [x10, #TASK_WAIT_WORD]
	str	xzr, [x10, #TASK_CALLER]
	mov	x9, xzr
	switch_and_leave

8:	add	x17, x10, #TASK_NEXT
	str	x17, [x16, #TASK_LINK]
	b	7b

unlock:
	stlr	wzr, [x11]
slow:
	mov	x10, xzr		/* as they were, or we were not here */
	mov	x11, #-1
	b	ipc_slow

/* A thread that was put to sleep above has been woken by others, and runs: from
 * cpu_switch_to, x0 = who ran before. */
	.globl	ipc_resume
ipc_resume:
	mrs	x16, tpidr_el1
	ldr	x16, [x16, #TASK_FRAME]
	mov	sp, x16
	mrs	x16, sp_el0
	str	x16, [sp, #FRAME_SP]	/* the rest is there, or comes from ipc_woken */
	mov	x29, xzr
	bl	schedule_tail
	bl	ipc_woken
	b	ret_to_user
