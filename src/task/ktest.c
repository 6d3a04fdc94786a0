/* SPDX-License-Identifier: MIT */
/*
 * The runner of in-kernel tests. Around each test it counts pages, objects,
 * threads and address spaces; what a test leaves behind is a failure. What others
 * do meanwhile would be counted too, so tests run while no program does. Freed
 * things come back with a delay (a dead thread's stack when its CPU switches), so
 * the counts get a moment to settle.
 */
#include "task/ktest.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/log.h"
#include "kernel/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/kmap.h"
#include "mm/slab.h"
#include "task/process.h"

#define SETTLE_MS 500

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

struct counts {
	u64 pages, objects, tasks, mms;
};

static void count(struct counts *c)
{
	lazy_quiesce();
	mm_free_deferred();
	kstack_drain();
	slab_drain_all();
	page_drain_all();
	/* Tables of the kernel's map stay, for the next time. */
	c->pages = page_free_count() + kmap_table_pages;
	c->objects = slab_active_count();
	c->tasks = task_count();
	c->mms = mm_live_count();
}

static bool same(const struct counts *a, const struct counts *b)
{
	return a->pages == b->pages && a->objects == b->objects &&
	       a->tasks == b->tasks && a->mms == b->mms;
}

/* Until it does not change: what others free late is not for the next test. */
static void count_settled(struct counts *c)
{
	u64 end_ns = clock_ns() + SETTLE_MS * NSEC_PER_MSEC;
	struct counts before;

	count(c);
	do {
		before = *c;
		task_sleep_ns(NSEC_PER_MSEC);
		count(c);
	} while (!same(&before, c) && clock_ns() < end_ns);
}

static void check_leaks(const struct counts *before)
{
	u64 end_ns = clock_ns() + SETTLE_MS * NSEC_PER_MSEC;
	struct counts after;
	int n = 0;

	count(&after);
	/* A few times, however long we were kept from running. */
	while (!same(before, &after) && (n++ < 10 || clock_ns() < end_ns)) {
		task_sleep_ns(NSEC_PER_MSEC);
		count(&after);
	}
	if (!same(before, &after) && now.failure[0] == '\0')
		fmt_snprintf(now.failure, sizeof(now.failure),
			     "left behind: %lld pages, %lld objects, %lld threads, %lld mms",
			     (long long)(before->pages - after.pages),
			     (long long)(after.objects - before->objects),
			     (long long)(after.tasks - before->tasks),
			     (long long)(after.mms - before->mms));
}

static void run_one(const struct test *t, void (*say)(const char *line),
		    struct ktest_result *out)
{
	struct counts before;
	unsigned int wrong;
	char line[240];
	u64 start_ns;

	memset(&now, 0, sizeof(now));
	count_settled(&before);
	start_ns = clock_ns();
	t->run();
	start_ns = clock_ns() - start_ns;
	task_set_affinity(current, CPU_MASK_ALL); /* it may have pinned itself */
	check_leaks(&before);
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
