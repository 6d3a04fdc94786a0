/* SPDX-License-Identifier: MIT */
/* The environment: shown, or made larger for another program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lodger.h"

int main(int argc, char **argv)
{
	int i = 1, ret;

	lodger_help(argc, argv, "env [NAME=VALUE...] [program [argument...]]");
	for (; i < argc && strchr(argv[i], '='); i++) {
		char *value = strchr(argv[i], '=');

		*value++ = '\0';
		if (setenv(argv[i], value, 1))
			lodger_die("%s: cannot be set", argv[i]);
	}
	if (i < argc) {
		ret = lodger_exec(argv[i], (const char *const *)argv + i);
		lodger_die("%s: %s", argv[i], lodger_strerror(-ret));
	}
	for (char **e = environ; *e; e++)
		puts(*e);
	return EXIT_OK;
}
