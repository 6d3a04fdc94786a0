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
 * The steps of a switch are those of sched/fast.h. There is no DSB: sched_owes_dsb
 * (sched/rq.h). The slice goes on: who is called works on its caller's.
 *
 * x0-x7 message	x8 number	x9 handle	x10 this thread		x11 its rq
 * x12 the object	x13 the other thread		x14-x18, x30 free; IRQs off.
 */
#include "abi/lodger.h"
#include "ipc/look_up.h"
#include "sched/fast.h"

	/* This thread, its run queue's lock. x10 handles to send, x11 timeout. */
	.macro	begin
	orn	x16, x10, x11
	cbnz	x16, ipc_slow
	lock_own_rq slow
	.endm

	/* From this thread, which sleeps as its wait_word says, to x13 at EL0. */
	.macro	switch_and_leave
	str	wzr, [x13, #TASK_WAIT_WORD] /* TASK_RUNNABLE, IPC_NONE */
	adr	x16, ipc_resume
	switch_threads x16
	adr	x18, zeros
	ldp	x8, x10, [x18]
	zero_x11_x18
	eret
	.endm

	.text
	.arch_extension fp
	.arch_extension simd
	.globl	ipc_fast_call
ipc_fast_call:
	begin
	look_up	CALL_BIT
call_object:
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

/*
 * struct ipc_answer ipc_ask_fast(u64 w0, u64 w1, u64 w2, struct object *ep, u64 badge)
 *
 * The same call for a thread that is in the kernel, IRQs on: what a vector saves of EL0 is
 * here what C keeps, and the way back, in a frame on the thread's own stack.
 */
	.globl	ipc_ask_fast
ipc_ask_fast:
	sub	sp, sp, #FRAME_SIZE
	mrs	x16, daif
	add	x16, x16, #SPSR_EL1H
	adr	x17, answered
	stp	x17, x16, [sp, #FRAME_PC]
	str	x30, [sp, #8 * 30]
	mov	x12, x3
	mov	x18, x4
	mov	x3, xzr
	mov	x4, xzr
	mov	x5, xzr
	mov	x6, xzr
	mov	x7, xzr
	msr	daifset, #2
	lock_own_rq ask_slow
	ldrb	w16, [x10, #TASK_IPC_SLOW]
	cbnz	w16, unlock
	mov	x16, sp
	str	x16, [x10, #TASK_FRAME]
	b	call_object
answered:
	mov	x1, x0
	mov	x0, x8
	ret

ask_slow:
	msr	daifclr, #2
	stp	x0, x1, [sp, #16 * 0]
	stp	x2, x3, [sp, #16 * 1]
	stp	x4, x5, [sp, #16 * 2]
	stp	x6, x7, [sp, #16 * 3]
	save_x19_x29
	mov	x0, sp
	mov	x1, x12
	mov	x2, x18
	bl	ipc_ask_slow
	ldr	x1, [sp]
	ldr	x0, [sp, #8 * 8]
	ldr	x30, [sp, #8 * 30]
	add	sp, sp, #FRAME_SIZE
	ret

unlock:
	stlr	wzr, [x11]
	ldr	x16, [sp, #FRAME_PSTATE]
	tbnz	x16, #2, ask_slow	/* EL1 */
	ldr	x30, [sp, #8 * 30]	/* load_mm may have used it */
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
	ldr	x16, [sp, #FRAME_PSTATE]
	tbz	x16, #2, ret_to_user
	msr	daifset, #2
	b	ret_by_frame		/* to EL1 */
