/* SPDX-License-Identifier: MIT */
/* Patterns of FP/SIMD state and where two differ; see fpregs.h. */
#include <stdio.h>

#include "fpregs.h"

/* Bits that every Armv8 implementation stores as they are written. */
#define FPCR_SHIFT 22	       /* RMode (two bits), FZ, DN */
#define FPCR_BITS 0xfU
#define FPSR_BITS 0x0800009fU /* QC, IDC, IXC, UFC, OFC, DZC, IOC */

void fpregs_pattern(struct fpregs *regs, uint64_t seed)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15ULL + 1;
	uint64_t *word = &regs->v[0][0];

	for (unsigned int i = 0; i < 2 * FPREGS_V; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		word[i] = x;
	}
	regs->fpcr = (seed & FPCR_BITS) << FPCR_SHIFT;
	regs->fpsr = x & FPSR_BITS;
#ifdef __arm__
	regs->fpsr |= regs->fpcr;
	regs->fpcr = 0;
#endif
}

const char *fpregs_difference(const struct fpregs *a, const struct fpregs *b)
{
	static char name[8];

	for (unsigned int i = 0; i < FPREGS_V; i++) {
		if (a->v[i][0] == b->v[i][0] && a->v[i][1] == b->v[i][1])
			continue;
		snprintf(name, sizeof(name), "v%u", i);
		return name;
	}
	return a->fpcr != b->fpcr ? "fpcr" : a->fpsr != b->fpsr ? "fpsr" : "none";
}
