/* SPDX-License-Identifier: MIT */
#include "kernel/test.h"
#include "lib/string.h"
#include "lib/suggest.h"

/* Seen failing without the swap of neighbours, and with each of the other three
 * steps left out. */
TEST(suggest, distance)
{
	EXPECT_EQ(edit_distance("", "", 9), 0);
	EXPECT_EQ(edit_distance("abc", "", 9), 3);
	EXPECT_EQ(edit_distance("", "abc", 9), 3);
	EXPECT_EQ(edit_distance("zombies", "zombeis", 9), 1);
	EXPECT_EQ(edit_distance("kitten", "sitting", 9), 3);
	EXPECT_EQ(edit_distance("ca", "abc", 9), 3); /* no character twice */
	EXPECT_EQ(edit_distance("uptime", "optima", 9), 2);
	EXPECT_EQ(edit_distance("abcd", "badc", 9), 2);
}

/* Seen failing with rows given up as soon as one reaches the limit. */
TEST(suggest, distance_stops_at_the_limit)
{
	static const char *const words[] = { "",    "ab",   "ba",      "abcdef",
					     "bac", "abdc", "qwertyu", "fedcba" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(words); j++) {
			unsigned int d = edit_distance(words[i], words[j], 99);

			EXPECT_LE(d, 7);
			EXPECT_EQ(d, edit_distance(words[j], words[i], 99));
			for (unsigned int limit = 0; limit < 8; limit++)
				EXPECT_EQ(edit_distance(words[i], words[j],
							limit),
					  MIN(d, limit + 1));
		}
	}
}

/* Seen failing with SUGGEST_LEN_MAX + 1 let through (ASan). */
TEST(suggest, distance_refuses_long_words)
{
	static const char just[] = "0123456789012345678901234567890";
	static const char over[] = "01234567890123456789012345678901";

	EXPECT_EQ(strlen(just), SUGGEST_LEN_MAX);
	EXPECT_EQ(edit_distance(just, just, 3), 0);
	EXPECT_EQ(edit_distance(over, over, 3), 4);
	EXPECT_EQ(edit_distance(just, over, 3), 4);
}

/* Seen failing with the last of equals taken, with NULLs followed, and with the
 * limit not scaled to what was typed. */
TEST(suggest, nearest_word)
{
	static const char *const words[] = { "mm",   NULL,      "uptime",
					     "free", "tree",    "version",
					     "slab", "poweroff" };
	const size_t n = ARRAY_SIZE(words);

	EXPECT(suggest("uptmie", words, n) == words[2]);
	EXPECT(suggest("rree", words, n) == words[3]);
	EXPECT(suggest("tree", words, n) == words[4]);
	EXPECT(suggest("vresoin", words, n) == words[5]);
	EXPECT(suggest("pwerof", words, n) == words[7]);
	EXPECT(!suggest("slot", words, n));
	EXPECT(!suggest("x", words, n));
	EXPECT(!suggest("", words, n));
	EXPECT(!suggest("uptime", words, 0));
	EXPECT(!suggest("01234567890123456789012345678901", words, n));
}
