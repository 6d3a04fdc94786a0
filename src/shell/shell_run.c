/* SPDX-License-Identifier: MIT */
/*
 * From a line to a status: words (lib/words.h), the table of commands, the
 * options that every command has, the stages behind '|'.
 *
 * A status is 0, -errno, or what a program ended with. In script mode each
 * command is followed by a line "rc=<status>".
 */
#include "shell/shell.h"

#include "lib/format.h"
#include "lib/string.h"
#include "lib/suggest.h"
#include "task/initramfs.h"
#include "task/tty.h"

/* ---- finding the command ---- */

const struct command *shell_find(const char *name)
{
	for_each_command(p)
		if (strcmp((*p)->name, name) == 0)
			return *p;
	return NULL;
}

static const struct command *find_sub(const struct command *group,
				      const char *name)
{
	for (const struct command *s = group->subs; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

/* Keep c's name if it is the nearest to what was typed so far. */
static void consider(const char *typed, const char *name, unsigned int *limit,
		     const char **nearest)
{
	unsigned int d = edit_distance(typed, name, *limit);

	if (d <= *limit) {
		*nearest = name;
		*limit = d - 1; /* d > 0: an equal name would have been found */
	}
}

static int unknown(struct shell *sh, const struct command *group,
		   const char *typed)
{
	unsigned int limit = MAX((unsigned int)strlen(typed) / 3, 1U);
	const char *nearest = NULL;
	char message[128];
	struct cpio_entry e;

	if (!group && initramfs_find(typed, &e) == 0) {
		fmt_snprintf(message, sizeof(message),
			     "a program: run %s", typed);
		shell_say(sh, typed, message);
		return -ENOENT;
	}
	if (group) {
		for (const struct command *s = group->subs; s->name; s++)
			consider(typed, s->name, &limit, &nearest);
	} else {
		for_each_command(p)
			consider(typed, (*p)->name, &limit, &nearest);
	}
	if (nearest)
		fmt_snprintf(message, sizeof(message),
			     "unknown command; did you mean %s%s%s?",
			     group ? group->name : "", group ? " " : "",
			     nearest);
	else
		fmt_snprintf(message, sizeof(message),
			     "unknown command; help%s%s lists them all",
			     group ? " " : "", group ? group->name : "");
	shell_say(sh, typed, message);
	return -ENOENT;
}

static bool is_help(const char *word)
{
	return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0;
}

/* Take --json, --csv and -h out of the arguments. True: help was asked for. */
static bool common_options(struct shell *sh, const struct command *c, int *argc,
			   char **argv)
{
	int kept = 1, n = *argc;

	if (n > 1 && is_help(argv[1]))
		return true;
	if (c->flags & CMD_RAW)
		return false;
	for (int i = 1; i < n; i++) {
		bool listing = c->flags & CMD_LISTING;

		if (is_help(argv[i]))
			return true;
		if (listing && strcmp(argv[i], "--json") == 0)
			sh->out.mode = OUT_JSON;
		else if (listing && strcmp(argv[i], "--csv") == 0)
			sh->out.mode = OUT_CSV;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	*argc = kept;
	return false;
}

static int dispatch(struct shell *sh, int argc, char **argv)
{
	const struct command *group = NULL, *c = shell_find(argv[0]);

	if (!c)
		return unknown(sh, NULL, argv[0]);
	str_copy(sh->running, c->name, sizeof(sh->running));
	if (c->subs && argc > 1 && !is_help(argv[1])) {
		group = c;
		c = find_sub(group, argv[1]);
		if (!c)
			return unknown(sh, group, argv[1]);
		fmt_snprintf(sh->running, sizeof(sh->running), "%s %s",
			     group->name, c->name);
		argv++;
		argc--;
	}
	sh->group = group;
	sh->command = c;

	if (common_options(sh, c, &argc, argv)) {
		help_command(&sh->out, group, c);
		return 0;
	}
	if (c->subs) {
		help_command(&sh->out, NULL, c);
		sh->said = true;
		return -EINVAL;
	}
	if (sh->background && !(c->flags & CMD_BACKGROUND))
		return shell_fail(sh, -EINVAL, "only programs can run in the "
					       "background: run PROGRAM &");
	return c->run(sh, argc, argv);
}

s64 shell_run_words(struct shell *sh, int argc, char **argv)
{
	/* A command that runs another one (`watch`) is the one that is named
	 * again afterwards, and whose forms of output are restored. */
	const struct command *group = sh->group, *command = sh->command;
	enum out_mode mode = sh->out.mode;
	char running[sizeof(sh->running)];
	char **copy; /* options are taken out of it */
	s64 status;

	if (sh->depth == SHELL_DEPTH)
		return shell_fail(sh, -E2BIG, "commands inside commands, %u deep, "
				  "are enough", SHELL_DEPTH);
	copy = sh->argv[sh->depth];
	str_copy(running, sh->running, sizeof(running));
	memcpy(copy, argv, (size_t)argc * sizeof(*argv));
	copy[argc] = NULL;
	sh->said = false;
	sh->depth++;
	status = dispatch(sh, argc, copy);
	sh->depth--;
	if (tty_interrupted())
		sh->stop = true;
	if (status < 0 && !sh->said)
		shell_say(sh, sh->running, shell_errno_text((int)status));
	sh->said = true;
	sh->out.mode = mode;
	sh->group = group;
	sh->command = command;
	str_copy(sh->running, running, sizeof(sh->running));
	return status;
}

/* ---- pipelines and lines ---- */

/* The stages behind the first. All of them are grep, and each only takes lines
 * away: so together they are one list of conditions. */
static int open_pipe(struct shell *sh, const struct words_command *cmd)
{
	static char line[SHELL_GREP_BYTES];

	str_copy(sh->running, "grep", sizeof(sh->running));
	grep_init(&sh->grep, &sh->tty, line, sizeof(line));
	for (unsigned int i = 1; i < cmd->nr_stages; i++) {
		const struct words_stage *s = &cmd->stage[i];
		struct options opt = { (int)s->argc, s->argv, 1, NULL };
		bool invert = false, ignore_case = false;
		int c;

		sh->command = shell_find("grep");
		if (strcmp(s->argv[0], "grep") != 0) {
			shell_say(sh, s->argv[0], "only grep may follow |");
			return -EINVAL;
		}
		while ((c = shell_option(sh, &opt, "vi")) > 0) {
			invert |= c == 'v';
			ignore_case |= c == 'i';
		}
		if (c < 0)
			return c;
		if (opt.argc - opt.next != 1)
			return shell_usage(sh);
		grep_add(&sh->grep, opt.argv[opt.next], invert, ignore_case);
	}
	return 0;
}

static s64 close_pipe(struct shell *sh)
{
	grep_end(&sh->grep);
	if (sh->grep.too_long)
		return shell_fail(sh, -E2BIG, "%u line%s of more than %u bytes "
				  "left out, not searched to the end",
				  sh->grep.too_long,
				  sh->grep.too_long == 1 ? "" : "s",
				  SHELL_GREP_BYTES);
	return sh->grep.matches ? 0 : 1; /* nothing was found, as grep says it */
}

static s64 run_pipeline(struct shell *sh, const struct words_command *cmd)
{
	bool piped = cmd->nr_stages > 1;
	s64 status, found;

	sh->group = NULL;
	sh->background = cmd->background;
	sh->out = (struct out){ .sink = &sh->tty };
	status = open_pipe(sh, cmd);
	if (status)
		return status;
	if (piped)
		sh->out.sink = &sh->grep.sink;
	sh->out.colour = !sh->script && !sh->edit.dumb && !piped;
	status = shell_run_words(sh, (int)cmd->stage[0].argc,
				 cmd->stage[0].argv);
	if (piped) {
		found = close_pipe(sh);
		status = status ? status : found;
	}
	sh->out = (struct out){ .sink = &sh->tty };
	return status;
}

static size_t expand_status(void *arg, char *out, size_t size)
{
	struct shell *sh = arg;

	return (size_t)fmt_snprintf(out, size, "%lld", (long long)sh->status);
}

static void end_command(struct shell *sh)
{
	if (tty_column() != 0)
		tty_write("\n", 1);
	if (sh->script)
		out_printf(&sh->out, "rc=%lld\n", (long long)sh->status);
}

s64 shell_run_line(struct shell *sh, const char *line)
{
	static struct words_command cmd; /* large for a kernel stack */
	static char buf[LINE_BYTES + 64];
	struct words w;
	int err;

	words_init(&w, line, buf, sizeof(buf), expand_status, sh);
	err = words_check(&w, &cmd);
	tty_take_interrupt();
	sh->stop = false;
	while (!err && !sh->stop) {
		err = words_next(&w, &cmd);
		if (err)
			break;
		sh->status = run_pipeline(sh, &cmd);
		end_command(sh);
	}
	tty_take_interrupt();
	if (err == -EINVAL) {
		str_copy(sh->running, "shell", sizeof(sh->running));
		shell_fail(sh, err, "%s, at character %u", w.error,
			   (unsigned int)w.error_at + 1);
		sh->status = err;
		end_command(sh);
	}
	return sh->status;
}

/* `grep` is a stage, not a command of its own; its entry is for help and Tab. */
static int cmd_grep(struct shell *sh, int argc, char **argv)
{
	return shell_fail(sh, -EINVAL, "grep stands behind a |, as in "
				       "dmesg | grep timer");
}

_Static_assert(SHELL_GREP_BYTES == 131072, "the help says so");

COMMAND(grep) = {
	.name = "grep",
	.usage = "[-v] [-i] TEXT",
	.brief = "behind |: only lines that contain a text",
	.help = "-v  lines that do not\n"
		"-i  upper and lower case are the same\n"
		"The text is taken as it stands. Up to three may follow each other.\n"
		"A line may have 131072 bytes, and any number behind the text; a JSON\n"
		"document is one line. What is longer is left out, with a message.\n"
		"example: ps | grep -v kworker",
	.run = cmd_grep,
};
