/* SPDX-License-Identifier: MIT */
/*
 * Copies to and from the caller's address space. Here and not in mm/, because "do
 * we have a user context?" is a question to the thread: current->mm, never
 * what it lodges in.
 */
#include "sched/uaccess.h"
#include "abi/lodger.h"
#include "kernel/bug.h"
#include "kernel/errno.h"
#include "sched/task.h"

int ucopy_from(void *dst, u64 user_src, size_t n);
int ucopy_to(u64 user_dst, const void *src, size_t n);

static const struct mm *user_context(void)
{
	return BUG(mm_through_active_mm) ? current->active_mm : current->mm;
}

bool user_range_ok(u64 addr, u64 n)
{
	const struct mm *mm = user_context();

	return mm && addr >= USER_VA_START && addr <= mm->user_end &&
	       n <= mm->user_end - addr;
}

int copy_from_user(void *dst, u64 user_src, size_t n)
{
	if (!user_range_ok(user_src, n))
		return -EFAULT;
	ASSERT(preemptible());
	return ucopy_from(dst, user_src, n);
}

int copy_to_user(u64 user_dst, const void *src, size_t n)
{
	if (!user_range_ok(user_dst, n))
		return -EFAULT;
	ASSERT(preemptible());
	return ucopy_to(user_dst, src, n);
}
