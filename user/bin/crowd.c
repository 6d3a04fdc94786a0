/* SPDX-License-Identifier: MIT */
/*
 * Starts many processes that sleep, says so, and stays until they have all ended:
 * the company in which something else is measured. They end with it if it is ended at the
 * prompt (kill crowd, Ctrl-C).
 */
#include <stdio.h>

#include "lodger.h"

#define CROWD_MAX (HANDLES_MAX - HANDLE_FIRST)

int main(int argc, char **argv)
{
	static int handles[CROWD_MAX];
	const char *sleeper[] = { "sleeper", "86400000", NULL };
	unsigned long count;

	lodger_help(argc, argv, "crowd N  (N processes that sleep, for a day; all end "
				"by: kill crowd)");
	if (argc != 2)
		lodger_usage("crowd N");
	count = lodger_number("N", argv[1], 1, CROWD_MAX);
	for (unsigned long i = 0; i < count; i++) {
		handles[i] = lodger_spawn(sleeper[0], sleeper);
		if (handles[i] < 0)
			lodger_die("process %lu of %lu: %s", i + 1, count,
				   lodger_strerror(-handles[i]));
	}
	printf("crowd: %lu asleep until: kill crowd\n", count);
	for (unsigned long i = 0; i < count; i++)
		lodger_wait(handles[i], WAIT_FOREVER, NULL);
	return EXIT_OK;
}
