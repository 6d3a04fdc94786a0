/* SPDX-License-Identifier: MIT */
/*
 * ASSERT states what must hold and is compiled in with CONFIG_DEBUG_ASSERT;
 * ENSURE is for cheap checks behind which going on would corrupt: always there.
 * Neither is for anything that a user, a card or a serial line can cause.
 */
#pragma once

#include "kconfig.h"
#include "kernel/compiler.h"

void panic(const char *fmt, ...) __printf(1, 2) __noreturn;
void assert_failed(const char *expr, const char *file, int line) __noreturn;

#define ENSURE(expr)                                                       \
	do {                                                               \
		if (unlikely(!(expr)))                                     \
			assert_failed(#expr, __FILE__, __LINE__);          \
	} while (0)

#define ASSERT(expr)                                                       \
	do {                                                               \
		if (CONFIG_DEBUG_ASSERT && unlikely(!(expr)))              \
			assert_failed(#expr, __FILE__, __LINE__);          \
	} while (0)
