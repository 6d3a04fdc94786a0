/* SPDX-License-Identifier: MIT */
/* The shell about itself and its kernel: history, clear, mode, echo, version,
 * config. */
#include "shell/shell.h"

#include "core/build_info.h"
#include "core/kconfig_table.h"
#include "core/machine.h"
#include "lib/string.h"
#include "task/tty.h"

static int cmd_history(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "n", "N", 4 }, { "line", "LINE", -1 },
	};
	unsigned int n = history_count(&sh->history);
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (unsigned int i = n; i-- > 0;)
		table_row(&t, v_u64(n - i),
			  v_str(history_get(&sh->history, i)));
	table_end(&t);
	return 0;
}

COMMAND(history) = {
	.name = "history",
	.usage = "[--json|--csv]",
	.brief = "lines typed before, oldest first",
	.help = "Ctrl-R searches them. A line that begins with a blank is not kept.\n"
		"example: history | grep run",
	.flags = CMD_LISTING,
	.run = cmd_history,
};

static int cmd_clear(struct shell *sh, int argc, char **argv)
{
	if (argc > 1)
		return shell_usage(sh);
	if (!sh->script && !sh->edit.dumb)
		out_puts(&sh->out, "\033[H\033[2J");
	return 0;
}

COMMAND(clear) = {
	.name = "clear",
	.brief = "clear the screen",
	.help = "Ctrl-L does it too, and asks the terminal for its size.\n"
		"example: clear; mm cpus",
	.run = cmd_clear,
};

static int cmd_mode(struct shell *sh, int argc, char **argv)
{
	if (argc == 1) {
		out_puts(&sh->out, sh->script ? "script\n" : "interactive\n");
		return 0;
	}
	if (argc > 2 || (strcmp(argv[1], "script") != 0 &&
			 strcmp(argv[1], "interactive") != 0))
		return shell_usage(sh);
	sh->script = argv[1][0] == 's';
	sh->out.colour = false;
	tty_set_echo(!sh->script);
	return 0;
}

static void complete_mode(struct completions *c, int argc, char **argv)
{
	complete_add(c, "script");
	complete_add(c, "interactive");
}

COMMAND(mode) = {
	.name = "mode",
	.usage = "[script|interactive]",
	.brief = "for a program at the other end, or for a person",
	.help = "script: no echo, prompt, colour or editing; each command ends with a line\n"
		"rc=<status>, the answer to `mode script` itself being the first.\n"
		"example: mode script",
	.run = cmd_mode,
	.complete = complete_mode,
};

static int cmd_echo(struct shell *sh, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		out_text(&sh->out, argv[i]);
		out_puts(&sh->out, i + 1 < argc ? " " : "");
	}
	out_puts(&sh->out, "\n");
	return 0;
}

COMMAND(echo) = {
	.name = "echo",
	.usage = "[WORDS...]",
	.brief = "print words",
	.help = "example: run crash ; echo $?",
	.flags = CMD_RAW,
	.run = cmd_echo,
};

static int cmd_version(struct shell *sh, int argc, char **argv)
{
	struct record r;

	if (argc > 1)
		return shell_usage(sh);
	record_begin(&r, &sh->out, 9);
	record_field(&r, "version", v_str(build_version));
	record_field(&r, "git", v_str(build_git));
	record_field(&r, "config", v_str(build_config));
	record_field(&r, "compiler", v_str(build_compiler));
	record_field(&r, "machine", v_str(machine_model));
	record_field(&r, "cmdline", v_str(machine_cmdline));
	record_end(&r);
	return 0;
}

COMMAND(version) = {
	.name = "version",
	.usage = "[--json|--csv]",
	.brief = "which kernel this is, and on what machine",
	.help = "example: version --json",
	.flags = CMD_LISTING,
	.run = cmd_version,
};

static const char *const config_prefix = "CONFIG_";

/* Names may be given as the header has them, or without CONFIG_. */
static const struct kconfig_entry *config_find(const char *name)
{
	if (strncmp(name, config_prefix, strlen(config_prefix)) == 0)
		name += strlen(config_prefix);
	for (unsigned int i = 0; i < kconfig_count; i++)
		if (strcmp(kconfig_table[i].name, name) == 0)
			return &kconfig_table[i];
	return NULL;
}

/* For people as the header and make spell it, otherwise the number it is in C. */
static struct value config_value(const struct kconfig_entry *e, s64 value)
{
	static const struct label labels[] = { { 0, "n" }, { 1, "y" } };

	return e->yes_no ? (struct value){ .type = V_LABEL,
					   .label = &labels[value != 0] } :
			   v_s64(value);
}

static int cmd_config(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "name", "OPTION", -24 }, { "value", "VALUE", 6 },
		{ "default", "DEFAULT", 7 }, { "help", NULL, 0 },
	};
	const struct kconfig_entry *e;
	struct record r;
	struct table t;

	if (argc > 2)
		return shell_usage(sh);
	if (argc == 2) {
		e = config_find(argv[1]);
		if (!e)
			return shell_fail(sh, -ENOENT, "no option '%s'", argv[1]);
		record_begin(&r, &sh->out, 8);
		record_field(&r, "name", v_str(e->name));
		record_field(&r, "value", config_value(e, e->value));
		record_field(&r, "default", config_value(e, e->def));
		record_field(&r, "help", v_str(e->help));
		record_end(&r);
		return 0;
	}
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (unsigned int i = 0; i < kconfig_count; i++) {
		e = &kconfig_table[i];
		table_row(&t, v_str(e->name),
			  v_styled(config_value(e, e->value),
				   e->value != e->def ? STYLE_WARN :
							STYLE_PLAIN),
			  config_value(e, e->def), v_str(e->help));
	}
	table_end(&t);
	return 0;
}

static void complete_option(struct completions *c, int argc, char **argv)
{
	for (unsigned int i = 0; argc == 1 && i < kconfig_count; i++)
		complete_add(c, kconfig_table[i].name);
}

COMMAND(config) = {
	.name = "config",
	.usage = "[OPTION] [--json|--csv]",
	.brief = "what this kernel was built with",
	.help = "With an option: what it means. make CONFIG_X=n changes one for a build.\n"
		"With --json and --csv y is 1 and n is 0.\n"
		"example: config MMU_LAZY_TLB_REFCOUNT",
	.flags = CMD_LISTING,
	.run = cmd_config,
	.complete = complete_option,
};
