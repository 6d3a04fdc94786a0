/* SPDX-License-Identifier: MIT */
/* `test`: run the tests that were built in. */
#include "lib/string.h"
#include "shell/shell.h"
#include "task/ktest.h"

static void say(const char *line)
{
	out_printf(&the_shell.out, "%s\n", line);
}

static int test_list(struct shell *sh)
{
	static const struct column columns[] = {
		{ "suite", "SUITE", -16 }, { "name", "NAME", -1 },
	};
	const struct test *test;
	struct table t;

	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (unsigned int i = 0; (test = ktest_get(i)); i++)
		table_row(&t, v_str(test->suite), v_str(test->name));
	table_end(&t);
	return 0;
}

static int cmd_test(struct shell *sh, int argc, char **argv)
{
	struct ktest_result result = { 0 };
	int err;

	if (argc != 2)
		return shell_usage(sh);
	if (!ktest_get(0))
		return shell_fail(sh, -ENOSYS, "this kernel was built without tests; "
				  "make run CONFIG_SELFTEST=y has them");
	if (strcmp(argv[1], "list") == 0)
		return test_list(sh);
	if (sh->out.mode != OUT_TEXT)
		return shell_fail(sh, -EINVAL, "only test list has that form");
	err = ktest_run(argv[1], say, shell_interrupted, &result);
	if (err == -ENOENT)
		return shell_fail(sh, err, "no test is called '%s'; test list "
				  "shows them", argv[1]);
	out_style(&sh->out, result.failed ? STYLE_WARN : STYLE_GOOD);
	out_printf(&sh->out, "%u passed, %u failed", result.passed,
		   result.failed);
	if (result.skipped)
		out_printf(&sh->out, ", %u skipped", result.skipped);
	out_style(&sh->out, STYLE_PLAIN);
	out_puts(&sh->out, "\n");
	return err ? err : result.failed ? 1 : 0;
}

static void complete_test(struct completions *c, int argc, char **argv)
{
	const struct test *test, *before = NULL;
	size_t suite_len;
	char name[COMPLETION_MAX];

	if (argc > 1)
		return;
	complete_add(c, "all");
	complete_add(c, "list");
	for (unsigned int i = 0; (test = ktest_get(i)); before = test, i++) {
		/* Suites first; their tests once a suite is complete. */
		if (!before || strcmp(before->suite, test->suite) != 0)
			complete_add(c, test->suite);
		suite_len = strlen(test->suite);
		if (c->prefix_len <= suite_len ||
		    suite_len + strlen(test->name) + 2 > sizeof(name))
			continue;
		memcpy(name, test->suite, suite_len);
		name[suite_len] = '.';
		str_copy(name + suite_len + 1, test->name,
			 sizeof(name) - suite_len - 1);
		complete_add(c, name);
	}
}

COMMAND(test) = {
	.name = "test",
	.usage = "all|SUITE|SUITE.NAME|list",
	.brief = "run the kernel's own tests",
	.help = "Each ends with a count of what was leaked, and all audits. Ctrl-C stops\n"
		"behind the test that runs.\n"
		"example: test mm",
	.flags = CMD_LISTING,
	.run = cmd_test,
	.complete = complete_test,
};
