/* SPDX-License-Identifier: MIT */
/*
 * Ends at once, with the status it is told: the smallest program there is, for
 * others to start in numbers.
 */
#include "lodger.h"

int main(int argc, char **argv)
{
	lodger_help(argc, argv, "exit [status]");
	return argc > 1 ? (int)lodger_number("status", argv[1], 0, 255) :
			  EXIT_OK;
}
