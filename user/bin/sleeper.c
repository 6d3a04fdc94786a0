/* SPDX-License-Identifier: MIT */
/* Sleeps, and says how long the sleep really was. */
#include <stdio.h>

#include "lodger.h"

#define DEFAULT_MS 1000

int main(int argc, char **argv)
{
	unsigned long ms = DEFAULT_MS;
	uint64_t start_ns, slept_us;

	lodger_help(argc, argv, "sleeper [milliseconds]");
	if (argc > 1)
		ms = lodger_number("milliseconds", argv[1], 0, 86400000);
	start_ns = lodger_clock_ns();
	lodger_sleep_ns(ms * NSEC_PER_MSEC);
	slept_us = (lodger_clock_ns() - start_ns) / NSEC_PER_USEC;
	printf("sleeper: asked for %lu ms, slept %lu.%03lu ms\n", ms,
	       slept_us / 1000, slept_us % 1000);
	if (slept_us < ms * 1000)
		lodger_die("woken too early");
	return EXIT_OK;
}
