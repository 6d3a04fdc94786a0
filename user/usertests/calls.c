/* SPDX-License-Identifier: MIT */
/* A system call by its registers: x1 to x18 come back as zeros, x19 to x30 as they were. */
#include "probe.h"
#include "usertests.h"

int64_t probed_call(long nr, const unsigned long *args, int nr_args, uint64_t seed, bool fp)
{
	struct registers in, out;

	for (int i = 0; i < PROBE_NR_X; i++)
		in.x[i] = i < nr_args ? args[i] : seed << 8 | (unsigned int)i;
	in.x[8] = (unsigned long)nr;
	fpregs_pattern(&in.fp, seed);
	memset(&out, 0xff, sizeof(out));
	(fp ? probe_syscall : probe_message)(&in, &out);
	for (int i = 1; i < PROBE_NR_X; i++)
		if (out.x[i] != (i <= 18 ? 0 : in.x[i]))
			test_fail(__FILE__, __LINE__, "x%d is 0x%lx behind call %ld", i,
				  out.x[i], nr);
	if (fp && memcmp(&in.fp, &out.fp, sizeof(in.fp)) != 0)
		test_fail(__FILE__, __LINE__, "call %ld changes %s", nr,
			  fpregs_difference(&in.fp, &out.fp));
	return (int64_t)out.x[0];
}
