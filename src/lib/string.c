/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions of C, and the two of our own.
 *
 * The compilers call memcpy, memmove, memset and memcmp whenever they please,
 * and they also recognise a loop that copies or fills element by element and
 * turn *that* into such a call: inside memcpy, an endless recursion. So no loop
 * here moves one element a turn. The bulk goes in blocks of 64 bytes, whose
 * interleaved accesses match no idiom, and the rest falls to one straight-line
 * step for each bit of the length. That is the fast way too: about 12
 * instructions for 64 bytes (LDP, STP), at most one branch for each bit behind.
 *
 * Words are read and written at any alignment, which AArch64 does for normal
 * memory. While the MMU is off, all memory is Device memory and an unaligned
 * access faults: until then use these on addresses and lengths that are
 * multiples of eight, or build the caller's file and this one with
 * -mstrict-align. Never use them on device registers.
 *
 * Nothing here allocates, locks or fails.
 */
#include "lib/string.h"

#include "kernel/compiler.h"
#include "kernel/errno.h"

#ifndef LODGER_HOST

/* Words at any address, that may alias whatever lies there. */
typedef unsigned __int128 __attribute__((may_alias, aligned(1))) any128;
typedef u64 __attribute__((may_alias, aligned(1))) any64;
typedef u32 __attribute__((may_alias, aligned(1))) any32;
typedef u16 __attribute__((may_alias, aligned(1))) any16;

#define BLOCK_BYTES 64

/* All is read before anything is written: the copies below stay right where
 * source and destination overlap. */
static __always_inline void copy_block(u8 *d, const u8 *s)
{
	any128 *to = (any128 *)d;
	const any128 *from = (const any128 *)s;
	unsigned __int128 a = from[0], b = from[1], c = from[2], e = from[3];

	to[0] = a, to[1] = b, to[2] = c, to[3] = e;
}

static __always_inline void copy_half(u8 *d, const u8 *s)
{
	any128 *to = (any128 *)d;
	const any128 *from = (const any128 *)s;
	unsigned __int128 a = from[0], b = from[1];

	to[0] = a, to[1] = b;
}

/* From the lowest address up: right if d < s, or if they do not overlap. */
static __always_inline void copy_up(u8 *d, const u8 *s, size_t n)
{
	for (; n >= BLOCK_BYTES; n -= BLOCK_BYTES) {
		copy_block(d, s);
		d += BLOCK_BYTES, s += BLOCK_BYTES;
	}
	if (n & 32) {
		copy_half(d, s);
		d += 32, s += 32;
	}
	if (n & 16) {
		*(any128 *)d = *(const any128 *)s;
		d += 16, s += 16;
	}
	if (n & 8) {
		*(any64 *)d = *(const any64 *)s;
		d += 8, s += 8;
	}
	if (n & 4) {
		*(any32 *)d = *(const any32 *)s;
		d += 4, s += 4;
	}
	if (n & 2) {
		*(any16 *)d = *(const any16 *)s;
		d += 2, s += 2;
	}
	if (n & 1)
		*d = *s;
}

/* From the highest address down: right if d > s. d and s point to the ends. */
static __always_inline void copy_down(u8 *d, const u8 *s, size_t n)
{
	for (; n >= BLOCK_BYTES; n -= BLOCK_BYTES) {
		d -= BLOCK_BYTES, s -= BLOCK_BYTES;
		copy_block(d, s);
	}
	if (n & 32) {
		d -= 32, s -= 32;
		copy_half(d, s);
	}
	if (n & 16) {
		d -= 16, s -= 16;
		*(any128 *)d = *(const any128 *)s;
	}
	if (n & 8) {
		d -= 8, s -= 8;
		*(any64 *)d = *(const any64 *)s;
	}
	if (n & 4) {
		d -= 4, s -= 4;
		*(any32 *)d = *(const any32 *)s;
	}
	if (n & 2) {
		d -= 2, s -= 2;
		*(any16 *)d = *(const any16 *)s;
	}
	if (n & 1)
		d[-1] = s[-1];
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	copy_up(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	if (dst <= src)
		copy_up(dst, src, n);
	else
		copy_down((u8 *)dst + n, (const u8 *)src + n, n);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	u64 v = (u8)c * 0x0101010101010101ULL;
	u8 *d = dst;

	for (; n >= BLOCK_BYTES; n -= BLOCK_BYTES, d += BLOCK_BYTES) {
		any64 *to = (any64 *)d;

		to[0] = v, to[1] = v, to[2] = v, to[3] = v;
		to[4] = v, to[5] = v, to[6] = v, to[7] = v;
	}
	if (n & 32) {
		any64 *to = (any64 *)d;

		to[0] = v, to[1] = v, to[2] = v, to[3] = v;
		d += 32;
	}
	if (n & 16) {
		any64 *to = (any64 *)d;

		to[0] = v, to[1] = v;
		d += 16;
	}
	if (n & 8) {
		*(any64 *)d = v;
		d += 8;
	}
	if (n & 4) {
		*(any32 *)d = (u32)v;
		d += 4;
	}
	if (n & 2) {
		*(any16 *)d = (u16)v;
		d += 2;
	}
	if (n & 1)
		*d = (u8)v;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	while (n >= 8 && *(const any64 *)x == *(const any64 *)y)
		x += 8, y += 8, n -= 8;
	for (; n; x++, y++, n--) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

/* The casts by way of uintptr_t: C's own signatures lose the const. */
void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (; n; p++, n--) {
		if (*p == (u8)c)
			return (void *)(uintptr_t)p;
	}
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	while (n && *a && *a == *b)
		a++, b++, n--;
	return n ? (u8)*a - (u8)*b : 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (!*s)
			return (char *)(uintptr_t)last;
	}
}

char *strstr(const char *hay, const char *needle)
{
	size_t n = strlen(needle);

	for (;; hay++) {
		if (!strncmp(hay, needle, n))
			return (char *)(uintptr_t)hay;
		if (!*hay)
			return NULL;
	}
}

#endif /* !LODGER_HOST */

size_t str_copy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);
	size_t n = MIN(len, size - 1);

	memcpy(dst, src, n);
	dst[n] = '\0';
	return len;
}

/* The value of a digit in that base, or base itself. */
static unsigned int digit_value(char c, unsigned int base)
{
	unsigned int v = base;

	if (c >= '0' && c <= '9')
		v = (unsigned int)(c - '0');
	else if (c >= 'a' && c <= 'f')
		v = (unsigned int)(c - 'a') + 10;
	else if (c >= 'A' && c <= 'F')
		v = (unsigned int)(c - 'A') + 10;
	return MIN(v, base);
}

int str_to_u64(const char *s, u64 *out)
{
	unsigned int base = 10;
	bool too_large = false;
	u64 value = 0;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	if (!*s)
		return -EINVAL;
	/* To the end even when too large: junk is the graver mistake. */
	for (; *s; s++) {
		unsigned int digit = digit_value(*s, base);

		if (digit == base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, (u64)base, &value) ||
		    __builtin_add_overflow(value, (u64)digit, &value))
			too_large = true;
	}
	if (too_large)
		return -ERANGE;
	*out = value;
	return 0;
}
