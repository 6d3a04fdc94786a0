/* SPDX-License-Identifier: MIT */
/*
 * The lines that people and boot loaders type: shell, kernel command line,
 * numbers and suggestions. The input is one line, cut at its first NUL.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "lib/cmdline.h"
#include "lib/string.h"
#include "lib/suggest.h"
#include "lib/words.h"

static size_t expand(void *arg, char *out, size_t size)
{
	static const char text[] = "-12";
	size_t len = strlen(text);

	memcpy(out, text, len < size ? len : size);
	return len;
}

/* Returns the error, and how many commands there were before it. */
static int walk(const char *line, char *buf, size_t size, unsigned int *commands)
{
	struct words_command cmd;
	struct words w;
	int err;

	*commands = 0;
	words_init(&w, line, buf, size, expand, NULL);
	while (!(err = words_next(&w, &cmd))) {
		unsigned int words = 0;

		++*commands;
		MUST(w.at <= strlen(line));
		MUST(cmd.nr_stages > 0 && cmd.nr_stages <= WORDS_STAGES_MAX);
		for (unsigned int s = 0; s < cmd.nr_stages; s++) {
			const struct words_stage *st = &cmd.stage[s];

			MUST(st->argc > 0 && !st->argv[st->argc]);
			words += st->argc;
			for (unsigned int i = 0; i < st->argc; i++)
				MUST(inside(st->argv[i],
					    strlen(st->argv[i]) + 1, buf, size));
		}
		MUST(words <= WORDS_MAX);
		MUST(*commands <= strlen(line));
	}
	MUST(err == -ENOENT || err == -EINVAL);
	MUST(!w.error == (err == -ENOENT));
	MUST(!w.error || w.error_at <= strlen(line));
	MUST(words_next(&w, &cmd) == err); /* and so it stays */
	return err;
}

static void try_shell_line(const char *line)
{
	size_t roomy = 2 * strlen(line) + 8, tight = strlen(line) / 2 + 1;
	char *buf = malloc(roomy), *small = malloc(tight);
	struct words_command cmd;
	unsigned int n, m;
	struct words w;
	int err;

	if (!buf || !small)
		abort();
	err = walk(line, buf, roomy, &n);
	words_init(&w, line, buf, roomy, expand, NULL);
	MUST(words_check(&w, &cmd) == (err == -ENOENT ? 0 : err));
	walk(line, small, tight, &m);
	MUST(m <= n);
	free(buf);
	free(small);
}

static void try_cmdline(const char *line)
{
	static const char *const keys[] = { "console", "autorun", "nosmp", "a",
					    "" };
	size_t len = strlen(line);
	char *out = malloc(len + 1);

	if (!out)
		abort();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		int err = cmdline_get(line, keys[i], out, len + 1);
		size_t n;

		/* A value is never longer than the line. */
		MUST(err == 0 || err == -ENOENT);
		MUST(cmdline_has(line, keys[i]) == (err == 0));
		if (err)
			continue;
		n = strlen(out);
		MUST(n <= len && !strchr(out, '"'));
		MUST(cmdline_get(line, keys[i], out, n) == -ENOSPC);
		MUST(cmdline_get(line, keys[i], out, n + 1) == 0);
	}
	free(out);
}

static void try_small_parsers(const char *line)
{
	static const char *const words[] = { "mm", "uptime", "poweroff", NULL };
	const char *s = suggest(line, words, 4);
	unsigned int d = edit_distance(line, "uptime", 40);
	u64 v = 5;

	MUST(!s || s == words[0] || s == words[1] || s == words[2]);
	MUST(d == edit_distance("uptime", line, 40));
	MUST((d == 0) == (strcmp(line, "uptime") == 0));
	if (str_to_u64(line, &v))
		MUST(v == 5);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *line = malloc(size + 1);

	if (!line)
		abort();
	memcpy(line, data, size);
	line[size] = '\0';
	try_shell_line(line);
	try_cmdline(line);
	try_small_parsers(line);
	free(line);
	return 0;
}
