/* SPDX-License-Identifier: MIT */
/*
 * How a secondary CPU learns what it is to become. One is started at a time; but
 * it may come when it has been given up already, or with others, if they share a
 * release address: so each waits, its MMU on, until `mpidr` is its own.
 */
#pragma once

#include "kernel/types.h"

/* In `mpidr`: no affinity has these bits. Whose turn it is takes it by an exclusive
 * store; boot_one takes it back by compare-and-exchange. One of the two wins. */
#define SECONDARY_NOBODY (~0UL)
#define SECONDARY_TAKEN (~1UL)

struct secondary_boot {
	u64 mpidr;    /* affinity of whose turn it is; or SECONDARY_NOBODY */
	void *thread; /* its struct thread_info */
	void *stack;  /* top */
	u64 el;	      /* written by the CPU: where it was entered at */
};

extern struct secondary_boot secondary_boot;

/* Where boot/secondary.S keeps CPUs that entered the kernel by themselves: each polls
 * its word, by MPIDR_EL1.Aff0, for an address to go to. */
#define BOOT_PEN_WORDS 8
extern volatile u64 boot_pen[BOOT_PEN_WORDS];
