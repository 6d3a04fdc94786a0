/* SPDX-License-Identifier: MIT */
/*
 * SYS_signal where nobody waits, or where the thread that does sleeps on this CPU and is
 * above us: it goes on at once, and we wait in front of our line. All else is done by
 * sys_signal, with the same results.
 *
 * We are pushed aside by a more urgent thread, so (__schedule in sched/sched.c) this is not
 * taken if another CPU idles that could have us, if we shared a slice, or if the thread
 * would have to share one.
 *
 * x0 handle	x1 bits		x8 number	x10 this thread		x11 its rq
 * x12 the notification		x13 the waiter	x17 n->lock		x18 n->waiters
 */
#include "abi/lodger.h"
#include "ipc/look_up.h"
#include "sched/fast.h"

	.text
	.arch_extension fp
	.arch_extension simd
	/* From the table of system calls (boot/entry.S), IRQs on. */
	.globl	signal_fast
signal_fast:
	msr	daifset, #2
	lock_own_rq slow
	check_own_work
	cbz	x1, unlock
	tbnz	x1, #63, unlock		/* not a bit that there is */
	mov	x9, x0
	look_up	SIGNAL_BIT
	add	x17, x12, #NOTIFICATION_LOCK
1:	ldaxr	w16, [x17]
	cbnz	w16, unlock		/* who holds it may wait for our run queue */
	stxr	w16, w11, [x17]
	cbnz	w16, 1b
	add	x18, x12, #NOTIFICATION_WAITERS
	ldr	x9, [x18]
	cmp	x9, x18
	b.eq	nobody
	sub	x13, x9, #TASK_WAITER
	ldr	x16, [x13, #TASK_RQ]
	cmp	x16, x11
	b.ne	unlock_both
	ldr	w16, [x13, #TASK_WAIT_WORD]
	cmp	w16, #ASLEEP_IN_SIGNAL
	b.ne	unlock_both
	ldrb	w15, [x10, #TASK_PRIO]
	ldrb	w16, [x13, #TASK_PRIO]
	cmp	w16, w15
	b.ls	unlock_both
	ldr	w15, [x11, #RQ_READY]
	lsr	w15, w15, w16
	ldr	w16, [x11, #RQ_SLICE]
	orr	w15, w15, w16
	adrp	x16, cpu_idle_mask
	ldr	w16, [x16, :lo12:cpu_idle_mask]
	ldr	w14, [x10, #TASK_AFFINITY]
	and	w14, w14, w16
	orr	w15, w15, w14
	cbnz	w15, unlock_both
	load_mm	unlock_both
	ldr	x16, [x9]		/* list_del */
	str	x16, [x18]
	str	x18, [x16, #8]
	/* Its reference, which its C code would drop. Our handle has another. */
	add	x16, x12, #OBJECT_REFS
2:	ldxr	w15, [x16]
	sub	w15, w15, #1
	stlxr	w14, w15, [x16]
	cbnz	w14, 2b
	stlr	wzr, [x17]
	str	wzr, [x13, #TASK_WAIT_WORD] /* TASK_RUNNABLE, IPC_NONE */
	ldr	x15, [x13, #TASK_SWITCHES]
	add	x15, x15, #1
	str	x15, [x13, #TASK_SWITCHES]
	/* rq_enqueue, in front. */
	ldrb	w15, [x10, #TASK_PRIO]
	add	x16, x11, x15, lsl #4
	add	x16, x16, #RQ_LIST
	add	x14, x10, #TASK_RQ_NODE
	ldr	x9, [x16]
	stp	x9, x16, [x14]
	str	x14, [x16]
	str	x14, [x9, #8]
	mov	w9, #1
	strb	w9, [x10, #TASK_ON_RQ]
	strb	w9, [x10, #TI_GAVE_WAY]	/* it comes back with 0, too */
	lsl	w9, w9, w15
	ldp	w14, w15, [x11, #RQ_READY] /* and nr_queued */
	orr	w14, w14, w9
	add	w15, w15, #1
	stp	w14, w15, [x11, #RQ_READY]
	ldr	x16, [x11, #RQ_SLICE_TICKS]
	str	x16, [x10, #TASK_SLICE_LEFT]
	mov	x0, x1
	dsb	ish			/* it may go on elsewhere: invariant 28 */
	switch_threads yield_resume
	ldp	x1, x2, [x18]
	ldp	x3, x4, [x18]
	ldp	x5, x6, [x18]
	ldp	x7, x8, [x18]
	ldp	x9, x10, [x18]
	ldp	x11, x12, [x18]
	ldp	x13, x14, [x18]
	ldp	x15, x16, [x18]
	ldp	x17, x18, [x18]
	eret

nobody:
	ldr	x16, [x12, #NOTIFICATION_BITS]
	orr	x16, x16, x1
	str	x16, [x12, #NOTIFICATION_BITS]
	stlr	wzr, [x17]
	stlr	wzr, [x11]
	mov	x0, xzr
	b	ret_from_syscall

unlock_both:
	stlr	wzr, [x17]
unlock:
	stlr	wzr, [x11]
slow:
	msr	daifclr, #2
	adr	x30, ret_from_syscall	/* load_mm may have used it */
	b	sys_signal

	/* The same for SYS_notification_wait. Who is woken above comes back with what is in
	 * its frame: what C keeps is to be there. */
	.globl	notification_wait_entry
notification_wait_entry:
	save_x19_x29
	b	sys_notification_wait
