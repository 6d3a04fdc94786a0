/* SPDX-License-Identifier: MIT */
/*
 * The runner of in-kernel tests. What a test leaves behind is a failure (leak.h),
 * so tests run while no program does.
 */
#include "task/ktest.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/log.h"
#include "kernel/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "sched/task.h"
#include "task/leak.h"

extern const struct test *const __tests_start[], *const __tests_end[];

static struct {
	char failure[160];
	const char *skipped;
} now;

void test_fail(const char *file, int line, const char *expr, u64 a, u64 b)
{
	if (now.failure[0] == '\0')
		fmt_snprintf(now.failure, sizeof(now.failure),
			     "%s:%d: %s (0x%llx, 0x%llx)", file, line, expr,
			     (unsigned long long)a, (unsigned long long)b);
}

void test_skip(const char *why)
{
	now.skipped = why;
}

static void run_one(const struct test *t, void (*say)(const char *line),
		    struct ktest_result *out)
{
	struct leak_counts before;
	char left[120];
	unsigned int wrong;
	char line[240];
	u64 start_ns;

	memset(&now, 0, sizeof(now));
	leak_begin(&before);
	start_ns = clock_ns();
	t->run();
	start_ns = clock_ns() - start_ns;
	task_set_affinity(current, CPU_MASK_ALL); /* it may have pinned itself */
	if (!leak_end(&before, left, sizeof(left)) && now.failure[0] == '\0')
		str_copy(now.failure, left, sizeof(now.failure));
	wrong = audit_run_all();
	if (wrong && now.failure[0] == '\0')
		fmt_snprintf(now.failure, sizeof(now.failure),
			     "%u findings of the audits, see dmesg", wrong);

	if (now.failure[0]) {
		out->failed++;
		fmt_snprintf(line, sizeof(line), "FAIL %s.%s: %s", t->suite, t->name,
			     now.failure);
	} else if (now.skipped) {
		out->skipped++;
		fmt_snprintf(line, sizeof(line), "skip %s.%s: %s", t->suite, t->name,
			     now.skipped);
	} else {
		out->passed++;
		fmt_snprintf(line, sizeof(line), "ok   %s.%s (%llu us)", t->suite,
			     t->name, (unsigned long long)(start_ns / NSEC_PER_USEC));
	}
	say(line);
}

static bool matches(const struct test *t, const char *pattern)
{
	size_t n = strlen(t->suite);

	if (!strcmp(pattern, "all") || !strcmp(pattern, t->suite))
		return true;
	return !strncmp(pattern, t->suite, n) && pattern[n] == '.' &&
	       !strcmp(pattern + n + 1, t->name);
}

int ktest_run(const char *pattern, void (*say)(const char *line), bool (*stop)(void),
	      struct ktest_result *out)
{
	bool found = false;

	memset(out, 0, sizeof(*out));
	for (const struct test *const *t = __tests_start; t < __tests_end; t++) {
		if (!matches(*t, pattern))
			continue;
		found = true;
		if (stop && stop())
			return -EINTR;
		run_one(*t, say, out);
	}
	return found ? 0 : -ENOENT;
}

const struct test *ktest_get(unsigned int index)
{
	return index < (unsigned int)(__tests_end - __tests_start) ?
		       __tests_start[index] :
		       NULL;
}
