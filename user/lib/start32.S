/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of every AArch32 program; in and out as in start.S, with r0 and
 * an sp that is in r13.
 */
	.syntax	unified
	.section .text.start, "ax", %progbits
	.weak	_start		/* a program may want to look around first */
	.type	_start, %function
_start:
	mov	r11, #0
	mov	lr, #0
	b	lodger_start
	.size	_start, . - _start

	.section .note.GNU-stack, "", %progbits
