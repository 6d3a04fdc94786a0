/* SPDX-License-Identifier: MIT */
/*
 * The whole FP/SIMD state of a thread as data, for programs that check that
 * the kernel keeps it. Not used by programs that only compute.
 */
#pragma once

#if defined(__ASSEMBLER__) && !defined(__arm__)
	.altmacro
	.macro	fpregs_pair insn, a, b, base
	\insn	q\a, q\b, [\base, #(16 * \a)]
	.endm

	.macro	fpregs_store_all base, tmp
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	fpregs_pair	stp, \n, %(\n + 1), \base
	.endr
	mrs	\tmp, fpcr
	str	\tmp, [\base, #512]
	mrs	\tmp, fpsr
	str	\tmp, [\base, #520]
	.endm

	.macro	fpregs_load_all base, tmp
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	fpregs_pair	ldp, \n, %(\n + 1), \base
	.endr
	ldr	\tmp, [\base, #512]
	msr	fpcr, \tmp
	ldr	\tmp, [\base, #520]
	msr	fpsr, \tmp
	.endm
#endif

#ifndef __ASSEMBLER__
#include <stdint.h>

#ifdef __arm__
#define FPREGS_V 16 /* d0..d31 in pairs; FPSCR is in fpsr */
#else
#define FPREGS_V 32
#endif

struct fpregs {
	uint64_t v[FPREGS_V][2]; /* v0..v31, low half first */
	uint64_t fpcr;
	uint64_t fpsr;
};

/* Another pattern for every seed, all bits of every register involved. */
void fpregs_pattern(struct fpregs *regs, uint64_t seed);
/* "v7", "fpcr", ...: the first register in which a and b differ. */
const char *fpregs_difference(const struct fpregs *a, const struct fpregs *b);

/* fpregs_asm.S: nothing in between touches an FP/SIMD register. */
void fpregs_store(struct fpregs *to);
/* Leave the pattern in all registers that a caller need not keep. */
void fpregs_dirty(const struct fpregs *from);
/* Load all, count `loops` down, yield, store all; the caller's are restored. */
void fpregs_load_spin_yield_store(const struct fpregs *load,
				  struct fpregs *store, uint64_t loops);
#endif
