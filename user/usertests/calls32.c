/* SPDX-License-Identifier: MIT */
/* A system call of AArch32 by its registers: all but r0 and r1 come back as they were. */
#include "probe.h"
#include "usertests.h"

int64_t probed_call(long nr, const unsigned long *args, int nr_args, uint64_t seed, bool fp)
{
	struct registers in, out;

	for (int i = 0; i < PROBE_NR_X; i++)
		in.x[i] = i < nr_args ? args[i] : (unsigned long)seed << 8 | (unsigned int)i;
	in.x[7] = (unsigned long)nr;
	in.x[13] = 0;
	fpregs_pattern(&in.fp, seed);
	memset(&out, 0xff, sizeof(out));
	(fp ? probe_syscall : probe_message)(&in, &out);
	for (int i = 2; i < PROBE_NR_X; i++)
		if (out.x[i] != in.x[i])
			test_fail(__FILE__, __LINE__, "r%d is 0x%lx behind call %ld", i,
				  out.x[i], nr);
	if (fp && memcmp(&in.fp, &out.fp, sizeof(in.fp)) != 0)
		test_fail(__FILE__, __LINE__, "call %ld changes %s", nr,
			  fpregs_difference(&in.fp, &out.fp));
	return (int64_t)((uint64_t)out.x[1] << 32 | out.x[0]);
}
