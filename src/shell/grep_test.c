/* SPDX-License-Identifier: MIT */
#include "kernel/test.h"
#include "shell/capture.h"
#include "shell/grep.h"

static struct capture out;
static struct grep g;

static void write(const char *s)
{
	g.sink.write(&g.sink, s, strlen(s));
}

/* Seen failing with the last line dropped when it has no newline. */
TEST(grep, lines)
{
	capture_reset(&out);
	grep_init(&g, &out.sink, "Mm");
	write("an mm\nnot\nan M");
	write("m\nMm");
	grep_end(&g);
	EXPECT_EQ(g.matches, 2);
	EXPECT(captured(&out, "an Mm\nMm\n"));

	grep_init(&g, &out.sink, "mm");
	g.ignore_case = g.invert = true;
	write("an MM\nnot\n\n");
	grep_end(&g);
	EXPECT(captured(&out, "not\n\n"));
}

/* Seen failing with a long line judged again at each full buffer. */
TEST(grep, long_line)
{
	static char text[3 * GREP_LINE];

	memset(text, 'x', sizeof(text) - 1);
	text[1] = '!';
	capture_reset(&out);
	grep_init(&g, &out.sink, "!");
	write(text);
	write("\nx\n");
	grep_end(&g);
	EXPECT_EQ(out.len, sizeof(text));
	EXPECT_EQ(g.matches, 1);
}
