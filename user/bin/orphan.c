/* SPDX-License-Identifier: MIT */
/*
 * A process whose parent goes first: the parent starts a child and exits at
 * once without waiting; the child lives on and ends by itself.
 */
#include <stdio.h>
#include <string.h>

#include "lodger.h"

#define LIFE_MS 500

int main(int argc, char **argv)
{
	const char *const child_argv[] = { "orphan", "child", NULL };
	int child;

	lodger_help(argc, argv, "orphan");
	if (argc > 1 && strcmp(argv[1], "child") == 0) {
		lodger_sleep_ns(LIFE_MS * NSEC_PER_MSEC);
		printf("orphan: pid %lu outlived its parent\n",
		       lodger_info->pid);
		return EXIT_OK;
	}
	child = lodger_spawn("orphan", child_argv);
	if (child < 0)
		lodger_die("%s", lodger_strerror(-child));
	printf("orphan: pid %lu leaves a child behind\n", lodger_info->pid);
	return EXIT_OK;
}
