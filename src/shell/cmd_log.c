/* SPDX-License-Identifier: MIT */
/* The kernel's log: dmesg, log. */
#include "core/log.h"
#include "lib/string.h"
#include "shell/shell.h"

static const char *const level_names[] = { "error", "warning", "info", "debug" };

static int level_argument(struct shell *sh, const char *word, u32 *level)
{
	for (u32 i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (strcmp(word, level_names[i]) != 0)
			continue;
		*level = i;
		return 0;
	}
	return shell_fail(sh, -EINVAL, "levels are error, warning, info, "
				       "debug, not '%s'", word);
}

static void complete_level(struct completions *c, int argc, char **argv)
{
	for (u32 i = 0; i < ARRAY_SIZE(level_names); i++)
		complete_add(c, level_names[i]);
}

static int cmd_dmesg(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "line", NULL, 0 }, { "level", NULL, 0 }, { "text", "", -1 },
	};
	static char text[256];
	struct options opt = { argc, argv, 1, NULL };
	u32 worst = LOG_DEBUG;
	enum log_level level;
	struct table t;
	u64 seq = 0;
	int c, err = 0;

	while ((c = shell_option(sh, &opt, "l:")) > 0 && !err)
		err = level_argument(sh, opt.value, &worst);
	if (c < 0 || err)
		return c < 0 ? c : err;
	if (opt.next < argc)
		return shell_usage(sh);
	if (sh->out.mode != OUT_TEXT)
		table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	while (log_read(&seq, &level, text, sizeof(text)) >= 0) {
		if (level > worst)
			continue;
		if (sh->out.mode == OUT_TEXT) {
			out_style(&sh->out, level <= LOG_WARN ? STYLE_WARN :
								STYLE_PLAIN);
			out_text(&sh->out, text);
			out_style(&sh->out, STYLE_PLAIN);
			out_puts(&sh->out, "\n");
		} else {
			table_row(&t, v_u64(seq - 1), v_str(level_names[level]),
				  v_str(text));
		}
		if (shell_interrupted())
			break;
	}
	if (sh->out.mode != OUT_TEXT)
		table_end(&t);
	return 0;
}

COMMAND(dmesg) = {
	.name = "dmesg",
	.usage = "[-l LEVEL] [--json|--csv]",
	.brief = "the kernel's log, all levels",
	.help = "-l LEVEL  only error, warning, info: this one and what is graver\n"
		"example: dmesg | grep cpu",
	.flags = CMD_LISTING,
	.run = cmd_dmesg,
};

static int cmd_log(struct shell *sh, int argc, char **argv)
{
	struct record r;
	u32 level = LOG_INFO;
	int err;

	if (argc > 2)
		return shell_usage(sh);
	if (argc == 2) {
		err = level_argument(sh, argv[1], &level);
		if (!err)
			log_console_level = level;
		return err;
	}
	record_begin(&r, &sh->out, 5);
	record_field(&r, "level", v_str(level_names[MIN(log_console_level,
							(u32)LOG_DEBUG)]));
	record_field(&r, "lost", v_u64(log_lost));
	record_end(&r);
	return 0;
}

COMMAND(log) = {
	.name = "log",
	.usage = "[LEVEL] [--json|--csv]",
	.brief = "which log lines are printed as they happen",
	.help = "LEVEL is error, warning, info or debug: this one and what is graver. lost\n"
		"counts lines that were overwritten before they could be printed.\n"
		"example: log warning",
	.flags = CMD_LISTING,
	.run = cmd_log,
	.complete = complete_level,
};
