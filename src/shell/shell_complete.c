/* SPDX-License-Identifier: MIT */
/* What Tab offers where: commands, sub-commands, options, then whatever the
 * command's own completer knows (live ids, programs, paths). */
#include "shell/shell.h"

#include "lib/string.h"

u32 shell_word_start(const char *text, u32 pos)
{
	while (pos > 0 && !strchr(" ;|&", text[pos - 1]))
		pos--;
	return pos;
}

/* The words of the last command in text[0..end), cut at blanks. */
static int split(const char *text, u32 end, char *buf, char **argv, int max)
{
	u32 start = end;
	int argc = 0;

	while (start > 0 && !strchr(";|&", text[start - 1]))
		start--;
	memcpy(buf, text + start, end - start);
	buf[end - start] = 0;
	for (char *p = buf; argc < max;) {
		while (*p == ' ')
			p++;
		if (!*p)
			break;
		argv[argc++] = p;
		while (*p && *p != ' ')
			p++;
		if (*p)
			*p++ = 0;
	}
	argv[argc] = NULL;
	return argc;
}

static bool behind_pipe(const char *text, u32 word)
{
	while (word > 0 && text[word - 1] == ' ')
		word--;
	return word > 0 && text[word - 1] == '|';
}

static void offer_options(struct completions *c, const struct command *cmd)
{
	if (cmd->flags & CMD_LISTING) {
		complete_add(c, "--json");
		complete_add(c, "--csv");
	}
	complete_add(c, "--help");
}

static void complete_words(struct completions *c, int argc, char **argv)
{
	const struct command *cmd = argc ? shell_find(argv[0]) : NULL;

	if (argc == 0) {
		for_each_command(p)
			complete_add(c, (*p)->name);
		return;
	}
	if (!cmd)
		return;
	if (cmd->subs && argc == 1) {
		for (const struct command *s = cmd->subs; s->name; s++)
			complete_add(c, s->name);
		return;
	}
	if (cmd->subs) {
		const struct command *s = cmd->subs;

		while (s->name && strcmp(s->name, argv[1]) != 0)
			s++;
		if (!s->name)
			return;
		cmd = s;
		argv++;
		argc--;
	}
	/* Options only where one was begun: they would crowd out the ids. */
	if (c->prefix_len && c->prefix[0] == '-')
		offer_options(c, cmd);
	else if (cmd->complete)
		cmd->complete(c, argc, argv);
}

void shell_complete(struct completions *c, const char *text, u32 word)
{
	static char buf[LINE_BYTES + 1];
	static char *argv[WORDS_MAX + 1]; /* large for a kernel stack */
	int argc = split(text, word, buf, argv, WORDS_MAX), skip = 0;

	if (argc == 0 && behind_pipe(text, word)) {
		complete_add(c, "grep");
		return;
	}
	/* `watch -n 1 COMMAND`: what follows is completed as that command. */
	if (argc > 0 && strcmp(argv[0], "watch") == 0) {
		skip = 1;
		while (skip < argc && argv[skip][0] == '-')
			skip += (argv[skip][1] == 'n' || argv[skip][1] == 'c') &&
				!argv[skip][2] ? 2 : 1;
		if (skip > argc)
			return; /* the option's value is still to come */
	}
	complete_words(c, argc - skip, argv + skip);
}
