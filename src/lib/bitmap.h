/* SPDX-License-Identifier: MIT */
/* Arrays of bits in u64 words. No locking. */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

#define BITMAP_WORDS(bits) DIV_ROUND_UP(bits, 64)

static inline bool bitmap_test(const u64 *map, size_t bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

static inline void bitmap_set(u64 *map, size_t bit)
{
	map[bit / 64] |= BIT(bit % 64);
}

static inline void bitmap_clear(u64 *map, size_t bit)
{
	map[bit / 64] &= ~BIT(bit % 64);
}

/* The first zero bit in [from, bits), or bits if there is none. */
size_t bitmap_find_zero(const u64 *map, size_t bits, size_t from);
/* The number of set bits in [0, bits). */
size_t bitmap_weight(const u64 *map, size_t bits);
