/* SPDX-License-Identifier: MIT */
#include "task/leak.h"
#include "core/clock.h"
#include "lib/format.h"
#include "mm/kmap.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/task.h"

#define SETTLE_MS 500

static void count(struct leak_counts *c)
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

static bool same(const struct leak_counts *a, const struct leak_counts *b)
{
	return a->pages == b->pages && a->objects == b->objects &&
	       a->tasks == b->tasks && a->mms == b->mms;
}

void leak_begin(struct leak_counts *c)
{
	u64 end_ns = clock_ns() + SETTLE_MS * NSEC_PER_MSEC;
	struct leak_counts before;

	count(c);
	do {
		before = *c;
		task_sleep_ns(NSEC_PER_MSEC);
		count(c);
	} while (!same(&before, c) && clock_ns() < end_ns);
}

bool leak_end(const struct leak_counts *before, char *text, size_t size)
{
	u64 end_ns = clock_ns() + SETTLE_MS * NSEC_PER_MSEC;
	struct leak_counts after;
	int n = 0;

	count(&after);
	/* A few times, however long we were kept from running. */
	while (!same(before, &after) && (n++ < 10 || clock_ns() < end_ns)) {
		task_sleep_ns(NSEC_PER_MSEC);
		count(&after);
	}
	if (same(before, &after))
		return true;
	fmt_snprintf(text, size,
		     "left behind: %lld pages, %lld objects, %lld threads, %lld mms",
		     (long long)(before->pages - after.pages),
		     (long long)(after.objects - before->objects),
		     (long long)(after.tasks - before->tasks),
		     (long long)(after.mms - before->mms));
	return false;
}
