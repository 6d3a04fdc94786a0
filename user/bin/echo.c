/* SPDX-License-Identifier: MIT */
/* Prints its arguments, one space between them. */
#include <stdio.h>
#include <string.h>

#include "lodger.h"

int main(int argc, char **argv)
{
	int first = 1;

	lodger_help(argc, argv, "echo [-n] [text...]  (-n: no newline)");
	if (argc > 1 && strcmp(argv[1], "-n") == 0)
		first = 2;
	for (int i = first; i < argc; i++)
		printf("%s%s", i > first ? " " : "", argv[i]);
	if (first == 1)
		printf("\n");
	return EXIT_OK;
}
