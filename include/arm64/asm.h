/* SPDX-License-Identifier: MIT */
/* Macros that several assembly files use. */
#pragma once

	/* The address of a symbol, relative to the program counter. */
	.macro	adr_l reg, sym
	adrp	\reg, \sym
	add	\reg, \reg, :lo12:\sym
	.endm

	/*
	 * \op (dc cvac, ic ivau, ...) for each cache line of [x0, x1), x0 < x1;
	 * \shift is where CTR_EL0 has the line's size: 16 DminLine, 0 IminLine.
	 * No barrier. Clobbers x0, x2, x3.
	 */
	.macro	by_line op, kind, shift
	mrs	x2, ctr_el0
	ubfx	x2, x2, #\shift, #4
	mov	x3, #4
	lsl	x3, x3, x2
	sub	x2, x3, #1
	bic	x0, x0, x2
1:	\op	\kind, x0
	add	x0, x0, x3
	cmp	x0, x1
	b.lo	1b
	.endm

	/* A constant of 32 bits, without a load. */
	.macro	mov_imm reg, value
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #((\value) >> 16 & 0xffff), lsl #16
	.endm
