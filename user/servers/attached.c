/* SPDX-License-Identifier: MIT */
/* See attached.h. */
#include "attached.h"

#include <errno.h>
#include <stdbool.h>

#include "lodger.h"
#include "syscall.h"

static uint64_t now;

static void drop(struct attached *a)
{
	if (!a->at)
		return;
	sys_vm_unmap((uint64_t)a->at, a->size);
	sys_close(a->handle);
	a->at = NULL;
}

struct attached *attached_find(struct attached list[ATTACHED_MAX], uint64_t badge)
{
	for (int i = 0; i < ATTACHED_MAX; i++) {
		if (!list[i].at || list[i].badge != badge)
			continue;
		list[i].used = ++now;
		return &list[i];
	}
	return NULL;
}

long attached_add(struct attached list[ATTACHED_MAX], uint64_t badge, long handle, size_t max)
{
	struct attached *a = attached_find(list, badge);
	long size = sys_memory_size(handle), at;

	for (int i = 0; !a && i < ATTACHED_MAX; i++)
		if (!list[i].at)
			a = &list[i];
	for (int i = 0; !a && i < ATTACHED_MAX; i++) {
		bool oldest = true;

		for (int j = 0; j < ATTACHED_MAX; j++)
			oldest &= list[i].used <= list[j].used;
		if (oldest)
			a = &list[i];
	}
	if (size <= 0 || (size_t)size > max) {
		sys_close(handle);
		return -EINVAL;
	}
	drop(a);
	at = sys_vm_map(handle, 0, (uint64_t)size, PROT_READ | PROT_WRITE, 0);
	if (at < 0) {
		sys_close(handle);
		return at;
	}
	*a = (struct attached){ badge, (uint8_t *)at, (size_t)size, handle, ++now };
	return 0;
}
