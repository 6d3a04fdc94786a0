/* SPDX-License-Identifier: MIT */
/* Storing all registers as they are; see probe.h for what each is for. */
#include <abi/lodger.h>

#include "fpregs.h"
#include "probe.h"

/*
 * Store everything to [x16]; x16 and x17 as found lie at [sp], which is 16
 * lower than it was found. Clobbers x17.
 */
	.macro	capture_general
	stp	x0, x1, [x16, #PROBE_X]
	stp	x2, x3, [x16, #PROBE_X + 16]
	stp	x4, x5, [x16, #PROBE_X + 32]
	stp	x6, x7, [x16, #PROBE_X + 48]
	stp	x8, x9, [x16, #PROBE_X + 64]
	stp	x10, x11, [x16, #PROBE_X + 80]
	stp	x12, x13, [x16, #PROBE_X + 96]
	stp	x14, x15, [x16, #PROBE_X + 112]
	stp	x18, x19, [x16, #PROBE_X + 144]
	stp	x20, x21, [x16, #PROBE_X + 160]
	stp	x22, x23, [x16, #PROBE_X + 176]
	stp	x24, x25, [x16, #PROBE_X + 192]
	stp	x26, x27, [x16, #PROBE_X + 208]
	stp	x28, x29, [x16, #PROBE_X + 224]
	str	x30, [x16, #PROBE_X + 240]
	ldr	x17, [sp]
	str	x17, [x16, #PROBE_X + 128]
	ldr	x17, [sp, #8]
	str	x17, [x16, #PROBE_X + 136]
	add	x17, sp, #16
	str	x17, [x16, #PROBE_SP]
	mrs	x17, nzcv
	str	x17, [x16, #PROBE_NZCV]
	mrs	x17, tpidr_el0
	str	x17, [x16, #PROBE_TPIDR]
	.endm

	.macro	capture
	capture_general
	add	x16, x16, #PROBE_FP
	fpregs_store_all x16, x17
	.endm

	/* x0..x30 from [x16]. */
	.macro	load_general
	ldp	x0, x1, [x16, #PROBE_X]
	ldp	x2, x3, [x16, #PROBE_X + 16]
	ldp	x4, x5, [x16, #PROBE_X + 32]
	ldp	x6, x7, [x16, #PROBE_X + 48]
	ldp	x8, x9, [x16, #PROBE_X + 64]
	ldp	x10, x11, [x16, #PROBE_X + 80]
	ldp	x12, x13, [x16, #PROBE_X + 96]
	ldp	x14, x15, [x16, #PROBE_X + 112]
	ldp	x18, x19, [x16, #PROBE_X + 144]
	ldp	x20, x21, [x16, #PROBE_X + 160]
	ldp	x22, x23, [x16, #PROBE_X + 176]
	ldp	x24, x25, [x16, #PROBE_X + 192]
	ldp	x26, x27, [x16, #PROBE_X + 208]
	ldp	x28, x29, [x16, #PROBE_X + 224]
	ldr	x30, [x16, #PROBE_X + 240]
	ldp	x16, x17, [x16, #PROBE_X + 128]
	.endm

	/* x19..x30 to and from the lowest of our frame. */
	.macro	save_callers
	stp	x19, x20, [sp]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	.endm

	.macro	restore_callers
	ldp	x29, x30, [sp, #80]
	ldp	x27, x28, [sp, #64]
	ldp	x25, x26, [sp, #48]
	ldp	x23, x24, [sp, #32]
	ldp	x21, x22, [sp, #16]
	ldp	x19, x20, [sp]
	.endm

	.text

/* Instead of the runtime's: look around, then go on as it would. */
	.global	_start
	.type	_start, %function
_start:
	stp	x16, x17, [sp, #-16]!
	adrp	x16, probe_start
	add	x16, x16, :lo12:probe_start
	capture
	add	sp, sp, #16
	mov	x29, #0
	mov	x30, #0
	b	lodger_start
	.size	_start, . - _start

	.global	probe_thread
	.type	probe_thread, %function
probe_thread:
	stp	x16, x17, [sp, #-16]!
	mov	x16, x0
	capture
	/* fall through */

	.global	probe_exit
	.type	probe_exit, %function
probe_exit:
	mov	x8, #SYS_thread_exit
	svc	#0
	udf	#0
	.size	probe_exit, . - probe_exit

/*
 * void probe_syscall(const struct registers *in, struct registers *out)
 * Our own frame: x19..x30 at 0, FP/SIMD at 96, `out` at 624.
 */
	.global	probe_syscall
	.type	probe_syscall, %function
probe_syscall:
	sub	sp, sp, #640
	save_callers
	str	x1, [sp, #624]
	add	x9, sp, #96
	fpregs_store_all x9, x10

	mov	x16, x0
	add	x17, x16, #PROBE_FP
	fpregs_load_all x17, x9
	load_general
	svc	#0
	stp	x16, x17, [sp, #-16]!
	ldr	x16, [sp, #16 + 624]
	capture
	add	sp, sp, #16

	add	x9, sp, #96
	fpregs_load_all x9, x10
	restore_callers
	add	sp, sp, #640
	ret
	.size	probe_syscall, . - probe_syscall

/* void probe_message(const struct registers *in, struct registers *out)
 * The same without FP/SIMD, which the fast path of IPC does not like. `out` at 96. */
	.global	probe_message
	.type	probe_message, %function
probe_message:
	sub	sp, sp, #112
	save_callers
	str	x1, [sp, #96]
	mov	x16, x0
	load_general
	svc	#0
	stp	x16, x17, [sp, #-16]!
	ldr	x16, [sp, #16 + 96]
	capture_general
	add	sp, sp, #16
	restore_callers
	add	sp, sp, #112
	ret
	.size	probe_message, . - probe_message

	.section .note.GNU-stack, "", %progbits
