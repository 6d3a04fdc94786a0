/* SPDX-License-Identifier: MIT */
/* As fpregs_asm.S: d0..d31 and FPSCR, which is where struct fpregs has FPSR. */
#include <abi/lodger.h>

#include "fpregs.h"

	.syntax	unified
	.fpu	crypto-neon-fp-armv8

	/* \at moves on; \tmp is spoilt */
	.macro	store_all at, tmp
	vstmia	\at!, {d0-d15}
	vstmia	\at!, {d16-d31}
	mov	\tmp, #0
	str	\tmp, [\at]
	str	\tmp, [\at, #4]
	str	\tmp, [\at, #12]
	vmrs	\tmp, fpscr
	str	\tmp, [\at, #8]
	.endm

	.macro	load_all at, tmp
	vldmia	\at!, {d0-d15}
	vldmia	\at!, {d16-d31}
	ldr	\tmp, [\at, #8]
	vmsr	fpscr, \tmp
	.endm

	.text

/* void fpregs_store(struct fpregs *to) */
	.global	fpregs_store
	.type	fpregs_store, %function
fpregs_store:
	store_all r0, r1
	bx	lr
	.size	fpregs_store, . - fpregs_store

/* void fpregs_dirty(const struct fpregs *from): d0..d7 and d16..d31 */
	.global	fpregs_dirty
	.type	fpregs_dirty, %function
fpregs_dirty:
	vldmia	r0, {d0-d7}
	add	r0, r0, #128
	vldmia	r0, {d16-d31}
	bx	lr
	.size	fpregs_dirty, . - fpregs_dirty

/*
 * void fpregs_load_spin_yield_store(const struct fpregs *load, struct fpregs *store,
 *				     uint64_t loops)
 * loops is in r2 and r3; the low half counts.
 */
	.global	fpregs_load_spin_yield_store
	.type	fpregs_load_spin_yield_store, %function
fpregs_load_spin_yield_store:
	push	{r4, r5, r7, lr}
	vpush	{d8-d15}
	vmrs	r5, fpscr
	mov	r4, r1
	load_all r0, r3
1:	subs	r2, r2, #1
	bhi	1b
	mov	r7, #SYS_yield
	svc	#0
	store_all r4, r3
	vmsr	fpscr, r5
	vpop	{d8-d15}
	pop	{r4, r5, r7, pc}
	.size	fpregs_load_spin_yield_store, . - fpregs_load_spin_yield_store

	.section .note.GNU-stack, "", %progbits
