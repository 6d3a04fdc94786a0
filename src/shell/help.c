/* SPDX-License-Identifier: MIT */
/* `help` and everything that is said about a command: from its table entry. */
#include "shell/shell.h"

#include "lib/string.h"

void help_usage(struct out *o, const struct command *parent,
		const struct command *c)
{
	const char *group = parent ? parent->name : "";

	out_printf(o, "usage: %s%s%s%s%s%s\n", group, parent ? " " : "",
		   c->name, c->subs ? " COMMAND" : "", c->usage ? " " : "",
		   c->usage ? c->usage : "");
}

static void list_entry_line(struct out *o, const struct command *c, int width)
{
	out_puts(o, "  ");
	out_style(o, STYLE_HEADING);
	out_puts(o, c->name);
	out_style(o, STYLE_PLAIN);
	out_pad(o, width - (int)strlen(c->name));
	out_printf(o, " %s\n", c->brief);
}

void help_command(struct out *o, const struct command *parent,
		  const struct command *c)
{
	help_usage(o, parent, c);
	out_printf(o, "%s\n", c->brief);
	if (c->help) {
		out_puts(o, "\n");
		out_puts(o, c->help);
		out_puts(o, "\n");
	}
	if (c->subs) {
		out_puts(o, "\n");
		for (const struct command *s = c->subs; s->name; s++)
			list_entry_line(o, s, 9);
		out_printf(o, "\n%s COMMAND -h says more about each.\n",
			   c->name);
	}
	if (c->flags & CMD_LISTING)
		out_puts(o, "\n--json, --csv: for programs.\n");
}

static void help_keys(struct out *o)
{
	out_puts(o,
		 "\n"
		 "a ; b         one after the other      $?  status of the last\n"
		 "a | grep X    lines that contain X     run P &  in the background\n"
		 "Tab           complete; twice: list    Ctrl-R  search the history\n"
		 "Ctrl-C        back to the prompt       COMMAND -h  its help\n");
	out_printf(o, "A line has at most %u bytes and a command %u words; of a "
		   "longer one\nnothing is run.\n", LINE_BYTES, WORDS_MAX);
}

static int cmd_help(struct shell *sh, int argc, char **argv)
{
	char *words[3] = { argv[1], NULL, NULL };
	char dash_h[] = "-h";
	int n = 0;

	if (argc == 1) {
		for_each_command(p)
			list_entry_line(&sh->out, *p, 12);
		help_keys(&sh->out);
		return 0;
	}
	if (argc > 3)
		return shell_usage(sh);
	/* "help mm ls" is "mm ls -h". */
	for (int i = 1; i < argc; i++)
		words[n++] = argv[i];
	words[n++] = dash_h;
	return (int)shell_run_words(sh, n, words);
}

static void complete_command(struct completions *c, int argc, char **argv)
{
	const struct command *cmd;

	if (argc == 1) {
		for_each_command(p)
			complete_add(c, (*p)->name);
		return;
	}
	cmd = shell_find(argv[1]);
	if (argc == 2 && cmd && cmd->subs)
		for (const struct command *s = cmd->subs; s->name; s++)
			complete_add(c, s->name);
}

COMMAND(help) = {
	.name = "help",
	.usage = "[COMMAND [SUBCOMMAND]]",
	.brief = "list the commands, or explain one",
	.help = "example: help mm show",
	.run = cmd_help,
	.complete = complete_command,
};
