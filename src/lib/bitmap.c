/* SPDX-License-Identifier: MIT */
/*
 * Search and count in arrays of bits, a word at a time.
 *
 * The bits behind the last one of the map, in its last word, may hold anything:
 * neither function lets them count.
 */
#include "lib/bitmap.h"

size_t bitmap_find_zero(const u64 *map, size_t bits, size_t from)
{
	size_t word, bit;
	u64 zeros;

	if (from >= bits)
		return bits;
	word = from / 64;
	zeros = ~map[word] & (~0ULL << (from % 64));
	while (!zeros) {
		if (++word >= BITMAP_WORDS(bits))
			return bits;
		zeros = ~map[word];
	}
	bit = word * 64 + (size_t)__builtin_ctzll(zeros);
	return MIN(bit, bits);
}

/*
 * Sideways addition: sums of 2, 4 and 8 bits side by side, then all bytes at
 * once by a multiplication. AArch64 counts bits only in SIMD registers, which
 * the kernel does not use; the compilers' builtin would be a call into libgcc.
 */
static unsigned int popcount(u64 x)
{
	x -= x >> 1 & 0x5555555555555555ULL;
	x = (x & 0x3333333333333333ULL) + (x >> 2 & 0x3333333333333333ULL);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (unsigned int)(x * 0x0101010101010101ULL >> 56);
}

size_t bitmap_weight(const u64 *map, size_t bits)
{
	size_t weight = 0, word;

	for (word = 0; word < bits / 64; word++)
		weight += popcount(map[word]);
	if (bits % 64)
		weight += popcount(map[word] & (BIT(bits % 64) - 1));
	return weight;
}
