/* SPDX-License-Identifier: MIT */
#include "kernel/test.h"
#include "lib/random.h"
#include "lib/string.h"
#include "lib/vt.h"

static struct vt v;

static bool row_is(u32 row, const char *want)
{
	for (u32 col = 0; col < v.cols; col++) {
		u8 c = *want ? (u8)*want++ : ' ';

		if (v.cell[row][col].c != c)
			return false;
	}
	return !*want;
}

static void say(const char *s)
{
	vt_write(&v, s, strlen(s));
}

/* Seen failing with the row begun at once behind the last column. */
TEST(vt, wraps_and_scrolls)
{
	vt_init(&v, 3, 4);
	say("abcd\r\nefghi\nj");
	EXPECT(row_is(0, "efgh"));
	EXPECT(row_is(1, "i"));
	EXPECT(row_is(2, "j"));
	say("\n\t.\b!");
	EXPECT(row_is(1, "j"));
	EXPECT(row_is(2, "   !"));
}

/* Seen failing with rows and columns counted from 0. */
TEST(vt, moves_and_erases)
{
	vt_init(&v, 3, 8);
	say("one\ntwo\nthree\033[2;2HW\033[K\033[1;1H\033[2C\033[31;1mE\033[0m");
	EXPECT(row_is(0, "onE"));
	EXPECT_EQ(v.cell[0][2].style, 1 | VT_BOLD);
	EXPECT(row_is(1, "tW"));
	say("\0337\033[999;999H\0338x\033[2J\033[?25l\033[Hz\xc3\xa4");
	EXPECT(row_is(0, "z\177"));
	EXPECT(row_is(1, "") && row_is(2, ""));
}

/* Whatever comes, the cursor stays inside. Seen failing without move()'s MIN. */
TEST(vt, stays_inside)
{
	static const char bytes[] = "\033[[;0A9BCDHJKm78\b\t\n\rx\xff";
	u32 seed = 1;

	vt_init(&v, 5, 7);
	for (u32 i = 0; i < 100000; i++) {
		vt_write(&v, &bytes[random_below(&seed, sizeof(bytes) - 1)], 1);
		EXPECT(v.row < v.rows && v.col <= v.cols);
	}
}
