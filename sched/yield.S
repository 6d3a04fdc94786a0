/* SPDX-License-Identifier: MIT */
/*
 * SYS_yield between two threads that do nothing but give way to each other, or with nobody
 * there to give way to. All else is done by sched_yield, with the same result: the next of
 * our priority comes with a whole slice, and we go to the end of the line.
 */
#include "sched/fast.h"

	.text
	.arch_extension fp
	.arch_extension simd
	/* From the table of system calls (boot/entry.S), IRQs on. */
	.globl	sched_fast_yield
sched_fast_yield:
	msr	daifset, #2
	lock_own_rq slow
	check_own_work
	ldrb	w15, [x10, #TASK_PRIO]
	ldr	w16, [x11, #RQ_READY]
	lsr	w16, w16, w15
	cbz	w16, alone
	cmp	w16, #1
	b.ne	unlock			/* somebody is above us */
	add	x17, x11, x15, lsl #4
	ldr	x12, [x17, #RQ_LIST]!	/* the first of our priority's */
	sub	x13, x12, #TASK_RQ_NODE
	ldr	x16, [x13, #TI_WORK]
	mov	x15, #(1 << ONLY_GAVE_WAY_LOG2)
	cmp	x16, x15
	b.ne	unlock
	ldp	x9, x16, [x11, #RQ_TIMER] /* and slice_ticks */
	mrs	x18, cntvct_el0
	add	x18, x18, x16		/* the end of its slice */
	ldr	x16, [x9, #TIMER_ARMED]
	cmp	x18, x16
	b.lo	unlock			/* before the hardware's event */
	load_mm
	str	x18, [x9]		/* timer_set_slice */
	/* list_rotate_in; x17 is the head. */
	add	x14, x10, #TASK_RQ_NODE
	ldr	x15, [x17, #8]
	stp	x17, x15, [x14]
	str	x14, [x15]
	str	x14, [x17, #8]
	ldr	x16, [x12]		/* the second, or we in a list of one */
	str	x16, [x17]
	str	x17, [x16, #8]
	stp	x12, x12, [x12]
	mov	w15, #1
	strb	w15, [x10, #TASK_ON_RQ]
	strb	wzr, [x13, #TASK_ON_RQ]
	strb	w15, [x10, #TI_GAVE_WAY]
	strb	wzr, [x13, #TI_GAVE_WAY]
	ldr	x15, [x13, #TASK_SWITCHES]
	add	x15, x15, #1
	str	x15, [x13, #TASK_SWITCHES]
	dsb	ish			/* it may go on elsewhere: invariant 28 */
	adr	x16, yield_resume
	switch_threads x16
	mov	x0, xzr
	zero_x1_x18
	eret

alone:
	ldr	w16, [x11, #RQ_SLICE]
	cbnz	w16, unlock		/* it shared until now */
	stlr	wzr, [x11]
	mov	x0, xzr
	b	ret_from_syscall

unlock:
	stlr	wzr, [x11]
slow:					/* may leave us to the fast path as well */
	save_x19_x29
	mov	w15, #1
	strb	w15, [x10, #TI_GAVE_WAY]
	msr	daifclr, #2
	bl	sched_yield
	mrs	x16, tpidr_el1
	b	1f

/* A thread that has given way above runs again, by cpu_switch_to: x0 = who ran before. */
	.globl	yield_resume
yield_resume:
	mrs	x16, tpidr_el1
	ldr	x16, [x16, #TASK_FRAME]
	mov	sp, x16
	restore_x19_x28
	ldr	x29, [sp, #8 * 29]
	bl	schedule_tail
	mrs	x16, tpidr_el1
1:	strb	wzr, [x16, #TI_GAVE_WAY]
	mov	x0, xzr
	b	ret_from_syscall
