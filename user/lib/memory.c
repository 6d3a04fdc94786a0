/* SPDX-License-Identifier: MIT */
/*
 * memcpy and memset by words, in place of the library's, which go by bytes. Memory that a
 * program has may be accessed at any address. Without FP/SIMD registers, whose first use
 * costs a trap into the kernel.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	char *t = to;
	const char *f = from;

	for (; n >= 2 * sizeof(word); n -= 2 * sizeof(word)) {
		word a = ((const word *)f)[0], b = ((const word *)f)[1];

		((word *)t)[0] = a;
		((word *)t)[1] = b;
		f += 2 * sizeof(word);
		t += 2 * sizeof(word);
	}
	if (n & sizeof(word)) {
		*(word *)t = *(const word *)f;
		f += sizeof(word);
		t += sizeof(word);
	}
	for (n &= sizeof(word) - 1; n; n--)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int c, size_t n)
{
	uint64_t value = (unsigned char)c * 0x0101010101010101UL;
	char *t = to;

	for (; n >= 2 * sizeof(word); n -= 2 * sizeof(word)) {
		((word *)t)[0] = value;
		((word *)t)[1] = value;
		t += 2 * sizeof(word);
	}
	if (n & sizeof(word)) {
		*(word *)t = value;
		t += sizeof(word);
	}
	for (n &= sizeof(word) - 1; n; n--)
		*t++ = (char)c;
	return to;
}
