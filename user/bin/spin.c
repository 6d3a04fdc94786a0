/* SPDX-License-Identifier: MIT */
/*
 * Burns CPU time: one thread runs and never enters the kernel of its own will,
 * which the scheduler must be able to interrupt; one keeps the time; the first
 * waits for both. So the address space is worked in on one CPU, and has been left
 * idle on others: what `mm cpus` is there to show.
 */
#include <stdio.h>

#include "lodger.h"

static volatile bool stop;

static int burn(void *arg)
{
	(void)arg;
	while (!stop)
		;
	return 0;
}

static int keep_time(void *arg)
{
	lodger_sleep_ns(*(uint64_t *)arg);
	stop = true;
	return 0;
}

int main(int argc, char **argv)
{
	struct lodger_thread burner = { 0 }, keeper = { 0 };
	uint64_t ns = UINT64_MAX;
	int err;

	lodger_help(argc, argv, "spin [seconds]  (no number: for ever)");
	if (argc > 1)
		ns = lodger_number("seconds", argv[1], 0, 1000000) * NSEC_PER_SEC;
	err = lodger_thread_create(&burner, burn, NULL);
	if (!err)
		err = lodger_thread_create(&keeper, keep_time, &ns);
	if (err) {
		fprintf(stderr, "spin: %s\n", lodger_strerror(-err));
		return EXIT_ERROR;
	}
	lodger_thread_join(&keeper, NULL);
	lodger_thread_join(&burner, NULL);
	return EXIT_OK;
}
