/* SPDX-License-Identifier: MIT */
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/format.h"
#include "lib/string.h"
#include "lib/words.h"

static char buf[2 * WORDS_MAX], shown[512];
static struct words w;
static struct words_command cmd;
static int last_result;

static size_t expand(void *arg, char *out, size_t size)
{
	char text[12];
	size_t len = (size_t)fmt_snprintf(text, sizeof(text), "%d", *(int *)arg);

	memcpy(out, text, MIN(len, size));
	return len;
}

/* The whole line as "[word][word]|[word]; &", or "error at position". */
static const char *parsed(const char *line)
{
	size_t n = 0;
	int err;

	words_init(&w, line, buf, sizeof(buf), expand, &last_result);
	shown[0] = '\0';
	while (!(err = words_next(&w, &cmd))) {
		for (unsigned int s = 0; s < cmd.nr_stages; s++) {
			const struct words_stage *st = &cmd.stage[s];

			if (s > 0)
				shown[n++] = '|';
			for (unsigned int i = 0; i < st->argc; i++)
				n += (size_t)fmt_scnprintf(
					shown + n, sizeof(shown) - n, "[%s]",
					st->argv[i]);
			if (st->argc == 0 || st->argv[st->argc])
				return "argv without its end";
		}
		shown[n++] = cmd.background ? '&' : ';';
		shown[n] = '\0';
	}
	if (err == -EINVAL)
		fmt_snprintf(shown, sizeof(shown), "%s at %zu", w.error,
			     w.error_at);
	return shown;
}

static bool gives(const char *line, const char *want)
{
	return strcmp(parsed(line), want) == 0;
}

/* Seen failing with '&' not ending a command, with the last ';' taken for an
 * empty command, and with stages sharing one NULL. */
TEST(words, commands_and_stages)
{
	EXPECT(gives("", ""));
	EXPECT(gives(" \t ", ""));
	EXPECT(gives("ps", "[ps];"));
	EXPECT(gives("  mm  show 3 ", "[mm][show][3];"));
	EXPECT(gives("a;b ; c;", "[a];[b];[c];"));
	EXPECT(gives("run spin& ps &", "[run][spin]&[ps]&"));
	EXPECT(gives("ps|grep -v x | grep y;a", "[ps]|[grep][-v][x]|[grep][y];[a];"));
}

/* Seen failing with backslashes working inside '…', with "" making no word, and
 * with \n inside "…" losing its backslash. */
TEST(words, quotes)
{
	EXPECT(gives("a 'b c' \"d;e\" f\\ g", "[a][b c][d;e][f g];"));
	EXPECT(gives("x'y'\"z\"\\w", "[xyzw];"));
	EXPECT(gives("'a\\' \"b\\\"c\\\\d\\n\"", "[a\\][b\"c\\d\\n];"));
	EXPECT(gives("a '' \"\"", "[a][][];"));
	EXPECT(gives("a\\;b\\|c\\&d", "[a;b|c&d];"));
	EXPECT(gives("\"'\" '\"'", "['][\"];"));
}

/* Seen failing with $? expanded inside '…'. */
TEST(words, last_result)
{
	last_result = -22;
	EXPECT(gives("echo $? x$?y \"$?\" '$?' \\$? $ $x",
		     "[echo][-22][x-22y][-22][$?][$?][$][$x];"));
	words_init(&w, "$?", buf, sizeof(buf), NULL, NULL);
	EXPECT_EQ(words_next(&w, &cmd), 0);
	EXPECT_EQ(strcmp(cmd.stage[0].argv[0], "$?"), 0);
}

/* Seen failing with the position of the end given for an open quote, and with
 * an empty stage let through. */
TEST(words, mistakes_and_where)
{
	EXPECT(gives("a 'b c", "unterminated quote at 2"));
	EXPECT(gives("a; b \"c'", "unterminated quote at 5"));
	EXPECT(gives("a b\\", "nothing behind the backslash at 3"));
	EXPECT(gives(";", "empty command at 0"));
	EXPECT(gives("a;; b", "empty command at 2"));
	EXPECT(gives("a & & b", "empty command at 4"));
	EXPECT(gives("a | | b", "empty command at 4"));
	EXPECT(gives("a |", "empty command at 3"));
	EXPECT(gives("a|b|c|d", "[a]|[b]|[c]|[d];"));
	EXPECT(gives("a|b|c|d|e", "too many stages at 7"));
	/* And it stays wrong. */
	EXPECT_EQ(words_next(&w, &cmd), -EINVAL);
}

/* Seen failing with WORDS_MAX + 1 let through (ASan), and with put() not
 * looking at the size. */
TEST(words, limits)
{
	static char line[2 * WORDS_MAX + 3];
	char small[5];
	size_t n = 0;

	for (int i = 0; i < WORDS_MAX; i++) {
		line[n++] = 'x';
		line[n++] = ' ';
	}
	line[n] = '\0';
	words_init(&w, line, buf, sizeof(buf), NULL, NULL);
	EXPECT_EQ(words_next(&w, &cmd), 0);
	EXPECT_EQ(cmd.stage[0].argc, WORDS_MAX);
	line[n++] = 'y';
	line[n] = '\0';
	EXPECT(gives(line, "too many words at 1024"));

	words_init(&w, "abcd", small, sizeof(small), expand, &last_result);
	EXPECT_EQ(words_next(&w, &cmd), 0);
	words_init(&w, "ab cd", small, sizeof(small), expand, &last_result);
	EXPECT_EQ(words_next(&w, &cmd), -EINVAL);
	EXPECT_EQ(strcmp(w.error, "line too long"), 0);
	/* Each command has the whole buffer. */
	words_init(&w, "abcd;efgh", small, sizeof(small), NULL, NULL);
	EXPECT_EQ(words_next(&w, &cmd), 0);
	EXPECT_EQ(words_next(&w, &cmd), 0);
	last_result = 123456;
	words_init(&w, "$?", small, sizeof(small), expand, &last_result);
	EXPECT_EQ(words_next(&w, &cmd), -EINVAL);
}

/* Seen failing with w->at not put back. */
TEST(words, check_looks_at_the_whole_line)
{
	words_init(&w, "a; b", buf, sizeof(buf), NULL, NULL);
	EXPECT_EQ(words_check(&w, &cmd), 0);
	EXPECT_EQ(words_next(&w, &cmd), 0);
	EXPECT_EQ(strcmp(cmd.stage[0].argv[0], "a"), 0);
	words_init(&w, "a; b'", buf, sizeof(buf), NULL, NULL);
	EXPECT_EQ(words_check(&w, &cmd), -EINVAL);
	EXPECT_EQ(w.error_at, 4);
}
