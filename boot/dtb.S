/* SPDX-License-Identifier: MIT */
/*
 * Device trees for loaders that hand none over. One is chosen by the part
 * number in MIDR_EL1; from there on the way is the same as with a handed one.
 */
	.section .dtb, "a", %progbits

	.macro	builtin_dtb name
	.balign	8
	.globl	__dtb_\name\()_start, __dtb_\name\()_end
__dtb_\name\()_start:
	.incbin	"\name\().dtb"
__dtb_\name\()_end:
	.endm

	builtin_dtb bcm2711
	builtin_dtb bcm2837
