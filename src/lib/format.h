/* SPDX-License-Identifier: MIT */
/*
 * printf-style formatting into a buffer. Understood: flags '-' '0' '+' ' ' '#',
 * width and precision (also '*'), lengths hh h l ll z t j, conversions d i u x X
 * o c s p %. Anything else is copied as it stands. No floating point.
 */
#pragma once

#include <stdarg.h>

#include "kernel/compiler.h"
#include "kernel/types.h"

/*
 * Write at most size bytes, terminating NUL included (size may be 0). Returns
 * the length that the whole text has, without the NUL. Names differ from C's so
 * that host tests can hold them beside the C library's.
 */
int fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
	__printf(3, 0);
int fmt_snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* As fmt_snprintf, but returns what was really written (without the NUL). */
int fmt_scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
