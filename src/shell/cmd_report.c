/* SPDX-License-Identifier: MIT */
/*
 * `selftest`: what a person with a board pastes into a report. First the machine in the
 * words of other commands, then what must succeed on each.
 */
#include "core/clock.h"
#include "core/cpu.h"
#include "lib/string.h"
#include "shell/shell.h"
#include "task/ktest.h"

#define STEP_WORDS 4

struct step {
	const char *words[STEP_WORDS];
	bool (*applies)(void); /* NULL: always */
};

static bool has_tests(void)
{
	return ktest_get(0) != NULL;
}

static bool has_more_cpus(void)
{
	return cpu_online(1);
}

static const struct step shown[] = {
	{ { "version" }, NULL }, { { "dmesg" }, NULL }, { { "cpu" }, NULL },
	{ { "irq" }, NULL },	 { { "free" }, NULL },	{ { "tty" }, NULL },
};

static const struct step judged[] = {
	{ { "mm", "check" }, NULL },
	{ { "run", "hello" }, NULL },
	{ { "run", "spawner", "100" }, NULL },
	{ { "run", "threads", "4" }, NULL },
	{ { "run", "usertests" }, NULL },
	{ { "cpu", "off", "1" }, has_more_cpus },
	{ { "run", "spawner", "20" }, NULL },
	{ { "cpu", "on", "1" }, has_more_cpus },
	{ { "test", "all" }, has_tests },
	{ { "mm", "check" }, NULL },
};

static s64 run_step(struct shell *sh, const struct step *step)
{
	char text[STEP_WORDS][16], *argv[STEP_WORDS + 1] = { 0 };
	int argc = 0;

	out_puts(&sh->out, "\n----");
	for (; argc < STEP_WORDS && step->words[argc]; argc++) {
		str_copy(text[argc], step->words[argc], sizeof(text[argc]));
		argv[argc] = text[argc];
		out_printf(&sh->out, " %s", text[argc]);
	}
	out_puts(&sh->out, "\n");
	return shell_run_words(sh, argc, argv);
}

static int cmd_selftest(struct shell *sh, int argc, char **argv)
{
	static s64 status[ARRAY_SIZE(judged)];
	bool applies[ARRAY_SIZE(judged)];
	u32 run = 0, good = 0;

	if (argc > 1)
		return shell_usage(sh);
	out_printf(&sh->out, "======== selftest: begin (%s)\n",
		   clock_is_emulated() ? "emulation" : "hardware");
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
		run_step(sh, &shown[i]);
	for (size_t i = 0; i < ARRAY_SIZE(judged); i++)
		applies[i] = !judged[i].applies || judged[i].applies();
	for (size_t i = 0; i < ARRAY_SIZE(judged); i++) {
		status[i] = applies[i] ? run_step(sh, &judged[i]) : 0;
		if (shell_interrupted())
			return -EINTR;
	}
	out_puts(&sh->out, "\n---- results\n");
	for (size_t i = 0; i < ARRAY_SIZE(judged); i++) {
		if (!applies[i])
			continue;
		run++;
		good += status[i] == 0;
		out_printf(&sh->out, "%-6s", status[i] ? "FAILED" : "ok");
		for (int w = 0; w < STEP_WORDS && judged[i].words[w]; w++)
			out_printf(&sh->out, " %s", judged[i].words[w]);
		if (status[i])
			out_printf(&sh->out, ": %lld", (long long)status[i]);
		out_puts(&sh->out, "\n");
	}
	out_printf(&sh->out, "======== selftest: %u of %u ok\n", good, run);
	return good == run ? 0 : 1;
}

COMMAND(selftest) = {
	.name = "selftest",
	.brief = "a report to paste into a bug report, or after a first boot",
	.help = "What the machine is, then what must succeed on it; about a minute. A kernel\n"
		"with CONFIG_SELFTEST=y runs its own tests, too. Copy all from `begin` to\n"
		"the last line.\n"
		"example: selftest",
	.run = cmd_selftest,
};
