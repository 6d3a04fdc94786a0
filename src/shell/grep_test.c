/* SPDX-License-Identifier: MIT */
#include "kernel/test.h"
#include "shell/capture.h"
#include "shell/grep.h"

#define SIZE 64

static struct capture out;
static struct grep g;
static char buf[SIZE];

static void begin(void)
{
	capture_reset(&out);
	grep_init(&g, &out.sink, buf, sizeof(buf));
}

static void write(const char *s)
{
	g.sink.write(&g.sink, s, strlen(s));
}

static void write_x(u32 n)
{
	while (n--)
		write("x");
}

/* Seen failing with the last line dropped when it has no newline. */
TEST(grep, lines)
{
	begin();
	grep_add(&g, "Mm", false, false);
	write("an mm\nnot\nan M");
	write("m\nMm");
	grep_end(&g);
	EXPECT_EQ(g.matches, 2);
	EXPECT(captured(&out, "an Mm\nMm\n"));

	begin();
	grep_add(&g, "mm", true, true);
	write("an MM\nnot\n\n");
	grep_end(&g);
	EXPECT(captured(&out, "not\n\n"));
}

/* Seen failing with judge() that looks at the first condition only. */
TEST(grep, every_condition)
{
	begin();
	grep_add(&g, "a", false, false);
	grep_add(&g, "b", true, false);
	grep_add(&g, "C", false, true);
	write("ac\nabc\na\nc\nCa\n");
	grep_end(&g);
	EXPECT_EQ(g.matches, 2);
	EXPECT(captured(&out, "ac\nCa\n"));
}

/* The last word of a line that fills the buffer, to the byte. Seen failing with
 * `g->len + 1 == g->size` in grep_write(). */
TEST(grep, whole_line)
{
	begin();
	grep_add(&g, "end", false, false);
	write_x(SIZE - 3);
	write("end\nx\n");
	grep_end(&g);
	EXPECT_EQ(g.matches, 1);
	EXPECT_EQ(out.len, SIZE + 1);
}

/* Found early enough, the rest may be of any length. Seen failing with a long
 * line judged again at each full buffer. */
TEST(grep, long_line)
{
	begin();
	grep_add(&g, "!", false, false);
	write("x!");
	write_x(5 * SIZE);
	write("\nx\n!");
	grep_end(&g);
	EXPECT_EQ(out.len, 2 + 5 * SIZE + 1 + 2);
	EXPECT_EQ(g.matches, 2);
	EXPECT_EQ(g.too_long, 0);

	begin();
	grep_add(&g, "!", true, false);
	write("x!");
	write_x(5 * SIZE);
	write("\nx\n");
	grep_end(&g);
	EXPECT(captured(&out, "x\n"));
	EXPECT_EQ(g.too_long, 0);
}

/* Not found, and more to come than can wait: nobody knows, and that is said.
 * Seen failing with UNKNOWN taken for DROP. */
TEST(grep, too_long)
{
	for (u32 invert = 0; invert < 2; invert++) {
		begin();
		grep_add(&g, "!", invert, false);
		write_x(SIZE + 1);
		write("!\n!\nx\n");
		grep_end(&g);
		EXPECT_EQ(g.too_long, 1);
		EXPECT_EQ(g.matches, 1);
		EXPECT(captured(&out, invert ? "x\n" : "!\n"));
	}
}
