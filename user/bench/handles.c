/* SPDX-License-Identifier: MIT */
/* What a handle costs, and how many of them a process may have beside. */
#include <string.h>

#include "bench.h"
#include "lodger.h"
#include "syscall.h"

/* A duplicate, and its end. */
int64_t run_handle(unsigned long count)
{
	uint64_t duplicate = UINT64_MAX, close = UINT64_MAX;
	long n = sys_notification_create();

	if (!counts_instructions)
		return -1;
	for (unsigned long i = 0; i < count; i++) {
		long h = bracket_call(SYS_handle_duplicate, (uint64_t)n, RIGHT_SIGNAL, 0, 0,
				      &duplicate);

		if (h < 0)
			lodger_die("duplicate: %s", lodger_strerror((int)-h));
		bracket_call(SYS_close, (uint64_t)h, 0, 0, 0, &close);
	}
	sys_close(n);
	return exact(duplicate, count) + exact(close, count);
}

static long endpoint(void)
{
	return sys_endpoint_create();
}

static long notification(void)
{
	return sys_notification_create();
}

static long handle(void)
{
	return sys_handle_duplicate(HANDLE_SELF, RIGHT_WAIT, 0);
}

bool have_handles(const char *number, const char *kind)
{
	static const struct {
		const char *kind;
		long (*create)(void);
	} kinds[] = {
		{ "endpoints", endpoint }, { "notifications", notification }, { "handles", handle },
	};
	unsigned long n = lodger_number("N", number, 1, HANDLES_MAX);

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (strcmp(kind, kinds[k].kind) != 0)
			continue;
		for (unsigned long i = 0; i < n; i++) {
			long h = kinds[k].create();

			if (h < 0)
				lodger_die("%s %lu of %lu: %s", kind, i + 1, n,
					   lodger_strerror((int)-h));
		}
		return true;
	}
	return false;
}
