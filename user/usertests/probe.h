/* SPDX-License-Identifier: MIT */
/*
 * Looking at every register at moments that C never sees; probe.S.
 */
#pragma once

#ifndef __ASSEMBLER__
#include <stdbool.h>

#include "fpregs.h"

#ifdef __arm__
#define PROBE_NR_X 15
#else
#define PROBE_NR_X 31
#endif

struct registers {
	unsigned long x[PROBE_NR_X]; /* AArch32: r0..r14, but 0 for r13 */
	unsigned long sp;
	unsigned long nzcv;
	unsigned long tpidr;
	struct fpregs fp;
};

/* What this process found at its entry point. */
extern struct registers probe_start;

/* Entry of a thread: store what it finds to *arg, then end. */
void probe_thread(void *arg);
/* Entry of a thread that ends at once and needs no stack. */
void probe_exit(void *arg);
/* Load all general registers and FP/SIMD, svc, store all. */
void probe_syscall(const struct registers *in, struct registers *out);
/* The same, but FP/SIMD is neither loaded nor stored. */
void probe_message(const struct registers *in, struct registers *out);

/*
 * A call, with a pattern of its own for each seed in all registers that are not its
 * arguments', in those of FP/SIMD too if `fp`: its result, after a look that it has kept or
 * cleared what it has to. calls.c
 */
int64_t probed_call(long nr, const unsigned long *args, int nr_args, uint64_t seed, bool fp);
#endif

/* struct registers, for the assembler; registers.c asserts them. */
#define PROBE_X 0
#ifdef __arm__
#define PROBE_SP 60
#define PROBE_NZCV 64
#define PROBE_TPIDR 68
#define PROBE_FP 72
#define PROBE_SIZE 344
#else
#define PROBE_SP 248
#define PROBE_NZCV 256
#define PROBE_TPIDR 264
#define PROBE_FP 272
#define PROBE_SIZE 800
#endif
