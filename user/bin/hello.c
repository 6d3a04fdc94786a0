/* SPDX-License-Identifier: MIT */
/*
 * The first program to run: printf, arguments, malloc, and a look at what the
 * kernel handed over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lodger.h"

int main(int argc, char **argv)
{
	char *copy;

	lodger_help(argc, argv, "hello [argument...]");
	printf("hello from EL0: pid %u, %d argument%s\n",
	       (unsigned int)lodger_info->pid, argc, argc == 1 ? "" : "s");
	for (int i = 0; i < argc; i++) {
		size_t size = strlen(argv[i]) + 1;

		copy = malloc(size);
		if (!copy)
			lodger_die("out of memory");
		memcpy(copy, argv[i], size);
		printf("  argv[%d] = \"%s\"\n", i, copy);
		free(copy);
	}
	return EXIT_OK;
}
