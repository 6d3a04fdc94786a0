/* SPDX-License-Identifier: MIT */
#include "kernel/test.h"
#include "shell/keys.h"

/* Feed bytes; return the only key that they make, KEY_NONE if none, -2 if more. */
static int only_key(const char *bytes, size_t n)
{
	struct keys k = { 0 };
	int found = KEY_NONE;

	while (n--) {
		int key = keys_feed(&k, (u8)*bytes++);

		if (key != KEY_NONE && found != KEY_NONE)
			return -2;
		if (key != KEY_NONE)
			found = key;
	}
	return found;
}
#define ONLY(s) only_key(s, sizeof(s) - 1)

/* Seen failing without the rxvt spellings (7 and 8) in csi_tilde(). */
TEST(keys, spellings)
{
	EXPECT_EQ(ONLY("\033[A"), KEY_UP);
	EXPECT_EQ(ONLY("\033OB"), KEY_DOWN);
	EXPECT_EQ(ONLY("\033[1;5C"), KEY_WORD_RIGHT);
	EXPECT_EQ(ONLY("\033Od"), KEY_WORD_LEFT);
	EXPECT_EQ(ONLY("\033[H"), KEY_HOME);
	EXPECT_EQ(ONLY("\033[1~"), KEY_HOME);
	EXPECT_EQ(ONLY("\033[7~"), KEY_HOME);
	EXPECT_EQ(ONLY("\033OF"), KEY_END);
	EXPECT_EQ(ONLY("\033[8~"), KEY_END);
	EXPECT_EQ(ONLY("\033[3~"), KEY_DELETE);
	EXPECT_EQ(ONLY("\033b"), KEY_ALT + 'b');
	EXPECT_EQ(ONLY("\033\x7f"), KEY_ALT + 127);
	EXPECT_EQ(ONLY("\033[200~"), KEY_PASTE_BEGIN);
	EXPECT_EQ(ONLY("\033[24;80R"), KEY_REPORT);
}

/* Seen failing with csi_byte() that takes any byte for the final one. */
TEST(keys, swallowed_whole)
{
	EXPECT_EQ(ONLY("\033[[A"), KEY_NONE);	 /* F1 of the Linux console */
	EXPECT_EQ(ONLY("\033[15;2~"), KEY_NONE); /* F5 */
	EXPECT_EQ(ONLY("\033[M abc"), 'c');		 /* a mouse, then a letter */
	EXPECT_EQ(ONLY("\033[?1;2c"), KEY_NONE); /* "what are you" */
	EXPECT_EQ(ONLY("\033[1;2;3;4;5;6;7~"), KEY_HOME);
	EXPECT_EQ(ONLY("\033[?2026;2$y"), KEY_NONE); /* "do you have" */
	EXPECT_EQ(ONLY("\033[99999999999999~"), KEY_NONE);
	EXPECT_EQ(ONLY("\033]0;title\007"), KEY_NONE);
	EXPECT_EQ(ONLY("\033P1$r\033\\"), KEY_NONE);
	EXPECT_EQ(ONLY("\0\0"), KEY_NONE);
}

static u32 enters(const char *bytes)
{
	struct keys k = { 0 };
	u32 n = 0;

	while (*bytes)
		n += keys_feed(&k, (u8)*bytes++) == KEY_ENTER;
	return n;
}

/* Seen failing with after_cr left set by other bytes. */
TEST(keys, line_ends_once)
{
	EXPECT_EQ(ONLY("\r"), KEY_ENTER);
	EXPECT_EQ(ONLY("\n"), KEY_ENTER);
	EXPECT_EQ(ONLY("\r\n"), KEY_ENTER);
	EXPECT_EQ(enters("\r\n\n"), 2);
	EXPECT_EQ(enters("\r\r"), 2);
	EXPECT_EQ(enters("\n\n"), 2);
	EXPECT_EQ(enters("\rx\n"), 2);
}

/* Seen failing with control characters taken as part of a sequence. */
TEST(keys, control_breaks_sequence)
{
	EXPECT_EQ(ONLY("\033\003"), 3);
	EXPECT_EQ(ONLY("\033[12\003"), 3);
	EXPECT_EQ(ONLY("\033]never ended\003"), 3);
	EXPECT_EQ(ONLY("\033\033[A"), KEY_UP);
}
