/* SPDX-License-Identifier: MIT */
/*
 * Looking at every register at moments that C never sees; probe.S.
 */
#pragma once

#ifndef __ASSEMBLER__
#include "fpregs.h"

struct registers {
	uint64_t x[31];
	uint64_t sp;
	uint64_t nzcv;
	uint64_t tpidr;
	struct fpregs fp;
};

/* What this process found at its entry point. */
extern struct registers probe_start;

/* Entry of a thread: store what it finds to *arg, then end. */
void probe_thread(void *arg);
/* Entry of a thread that ends at once and needs no stack. */
void probe_exit(void *arg);
/* Load x0..x30 (x8: the number) and FP/SIMD, svc, store all. */
void probe_syscall(const struct registers *in, struct registers *out);
/* The same, but FP/SIMD is neither loaded nor stored. */
void probe_message(const struct registers *in, struct registers *out);
#endif

/* struct registers, for the assembler; probe.c asserts them. */
#define PROBE_X 0
#define PROBE_SP 248
#define PROBE_NZCV 256
#define PROBE_TPIDR 264
#define PROBE_FP 272
#define PROBE_SIZE 800
