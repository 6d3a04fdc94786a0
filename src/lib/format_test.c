/* SPDX-License-Identifier: MIT */
/*
 * What the kernel relies on. Thousands of generated formats are held beside the
 * C library's in tests/host/format_compare_test.c.
 */
#include "kernel/test.h"
#include "lib/format.h"
#include "lib/string.h"

/* Formats that the compiler is not to see: it would refuse what they are about. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static const char *volatile hidden;

static char buf[64];

/* Seen failing with the padding on the wrong side, without the reset of
 * zero-padding by a precision, and with the sign of INT64_MIN lost. */
TEST(format, numbers)
{
	fmt_snprintf(buf, sizeof(buf), "%d|%5d|%-5d|%05d|%+d", -1, 42, 42, 42, 42);
	EXPECT_EQ(strcmp(buf, "-1|   42|42   |00042|+42"), 0);
	fmt_snprintf(buf, sizeof(buf), "%x %#X %#o %u", 255U, 255U, 8U, ~0U);
	EXPECT_EQ(strcmp(buf, "ff 0XFF 010 4294967295"), 0);
	fmt_snprintf(buf, sizeof(buf), "%ld %lx", INT64_MIN, ~0UL);
	EXPECT_EQ(strcmp(buf, "-9223372036854775808 ffffffffffffffff"), 0);
	fmt_snprintf(buf, sizeof(buf), "%8.3d|%-8.3d|%.0d|%*.*d", 7, 7, 0, 5, 2, 3);
	EXPECT_EQ(strcmp(buf, "     007|007     ||   03"), 0);
	hidden = "%08.3d %hhd %hd";
	fmt_snprintf(buf, sizeof(buf), hidden, 7, 0x180, 0x18000);
	EXPECT_EQ(strcmp(buf, "     007 -128 -32768"), 0);
}

/* Seen failing with the precision of %s ignored and with NULL dereferenced. */
TEST(format, text_and_pointers)
{
	char open[3] = { 'a', 'b', 'c' }; /* no NUL */

	fmt_snprintf(buf, sizeof(buf), "%s|%5s|%-5s|%.2s|%c%%", "x", "ab", "ab",
		     "abcd", 'z');
	EXPECT_EQ(strcmp(buf, "x|   ab|ab   |ab|z%"), 0);
	fmt_snprintf(buf, sizeof(buf), "%.3s|%.*s", open, 2, open);
	EXPECT_EQ(strcmp(buf, "abc|ab"), 0);
	fmt_snprintf(buf, sizeof(buf), "%p %p", (void *)0xffff0000UL, NULL);
	EXPECT_EQ(strcmp(buf, "0xffff0000 0x0"), 0);
	hidden = "%s";
	fmt_snprintf(buf, sizeof(buf), hidden, NULL);
	EXPECT_EQ(strcmp(buf, "(null)"), 0);
}

/* Seen failing with the terminating NUL put at size instead of size - 1, and
 * with the length of what fits returned. */
TEST(format, stays_in_the_buffer)
{
	char small[8] = "???????";

	EXPECT_EQ(fmt_snprintf(small, 4, "abcdef"), 6);
	EXPECT_EQ(strcmp(small, "abc"), 0);
	EXPECT_EQ(small[4], '?');
	EXPECT_EQ(fmt_snprintf(small, 4, "%10d", 5), 10);
	EXPECT_EQ(strcmp(small, "   "), 0);
	EXPECT_EQ(small[4], '?');
	EXPECT_EQ(fmt_snprintf(NULL, 0, "%s", "four"), 4);
	EXPECT_EQ(fmt_snprintf(small, 1, "x"), 1);
	EXPECT_EQ(small[0], '\0');
	EXPECT_EQ(fmt_scnprintf(small, 4, "abcdef"), 3);
	EXPECT_EQ(fmt_scnprintf(small, 4, "ab"), 2);
	EXPECT_EQ(fmt_scnprintf(small, 0, "ab"), 0);
}

/* Seen failing with the padding written one character at a time beyond the
 * buffer (the test took seconds), with the width not capped (UBSan), and with a
 * negative width kept as it is. */
TEST(format, survives_hostile_formats)
{
	hidden = "%9999999999999999999999999d";
	EXPECT_EQ(fmt_snprintf(buf, sizeof(buf), hidden, 1), INT32_MAX);
	EXPECT_EQ(strlen(buf), sizeof(buf) - 1);
	hidden = "%.2147483647d%.2147483647d";
	EXPECT_EQ(fmt_snprintf(buf, sizeof(buf), hidden, 1, 1), INT32_MAX);
	hidden = "%*d|";
	EXPECT_EQ(fmt_snprintf(buf, sizeof(buf), hidden, INT32_MIN, 1), INT32_MAX);
	EXPECT_EQ(buf[0], '1');

	EXPECT_EQ(fmt_snprintf(buf, sizeof(buf), hidden, -4, 1), 5);
	EXPECT_EQ(strcmp(buf, "1   |"), 0);

	hidden = "%y %-5k %l %";
	EXPECT_EQ(fmt_snprintf(buf, sizeof(buf), hidden, 0), 12);
	EXPECT_EQ(strcmp(buf, hidden), 0);
}
