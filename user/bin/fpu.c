/* SPDX-License-Identifier: MIT */
/*
 * Do the FP/SIMD registers of a program stay its own? Two or more instances
 * each hold a pattern of their own in v0..v31, FPCR and FPSR for a while, keep
 * giving way to each other, and compare: one bit of difference and the
 * instance exits 1. More instances than CPUs make them share.
 */
#include <stdio.h>
#include <string.h>

#include "fpregs.h"
#include "lodger.h"
#include "syscall.h"

#define INSTANCES_MAX 32
#define DEFAULT_INSTANCES 2
#define DEFAULT_MS 300

static int worker(unsigned long seed, unsigned long ms)
{
	uint64_t end_ns = lodger_clock_ns() + ms * NSEC_PER_MSEC;
	struct fpregs expected, found;

	fpregs_pattern(&expected, seed);
	do {
		/* Loaded, then a while of computing, then a system call. */
		fpregs_load_spin_yield_store(&expected, &found, 20000);
		if (memcmp(&expected, &found, sizeof(found)) != 0) {
			fprintf(stderr, "fpu: instance %lu: %s changed\n", seed,
				fpregs_difference(&expected, &found));
			return EXIT_ERROR;
		}
	} while (lodger_clock_ns() < end_ns);
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	const char *usage = "fpu [instances [milliseconds]]";
	unsigned long count = DEFAULT_INSTANCES, ms = DEFAULT_MS, ok = 0;
	int child[INSTANCES_MAX];

	lodger_help(argc, argv, usage);
	if (argc == 4 && strcmp(argv[1], "worker") == 0)
		return worker(lodger_number("seed", argv[2], 0, UINT32_MAX),
			      lodger_number("milliseconds", argv[3], 0, 3600000));
	if (argc > 3)
		lodger_usage(usage);
	if (argc > 1)
		count = lodger_number("instances", argv[1], 1, INSTANCES_MAX);
	if (argc > 2)
		ms = lodger_number("milliseconds", argv[2], 0, 3600000);

	for (unsigned long i = 0; i < count; i++) {
		char seed[24], time[24];
		const char *child_argv[] = { "fpu" LODGER_SUFFIX, "worker", seed, time, NULL };

		snprintf(seed, sizeof(seed), "%lu", i + 1);
		snprintf(time, sizeof(time), "%lu", ms);
		child[i] = lodger_spawn("fpu" LODGER_SUFFIX, child_argv);
		if (child[i] < 0)
			fprintf(stderr, "fpu: instance %lu: %s\n", i + 1,
				lodger_strerror(-child[i]));
	}
	for (unsigned long i = 0; i < count; i++) {
		int64_t status;

		if (child[i] < 0)
			continue;
		if (!lodger_wait(child[i], WAIT_FOREVER, &status) &&
		    status == EXIT_OK)
			ok++;
		lodger_close(child[i]);
	}
	printf("fpu: %lu of %lu ok\n", ok, count);
	return ok == count ? EXIT_OK : EXIT_ERROR;
}
