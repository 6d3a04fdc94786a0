/* SPDX-License-Identifier: MIT */
/* Storing all registers of AArch32 as they are; see probe.h for what each is for. */
#include <abi/lodger.h>

#include "probe.h"

	.syntax	unified
	.fpu	crypto-neon-fp-armv8

	/* Store everything to [r12]; r12 as found is popped from the stack. Spoils r0. */
	.macro	capture_general
	stmia	r12, {r0-r11}
	pop	{r0}
	str	r0, [r12, #PROBE_X + 4 * 12]
	mov	r0, #0
	str	r0, [r12, #PROBE_X + 4 * 13]
	str	lr, [r12, #PROBE_X + 4 * 14]
	mov	r0, sp
	str	r0, [r12, #PROBE_SP]
	mrs	r0, apsr
	and	r0, r0, #0xf0000000
	str	r0, [r12, #PROBE_NZCV]
	mrc	p15, 0, r0, c13, c0, 3
	str	r0, [r12, #PROBE_TPIDR]
	.endm

	/* r0 and r1 are spoilt. */
	.macro	capture
	capture_general
	add	r0, r12, #PROBE_FP
	bl	fpregs_store
	.endm

	.text

/* Instead of the runtime's: look around, then go on as it would. */
	.global	_start
	.type	_start, %function
_start:
	push	{r12}
	ldr	r12, =probe_start
	capture
	ldr	r0, [r12, #PROBE_X]
	mov	r11, #0
	mov	lr, #0
	b	lodger_start
	.size	_start, . - _start

	.global	probe_thread
	.type	probe_thread, %function
probe_thread:
	push	{r12}
	mov	r12, r0
	capture
	b	probe_exit
	.size	probe_thread, . - probe_thread

	.global	probe_exit
	.type	probe_exit, %function
probe_exit:
	mov	r7, #SYS_thread_exit
	svc	#0
	udf	#0
	.size	probe_exit, . - probe_exit

/*
 * void probe_syscall(const struct registers *in, struct registers *out)
 * Our own frame: `out` and FPSCR, d8..d15, r4..r11 and lr.
 */
	.global	probe_syscall
	.type	probe_syscall, %function
probe_syscall:
	push	{r4-r11, lr}
	vpush	{d8-d15}
	vmrs	r2, fpscr
	push	{r1, r2}
	mov	r12, r0
	add	r0, r12, #PROBE_FP
	vldmia	r0!, {d0-d15}
	vldmia	r0!, {d16-d31}
	ldr	r1, [r0, #8]
	vmsr	fpscr, r1
	ldr	lr, [r12, #PROBE_X + 4 * 14]
	ldmia	r12, {r0-r12}
	svc	#0
	push	{r12}
	ldr	r12, [sp, #4]
	capture
	pop	{r1, r2}
	vmsr	fpscr, r2
	vpop	{d8-d15}
	pop	{r4-r11, pc}
	.size	probe_syscall, . - probe_syscall

/* void probe_message(const struct registers *in, struct registers *out)
 * The same without FP/SIMD. */
	.global	probe_message
	.type	probe_message, %function
probe_message:
	push	{r4-r11, lr}
	push	{r1, r2}
	mov	r12, r0
	ldr	lr, [r12, #PROBE_X + 4 * 14]
	ldmia	r12, {r0-r12}
	svc	#0
	push	{r12}
	ldr	r12, [sp, #4]
	capture_general
	pop	{r1, r2}
	pop	{r4-r11, pc}
	.size	probe_message, . - probe_message

	.section .note.GNU-stack, "", %progbits
