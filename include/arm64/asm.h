/* SPDX-License-Identifier: MIT */
/* Macros that several assembly files use. */
#pragma once

#include "arm64/sysreg.h"

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

	/* FP/SIMD registers, FPSR and FPCR to a struct fpstate; needs .arch_extension. */
	.macro	fp_store at, tmp, tmp2
	stp	q0, q1, [\at, #32 * 0]
	stp	q2, q3, [\at, #32 * 1]
	stp	q4, q5, [\at, #32 * 2]
	stp	q6, q7, [\at, #32 * 3]
	stp	q8, q9, [\at, #32 * 4]
	stp	q10, q11, [\at, #32 * 5]
	stp	q12, q13, [\at, #32 * 6]
	stp	q14, q15, [\at, #32 * 7]
	stp	q16, q17, [\at, #32 * 8]
	stp	q18, q19, [\at, #32 * 9]
	stp	q20, q21, [\at, #32 * 10]
	stp	q22, q23, [\at, #32 * 11]
	stp	q24, q25, [\at, #32 * 12]
	stp	q26, q27, [\at, #32 * 13]
	stp	q28, q29, [\at, #32 * 14]
	stp	q30, q31, [\at, #32 * 15]
	mrs	\tmp, fpsr
	mrs	\tmp2, fpcr
	orr	\tmp, \tmp, \tmp2, lsl #32
	str	\tmp, [\at, #512]
	.endm

	/* A constant of 32 bits, without a load. */
	.macro	mov_imm reg, value
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #((\value) >> 16 & 0xffff), lsl #16
	.endm

	/* arm64 Image header (Linux Documentation/arch/arm64/booting.rst); \size is the
	 * memory needed, with bss. Branches to \entry. */
	.macro	image_header entry, size
	b	\entry			/* code0 */
	.long	0			/* code1 */
	.quad	0x80000			/* text_offset: QEMU, U-Boot, firmware */
	.quad	\size
	.quad	2			/* flags: little endian, 4 KB pages */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0
	.endm

	/* NE, unless this core is a Cortex-A72. */
	.macro	is_cortex_a72 reg, tmp
	mrs	\reg, midr_el1
	ubfx	\reg, \reg, #4, #12
	mov	\tmp, #MIDR_PART_CORTEX_A72
	cmp	\reg, \tmp
	.endm

	/* Where the peripherals lie: at 0xfe000000 beside a Cortex-A72, else at
	 * 0x3f000000 (BCM2711 and BCM2837 ARM Peripherals, section 1.2). */
	.macro	peripherals_base reg, tmp
	is_cortex_a72 \reg, \tmp
	mov	\reg, #0xfe000000
	mov	\tmp, #0x3f000000
	csel	\reg, \reg, \tmp, eq
	.endm
