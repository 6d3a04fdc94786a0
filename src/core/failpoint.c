/* SPDX-License-Identifier: MIT */
#include "core/failpoint.h"
#include "core/thread.h"

bool failpoint_hit(void)
{
	struct thread_info *ti = current_thread();

	if (!CONFIG_FAILPOINTS || likely(ti->failpoint == 0))
		return false;
	if (--ti->failpoint > 0)
		return false;
	ti->failpoint_hit = true;
	return true;
}

void failpoint_arm(u32 nth)
{
	current_thread()->failpoint = nth;
	current_thread()->failpoint_hit = false;
}

bool failpoint_disarm(void)
{
	current_thread()->failpoint = 0;
	return current_thread()->failpoint_hit;
}
