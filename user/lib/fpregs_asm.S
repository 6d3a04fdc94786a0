/* SPDX-License-Identifier: MIT */
/*
 * Loading and storing every FP/SIMD register with nothing in between; the
 * layout is struct fpregs (fpregs.h).
 */
#include <abi/lodger.h>

#include "fpregs.h"

	.text

/*
 * void fpregs_store(struct fpregs *to)
 * Clobbers x9.
 */
	.global	fpregs_store
	.type	fpregs_store, %function
fpregs_store:
	fpregs_store_all x0, x9
	ret
	.size	fpregs_store, . - fpregs_store

/*
 * void fpregs_dirty(const struct fpregs *from)
 * Leaves v0..v7 and v16..v31 loaded: those that a C caller does not keep.
 */
	.global	fpregs_dirty
	.type	fpregs_dirty, %function
fpregs_dirty:
	.irp	n, 0, 2, 4, 6, 16, 18, 20, 22, 24, 26, 28, 30
	fpregs_pair ldp, \n, %(\n + 1), x0
	.endr
	ret
	.size	fpregs_dirty, . - fpregs_dirty

/*
 * void fpregs_load_spin_yield_store(const struct fpregs *load,
 *				     struct fpregs *store, uint64_t loops)
 * The loop is long enough to be interrupted by the tick now and then; the
 * yield switches by a system call. v8..v15 (low halves), FPCR and FPSR are the
 * caller's and come back.
 */
	.global	fpregs_load_spin_yield_store
	.type	fpregs_load_spin_yield_store, %function
fpregs_load_spin_yield_store:
	sub	sp, sp, #560
	stp	x29, x30, [sp]
	mov	x29, sp
	str	x19, [sp, #16]
	mov	x19, x1
	add	x10, sp, #32
	fpregs_store_all x10, x9
	fpregs_load_all x0, x9
1:	subs	x2, x2, #1
	b.hi	1b
	mov	x8, #SYS_yield
	svc	#0
	fpregs_store_all x19, x9
	add	x10, sp, #32
	fpregs_load_all x10, x9
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp]
	add	sp, sp, #560
	ret
	.size	fpregs_load_spin_yield_store, . - fpregs_load_spin_yield_store

	.section .note.GNU-stack, "", %progbits
