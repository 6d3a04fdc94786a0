/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of every program.
 *
 * In:	x0 = struct start_info *, sp = top of the stack (16-byte aligned),
 *	all other registers zero.
 * Out:	never returns. A zero frame record ends backtraces here.
 */
	.section .text.start, "ax", %progbits
	.weak	_start		/* a program may want to look around first */
	.type	_start, %function
_start:
	mov	x29, #0
	mov	x30, #0
	b	lodger_start
	.size	_start, . - _start

	.section .note.GNU-stack, "", %progbits
