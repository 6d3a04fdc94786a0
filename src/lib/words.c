/* SPDX-License-Identifier: MIT */
/*
 * Parser of the shell's line, one pass, one character at a time.
 *
 * It goes command by command rather than over the whole line at once, because
 * $? in the second command is the result of the first. words_check() is the dry
 * run that keeps the first from being started when the second has a mistake.
 */
#include "lib/words.h"

#include "kernel/errno.h"
#include "lib/string.h"

static int fail(struct words *w, size_t at, const char *why)
{
	w->error = why;
	w->error_at = at;
	return -EINVAL;
}

static int put(struct words *w, char c)
{
	if (w->used == w->size)
		return fail(w, w->at, "line too long");
	w->buf[w->used++] = c;
	return 0;
}

static int put_expansion(struct words *w)
{
	size_t left = w->size - w->used;
	size_t len = w->expand(w->arg, w->buf + w->used, left);

	if (len > left)
		return fail(w, w->at, "line too long");
	w->used += len;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool ends_word(char c)
{
	return is_blank(c) || c == ';' || c == '&' || c == '|';
}

static void skip_blanks(struct words *w)
{
	while (is_blank(w->line[w->at]))
		w->at++;
}

/* The word at w->at into the buffer; w->at is behind it afterwards. */
static int parse_word(struct words *w)
{
	char quote = '\0', c;
	size_t opened = 0;
	int err = 0;

	for (; (c = w->line[w->at]) != '\0'; w->at++) {
		char next = w->line[w->at + 1];

		if (!quote && ends_word(c))
			break;
		if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? '\0' : c;
			opened = w->at;
		} else if (quote == '\'') {
			err = put(w, c);
		} else if (c == '\\' && next == '\0') {
			err = fail(w, w->at, "nothing behind the backslash");
		} else if (c == '\\' && (!quote || strchr("\"\\$", next))) {
			w->at++;
			err = put(w, next);
		} else if (c == '$' && next == '?' && w->expand) {
			err = put_expansion(w);
			w->at++;
		} else {
			err = put(w, c);
		}
		if (err)
			return err;
	}
	if (quote)
		return fail(w, opened, "unterminated quote");
	return put(w, '\0');
}

void words_init(struct words *w, const char *line, char *buf, size_t size,
		words_expand_fn *expand, void *arg)
{
	*w = (struct words){
		.line = line,
		.buf = buf,
		.size = size,
		.expand = expand,
		.arg = arg,
	};
}

int words_next(struct words *w, struct words_command *cmd)
{
	struct words_stage *stage = cmd->stage;
	unsigned int nr_words = 0;
	char **slot = cmd->word;
	int err;

	if (w->error)
		return -EINVAL;
	skip_blanks(w);
	if (!w->line[w->at])
		return -ENOENT;

	w->used = 0;
	cmd->nr_stages = 1;
	*stage = (struct words_stage){ .argv = slot };
	for (;;) {
		char c;

		skip_blanks(w);
		c = w->line[w->at];
		if (c && !ends_word(c)) {
			if (nr_words++ == WORDS_MAX)
				return fail(w, w->at, "too many words");
			*slot++ = w->buf + w->used;
			stage->argc++;
			err = parse_word(w);
			if (err)
				return err;
			continue;
		}

		/* The end of a stage, or of the command too. */
		if (stage->argc == 0)
			return fail(w, w->at, "empty command");
		*slot++ = NULL;
		if (c)
			w->at++;
		if (c != '|') {
			cmd->background = c == '&';
			return 0;
		}
		if (cmd->nr_stages++ == WORDS_STAGES_MAX)
			return fail(w, w->at - 1, "too many stages");
		*++stage = (struct words_stage){ .argv = slot };
	}
}

int words_check(struct words *w, struct words_command *scratch)
{
	int err;

	do
		err = words_next(w, scratch);
	while (!err);
	if (err != -ENOENT)
		return err;
	w->at = 0;
	return 0;
}
