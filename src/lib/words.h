/* SPDX-License-Identifier: MIT */
/*
 * The shell's line: commands, pipelines, words.
 *
 *	line     = [ command { (";" | "&") command } ] [";" | "&"]
 *	command  = stage { "|" stage }
 *	stage    = word { word }
 *
 * '&' in place of ';' sends its command to the background. Within a word, '…'
 * takes everything as it stands; "…" all but \ and $?; a backslash takes the
 * character behind it as it stands (inside "…" only \" \\ \$). $? is what the
 * caller's function puts there. Nothing is allocated: the words of one command
 * stand in the caller's buffer until the next words_next().
 *
 *	words_init(&w, line, buf, sizeof(buf), NULL, NULL);
 *	while (!(err = words_next(&w, &cmd)))
 *		run(&cmd);
 *	if (err == -EINVAL)
 *		complain(w.error, w.error_at);
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

#define WORDS_MAX 512	   /* words of one command, all stages together */
#define WORDS_STAGES_MAX 4

/* Text for $? into out[0..size), no NUL needed; returns its length. One that
 * does not fit is an error of the line. */
typedef size_t words_expand_fn(void *arg, char *out, size_t size);

struct words_stage {
	unsigned int argc; /* > 0 */
	char **argv;	   /* argc words and a NULL */
};

struct words_command {
	unsigned int nr_stages; /* > 0 */
	struct words_stage stage[WORDS_STAGES_MAX];
	bool background;
	char *word[WORDS_MAX + WORDS_STAGES_MAX]; /* what the argv point into */
};

struct words {
	const char *line;
	size_t at; /* the next character */
	char *buf;
	size_t size, used; /* bytes of buf */
	words_expand_fn *expand;
	void *arg;
	const char *error; /* NULL, or why words_next() said -EINVAL, ... */
	size_t error_at;   /* ... and the character of the line to point at */
};

/* strlen(line) + 1 bytes of buf are enough where nothing is expanded. expand may
 * be NULL: then $? stands for itself. */
void words_init(struct words *w, const char *line, char *buf, size_t size,
		words_expand_fn *expand, void *arg);

/* The next command: 0, -ENOENT at the end of the line, or -EINVAL (and so for
 * every later call). */
int words_next(struct words *w, struct words_command *cmd) __must_check;

/* Whether the whole line can be parsed, before any of it is run: 0 or -EINVAL.
 * w is at the beginning again afterwards, or holds the error. */
int words_check(struct words *w, struct words_command *scratch) __must_check;
