/* SPDX-License-Identifier: MIT */
/* Names of the kernel's functions, for backtraces and for the shell. */
#pragma once

#include "kernel/types.h"

/*
 * The function that contains addr, and how far into it addr is; NULL if addr
 * is not in the kernel's text. offset may be NULL. Takes no lock and touches
 * only read-only data: may be called from anywhere, a panic included.
 */
const char *ksym_lookup(vaddr_t addr, u64 *offset);
