/* SPDX-License-Identifier: MIT */
/*
 * The memory and string functions of C that the kernel uses. On the host the
 * tests get the C library's through this same header.
 */
#pragma once

#include "kernel/types.h"

#ifdef LODGER_HOST
#include <string.h>
#else
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *hay, const char *needle);
#endif

/*
 * Copy at most size - 1 bytes and always terminate (size > 0). Returns
 * strlen(src): >= size says that it was cut short.
 */
size_t str_copy(char *dst, const char *src, size_t size);

/*
 * Parse a whole string as a number: decimal, or hexadecimal behind 0x. Returns
 * 0, -EINVAL (not a number, or something behind it) or -ERANGE (> 64 bits);
 * *out is written only on success.
 */
int str_to_u64(const char *s, u64 *out);
