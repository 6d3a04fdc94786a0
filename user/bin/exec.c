/* SPDX-License-Identifier: MIT */
/*
 * Becomes another program: the same process, with another address space. With -n it
 * first becomes itself, time and again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lodger.h"

int main(int argc, char **argv)
{
	const char *usage = "exec [-n times] program [arguments]";
	const char *argv_next[SPAWN_ARGC_MAX + 1] = { "exec" LODGER_SUFFIX, "-n" };
	unsigned long times = 1;
	int first = 1, err;
	char text[24];

	lodger_help(argc, argv, usage);
	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		times = lodger_number("times", argv[2], 1, 1000000);
		first = 3;
	}
	if (argc <= first)
		lodger_usage(usage);
	if (times > 1) {
		snprintf(text, sizeof(text), "%lu", times - 1);
		argv_next[2] = text;
		memcpy(argv_next + 3, argv + first,
		       (size_t)(argc - first) * sizeof(argv[0]));
		err = lodger_exec("exec" LODGER_SUFFIX, argv_next);
	} else {
		err = lodger_exec(argv[first], (const char *const *)argv + first);
	}
	lodger_die("%s: %s", times > 1 ? argv_next[0] : argv[first],
		   lodger_strerror(-err));
}
