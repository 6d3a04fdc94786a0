/* SPDX-License-Identifier: MIT */
#include "arm64/asm.h"
#include "gen/offsets.h"

	.text
/*
 * struct task *cpu_switch_to(struct task *prev, struct task *next)
 *
 * Exchange stacks and callee-saved registers; returns in next, with prev in x0.
 * Registers only: the address space was switched before (switch_mm), by a step
 * of its own. IRQs off. Clobbers x8-x10, and by AAPCS64 the rest.
 */
	.globl	cpu_switch_to
cpu_switch_to:
	add	x8, x0, #TASK_CTX
	mov	x9, sp
	stp	x19, x20, [x8], #16
	stp	x21, x22, [x8], #16
	stp	x23, x24, [x8], #16
	stp	x25, x26, [x8], #16
	stp	x27, x28, [x8], #16
	stp	x29, x9, [x8], #16
	str	x30, [x8]
	add	x8, x1, #TASK_CTX
	ldp	x19, x20, [x8], #16
	ldp	x21, x22, [x8], #16
	ldp	x23, x24, [x8], #16
	ldp	x25, x26, [x8], #16
	ldp	x27, x28, [x8], #16
	ldp	x29, x9, [x8], #16
	ldr	x30, [x8]
	mov	sp, x9
	msr	tpidr_el1, x1
	ret

/*
 * Where a new thread begins, switched to by cpu_switch_to: x0 = prev, x19 = entry
 * and x20 = argument of a kernel thread; x19 = 0 for a user thread, whose frame
 * is at sp.
 */
	.globl	task_first_run
task_first_run:
	bl	schedule_tail
	cbz	x19, 1f
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x20
	blr	x19
	bl	task_exit
	b	.
1:	b	ret_to_user

/*
 * void task_enter_user(struct frame *f), does not return
 *
 * Leave this stack for f, which is at its top, and go to EL0 as f says.
 */
	.globl	task_enter_user
task_enter_user:
	mov	sp, x0
	mov	x29, xzr
	b	ret_to_user

/* void fp_save(struct fpstate *), void fp_restore(const struct fpstate *) */
	.arch_extension fp
	.arch_extension simd
	.globl	fp_save
fp_save:
	fp_store x0, x1, x2
	ret

	.globl	fp_restore
fp_restore:
	ldp	q0, q1, [x0, #32 * 0]
	ldp	q2, q3, [x0, #32 * 1]
	ldp	q4, q5, [x0, #32 * 2]
	ldp	q6, q7, [x0, #32 * 3]
	ldp	q8, q9, [x0, #32 * 4]
	ldp	q10, q11, [x0, #32 * 5]
	ldp	q12, q13, [x0, #32 * 6]
	ldp	q14, q15, [x0, #32 * 7]
	ldp	q16, q17, [x0, #32 * 8]
	ldp	q18, q19, [x0, #32 * 9]
	ldp	q20, q21, [x0, #32 * 10]
	ldp	q22, q23, [x0, #32 * 11]
	ldp	q24, q25, [x0, #32 * 12]
	ldp	q26, q27, [x0, #32 * 13]
	ldp	q28, q29, [x0, #32 * 14]
	ldp	q30, q31, [x0, #32 * 15]
	add	x0, x0, #512
	ldp	w1, w2, [x0]
	msr	fpsr, x1
	msr	fpcr, x2
	ret
