/* SPDX-License-Identifier: MIT */
/*
 * On the target these test our own functions, on the host (where lib/string.h
 * is the C library's) only the two of our own; tests/host/string_own_test.c
 * runs them on the rest there.
 */
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/string.h"

#define SIZE 200

static u8 buf[SIZE + 64], want[SIZE + 64];

static void fill(void)
{
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = want[i] = (u8)(i * 7 + 1);
}

static bool as_wanted(void)
{
	for (size_t i = 0; i < sizeof(buf); i++) {
		if (buf[i] != want[i])
			return false;
	}
	return true;
}

/*
 * A volatile byte at a time: the compilers cannot make a call of it, and so the
 * function is not tested against itself.
 */
static void move_slowly(u8 *dst, const u8 *src, size_t n)
{
	volatile u8 *d = dst;
	const volatile u8 *s = src;

	if (dst < src) {
		for (size_t i = 0; i < n; i++)
			d[i] = s[i];
	} else {
		while (n--)
			d[n] = s[n];
	}
}

/* Seen failing with memmove() always copying upwards, and with the step for
 * each single bit of the length left out. */
TEST(string, moves_overlapping_bytes)
{
	for (size_t n = 0; n <= 135; n++) {
		for (size_t to = 0; to < 40; to += 3) {
			fill();
			memmove(buf + to, buf + 20, n);
			move_slowly(want + to, want + 20, n);
			EXPECT(as_wanted());
		}
	}
}

/* Seen failing with a block of 63 bytes. */
TEST(string, copies_any_length_at_any_alignment)
{
	static u8 from[SIZE];

	for (size_t i = 0; i < SIZE; i++)
		from[i] = (u8)(i ^ 0x5a);
	for (size_t n = 0; n <= 135; n++) {
		for (size_t skew = 0; skew < 16; skew += 3) {
			fill();
			memcpy(buf + skew, from + (n & 7), n);
			move_slowly(want + skew, from + (n & 7), n);
			EXPECT(as_wanted());
		}
	}
}

/* Seen failing with the value not cut to a byte, and with n & 2 ignored. */
TEST(string, sets_any_length_at_any_alignment)
{
	for (size_t n = 0; n <= 135; n++) {
		for (size_t skew = 0; skew < 16; skew++) {
			fill();
			memset(buf + skew, 0x1a5, n);
			for (size_t i = 0; i < n; i++)
				*(volatile u8 *)&want[skew + i] = 0xa5;
			EXPECT(as_wanted());
		}
	}
}

/* Seen failing with the comparison of signed characters. */
TEST(string, compares)
{
	EXPECT_EQ(memcmp("abcdefghi", "abcdefghi", 9), 0);
	EXPECT(memcmp("abcdefghi", "abcdefghj", 9) < 0);
	EXPECT(memcmp("abcdefgh\x80", "abcdefgh\x7f", 9) > 0);
	EXPECT(memcmp("b\xff", "a\xff\xff\xff\xff\xff\xff\xff", 2) > 0);
	EXPECT_EQ(memcmp("x", "y", 0), 0);
	EXPECT(strcmp("a", "ab") < 0);
	EXPECT(strcmp("\x80", "\x7f") > 0);
	EXPECT_EQ(strncmp("abc", "abd", 2), 0);
	EXPECT(strncmp("abc", "abd", 3) < 0);
	EXPECT_EQ(strncmp("ab", "ab", 9), 0);
}

/* Seen failing with strnlen() not stopping at max, strchr() not finding the
 * NUL, and strrchr() returning the first. */
TEST(string, searches)
{
	static const char s[] = "one two one";

	EXPECT_EQ(strlen(""), 0);
	EXPECT_EQ(strlen(s), 11);
	EXPECT_EQ(strnlen(s, 4), 4);
	EXPECT_EQ(strnlen(s, sizeof(s)), 11);
	EXPECT(strchr(s, 'n') == s + 1);
	EXPECT(strchr(s, '\0') == s + 11);
	EXPECT(!strchr(s, 'x'));
	EXPECT(strrchr(s, 'n') == s + 9);
	EXPECT(strrchr(s, '\0') == s + 11);
	EXPECT(!strrchr(s, 'x'));
	EXPECT(strstr(s, "one") == s);
	EXPECT(strstr(s, "e o") == NULL);
	EXPECT(strstr(s, " one") == s + 7);
	EXPECT(strstr(s, "") == s);
	EXPECT(memchr(s, 't', 11) == s + 4);
	EXPECT(!memchr(s, 't', 4));
}

/* Seen failing with size bytes copied instead of size - 1. */
TEST(string, str_copy_cuts_and_terminates)
{
	char small[4] = "???";

	EXPECT_EQ(str_copy(small, "abc", sizeof(small)), 3);
	EXPECT_EQ(strcmp(small, "abc"), 0);
	EXPECT_EQ(str_copy(small, "defgh", sizeof(small)), 5);
	EXPECT_EQ(strcmp(small, "def"), 0);
	EXPECT_EQ(str_copy(small, "x", 1), 1);
	EXPECT_EQ(small[0], '\0');
}

/* Seen failing with the overflow of the addition not noticed (only that of the
 * multiplication), and with "0x" taken as 0. */
TEST(string, str_to_u64_takes_numbers_and_nothing_else)
{
	u64 v = 7;

	EXPECT_EQ(str_to_u64("0", &v), 0);
	EXPECT_EQ(v, 0);
	EXPECT_EQ(str_to_u64("18446744073709551615", &v), 0);
	EXPECT_EQ(v, ~0ULL);
	EXPECT_EQ(str_to_u64("0xdeadBEEF", &v), 0);
	EXPECT_EQ(v, 0xdeadbeef);
	EXPECT_EQ(str_to_u64("010", &v), 0);
	EXPECT_EQ(v, 10);

	v = 7;
	EXPECT_EQ(str_to_u64("18446744073709551616", &v), -ERANGE);
	EXPECT_EQ(str_to_u64("0x10000000000000000", &v), -ERANGE);
	EXPECT_EQ(str_to_u64("99999999999999999999999x", &v), -EINVAL);
	EXPECT_EQ(str_to_u64("", &v), -EINVAL);
	EXPECT_EQ(str_to_u64("0x", &v), -EINVAL);
	EXPECT_EQ(str_to_u64("12a", &v), -EINVAL);
	EXPECT_EQ(str_to_u64("0xg", &v), -EINVAL);
	EXPECT_EQ(str_to_u64("-1", &v), -EINVAL);
	EXPECT_EQ(str_to_u64(" 1", &v), -EINVAL);
	EXPECT_EQ(v, 7);
}
