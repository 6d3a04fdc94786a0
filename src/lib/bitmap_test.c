/* SPDX-License-Identifier: MIT */
#include "kernel/test.h"
#include "lib/bitmap.h"

/* Seen failing with the search in the first word begun at bit 0, whatever
 * `from` says. */
TEST(bitmap, finds_the_first_zero_from_there)
{
	u64 map[BITMAP_WORDS(200)] = { ~0ULL, ~0ULL, ~0ULL, ~0ULL };

	bitmap_clear(map, 3);
	bitmap_clear(map, 64);
	bitmap_clear(map, 199);
	EXPECT_EQ(bitmap_find_zero(map, 200, 0), 3);
	EXPECT_EQ(bitmap_find_zero(map, 200, 3), 3);
	EXPECT_EQ(bitmap_find_zero(map, 200, 4), 64);
	EXPECT_EQ(bitmap_find_zero(map, 200, 65), 199);
	bitmap_set(map, 199);
	EXPECT_EQ(bitmap_find_zero(map, 200, 65), 200);
}

/* Seen failing without the MIN() at the end of bitmap_find_zero(): the bits
 * behind the map were found. */
TEST(bitmap, ignores_the_bits_behind_the_last)
{
	u64 map[2] = { ~0ULL, 0x3f };

	EXPECT_EQ(bitmap_find_zero(map, 68, 0), 68);
	EXPECT_EQ(bitmap_find_zero(map, 70, 0), 70);
	EXPECT_EQ(bitmap_find_zero(map, 71, 0), 70);
	EXPECT_EQ(bitmap_find_zero(map, 64, 0), 64);
	EXPECT_EQ(bitmap_find_zero(map, 70, 1000), 70);
	EXPECT_EQ(bitmap_find_zero(map, 0, 0), 0);
}

/* Seen failing with the last word not masked. */
TEST(bitmap, counts_the_bits)
{
	u64 map[3] = { 0x8000000000000001ULL, ~0ULL, 0xff };

	EXPECT_EQ(bitmap_weight(map, 0), 0);
	EXPECT_EQ(bitmap_weight(map, 63), 1);
	EXPECT_EQ(bitmap_weight(map, 64), 2);
	EXPECT_EQ(bitmap_weight(map, 128), 66);
	EXPECT_EQ(bitmap_weight(map, 132), 70);
	EXPECT_EQ(bitmap_weight(map, 192), 74);
}
