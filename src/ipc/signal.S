/* SPDX-License-Identifier: MIT */
/*
 * A signal, by SYS_signal or by a driver's interrupt, where nobody waits, or where the thread
 * that does sleeps on this CPU and is above us: it goes on at once, and we wait in front of
 * our line. All else is done by C, with the same results.
 *
 * We are pushed aside by a more urgent thread, so (__schedule in sched/sched.c) this is not
 * taken if another CPU idles that could have us, if we shared a slice, or if the thread
 * would have to share one.
 *
 * An interrupt comes here at its end (boot/entry.S), if it came at EL0: all that C may have
 * changed is in the frame, and x19 to x28 are the interrupted's still. It has not been told
 * by then; who gives up tells it by notification_signal.
 *
 * x0 handle	x1 bits		x2 where we go on	x3 gave_way then
 * x8 SYS_signal, or INTERRUPT	x10 this thread		x11 its rq
 * x12 the notification		x13 the waiter		x17 n->lock	x18 n->waiters
 */
#include "abi/lodger.h"
#include "ipc/look_up.h"
#include "sched/fast.h"

#define INTERRUPT (SYS_signal + 1)

	/* x12's lock, and in x9 its first waiter's place in the list. */
	.macro	first_waiter nobody
	add	x17, x12, #NOTIFICATION_LOCK
1:	ldaxr	w16, [x17]
	cbnz	w16, unlock		/* who holds it may wait for our run queue */
	stxr	w16, w11, [x17]
	cbnz	w16, 1b
	add	x18, x12, #NOTIFICATION_WAITERS
	ldr	x9, [x18]
	cmp	x9, x18
	b.eq	\nobody
	.endm

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
	first_waiter nobody
	adr	x2, yield_resume
	mov	w3, #1
to_waiter:
	sub	x13, x9, #TASK_WAITER
	ldr	x16, [x13, #TASK_RQ]
	cmp	x16, x11
	b.ne	unlock_both
	ldr	w16, [x13, #TASK_WAIT_WORD]
	cmp	w16, #ASLEEP_IN_SIGNAL
	b.ne	unlock_both
	ldrb	w4, [x10, #TASK_PRIO]
	ldrb	w16, [x13, #TASK_PRIO]
	cmp	w16, w4
	b.ls	unlock_both
	ldp	w5, w6, [x11, #RQ_READY] /* and nr_queued */
	lsr	w15, w5, w16
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
	/* Its reference, which its C code would drop. Who signals has another. */
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
	add	x16, x11, x4, lsl #4
	add	x16, x16, #RQ_LIST
	add	x14, x10, #TASK_RQ_NODE
	ldr	x9, [x16]
	stp	x9, x16, [x14]
	str	x14, [x16]
	str	x14, [x9, #8]
	mov	w9, #1
	strb	w9, [x10, #TASK_ON_RQ]
	strb	w3, [x10, #TI_GAVE_WAY]
	lsl	w9, w9, w4
	orr	w5, w5, w9
	add	w6, w6, #1
	stp	w5, w6, [x11, #RQ_READY]
	ldr	x16, [x11, #RQ_SLICE_TICKS]
	str	x16, [x10, #TASK_SLICE_LEFT]
	mov	x0, x1
	dsb	ish			/* it may go on elsewhere: invariant 28 */
	switch_threads x2
	zero_x1_x18
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
	cmp	w8, #INTERRUPT
	b.eq	interrupt_slow
	msr	daifclr, #2
	adr	x30, ret_from_syscall	/* load_mm may have used it */
	b	sys_signal

/* From el0_irq: x16 = this thread, which has ipc.interrupt. IRQs off. */
	.globl	interrupt_signal
interrupt_signal:
	strb	wzr, [x16, #TI_INTERRUPT]
	ldr	x9, [x16, #TASK_INTERRUPT]
	ldp	x12, x1, [x9, #SIGNAL_TO]
	mov	w8, #INTERRUPT
	lock_own_rq interrupt_slow
	check_own_work
	first_waiter unlock_both
	adr	x2, interrupt_resume
	mov	w3, wzr
	ldr	x29, [sp, #8 * 29]	/* C has had another */
	b	to_waiter

interrupt_slow:
	mov	x29, xzr
	mov	x0, x12
	bl	notification_signal
	b	irq_exit_work

/* Who was interrupted, and pushed aside above, runs again, by cpu_switch_to: x0 = who ran
 * before. */
interrupt_resume:
	mrs	x16, tpidr_el1
	ldr	x16, [x16, #TASK_FRAME]
	mov	sp, x16
	mrs	x16, sp_el0
	str	x16, [sp, #FRAME_SP]
	mov	x29, xzr
	bl	schedule_tail
	b	ret_to_user

	/* The same for SYS_notification_wait. Who is woken above comes back with what is in
	 * its frame: what C keeps is to be there. */
	.globl	notification_wait_entry
notification_wait_entry:
	save_x19_x29
	b	sys_notification_wait
