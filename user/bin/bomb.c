/* SPDX-License-Identifier: MIT */
/*
 * Multiplies until it is ended from outside: every process of it starts two, and again,
 * and those with an even pid end after their first two, so that the tree loses its middle.
 * For who wants to see that a kill is faster.
 */
#include "lodger.h"

int main(int argc, char **argv)
{
	lodger_help(argc, argv, "bomb  (multiplies; end it soon, by kill PID or Ctrl-C)");
	if (argc != 1)
		lodger_usage("bomb");
	for (unsigned long n = 1;; n++) {
		int child = lodger_spawn("bomb", NULL);

		if (child >= 0)
			lodger_close(child);
		else
			lodger_yield(); /* no memory: somebody may end */
		if (n >= 2 && lodger_info->pid % 2 == 0)
			return EXIT_OK;
	}
}
