/* SPDX-License-Identifier: MIT */
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/cmdline.h"
#include "lib/string.h"

static const char line[] =
	" console=ttyAMA0  nosmp autorun=\"mm cpus; ps\" log=1\tlog=2 "
	"\"quoted=a b\" empty= x=a=b =v \"\" open=\"to the end ";
static char out[32];

static bool is(const char *key, const char *value)
{
	return cmdline_get(line, key, out, sizeof(out)) == 0 &&
	       strcmp(out, value) == 0;
}

/* Seen failing with quotes copied, with the first of two values taken, with
 * the value begun behind the last '=', and with quotes only at the value. */
TEST(cmdline, finds_values)
{
	EXPECT(is("console", "ttyAMA0"));
	EXPECT(is("autorun", "mm cpus; ps"));
	EXPECT(is("log", "2"));
	EXPECT(is("quoted", "a b"));
	EXPECT(is("empty", ""));
	EXPECT(is("nosmp", ""));
	EXPECT(is("x", "a=b"));
	EXPECT(is("open", "to the end "));
}

/* Seen failing with a prefix of the key taken for it, with a word inside
 * quotes taken for a flag, and with an empty key found. */
TEST(cmdline, finds_no_others)
{
	static const char *const absent[] = { "consol", "consoles", "cpus;",
					      "ps", "a", "b", "1", "", "=" };

	for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
		EXPECT(!cmdline_has(line, absent[i]));
		EXPECT_EQ(cmdline_get(line, absent[i], out, sizeof(out)),
			  -ENOENT);
	}
	EXPECT(!cmdline_has("", "a"));
	EXPECT(!cmdline_has("   ", "a"));
	EXPECT(!cmdline_has("\"", "a"));
	EXPECT(cmdline_has("a", "a"));
}

/* Seen failing with `len > size`: the NUL went behind the buffer. */
TEST(cmdline, refuses_what_does_not_fit)
{
	char small[8] = "xxxxxxx";

	EXPECT_EQ(cmdline_get(line, "console", small, 7), -ENOSPC);
	EXPECT_EQ(strcmp(small, "xxxxxxx"), 0);
	EXPECT_EQ(cmdline_get(line, "console", small, 8), 0);
	EXPECT_EQ(strcmp(small, "ttyAMA0"), 0);
	EXPECT_EQ(cmdline_get(line, "nosmp", small, 0), -ENOSPC);
}
