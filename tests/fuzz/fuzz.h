/* SPDX-License-Identifier: MIT */
/* What the fuzzers share: a property that must hold, whatever the input. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "kernel/errno.h"
#include "kernel/types.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define MUST(expr)                                                         \
	do {                                                               \
		if (!(expr)) {                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,   \
				__LINE__, #expr);                          \
			abort();                                           \
		}                                                          \
	} while (0)

/* Whether p[0..n) lies in whole[0..size). */
static inline bool inside(const void *p, size_t n, const void *whole, size_t size)
{
	uintptr_t from = (uintptr_t)p, start = (uintptr_t)whole;

	return from >= start && n <= size && from - start <= size - n;
}
