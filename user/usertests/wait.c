/* SPDX-License-Identifier: MIT */
/* wait and sleep: deadlines, double waits, bad places for a status. */
#include "usertests.h"

#define MS NSEC_PER_MSEC

static int start(const char *name, const char *argument)
{
	const char *const argv[] = { name, argument, NULL };
	int child = lodger_spawn(name, argv);

	CHECK(child > 0);
	return child;
}

static void finish(int child)
{
	lodger_kill(child);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, NULL), 0);
	CHECK_EQ(lodger_close(child), 0);
}

/* Fails when a deadline is missed, or comes early. */
static void deadline(const char *part)
{
	int child = start("spin", NULL);
	int64_t status = -77;
	uint64_t before_ns;

	(void)part;
	CHECK_EQ(lodger_wait(child, 0, &status), -ETIMEDOUT);
	before_ns = lodger_clock_ns();
	CHECK_EQ(lodger_wait(child, 30 * MS, &status), -ETIMEDOUT);
	CHECK(lodger_clock_ns() - before_ns >= 30 * MS);
	CHECK_EQ(status, -77); /* nothing to say, nothing stored */
	finish(child);
}

/* Fails when a deadline far away wraps around into the past. */
static void far_deadline(const char *part)
{
	static const uint64_t far[] = {
		WAIT_FOREVER - 1, WAIT_FOREVER / 2, WAIT_FOREVER / 2 + 1,
		1ULL << 63,
	};
	int64_t status;

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(far); i++) {
		int child = start("sleeper", "10");

		CHECK_EQ(lodger_wait(child, far[i], &status), 0);
		CHECK_EQ(status, 0);
		CHECK_EQ(lodger_close(child), 0);
	}
}

/* Fails when the second wait differs from the first. */
static void twice(const char *part)
{
	int child = start("exit", "33");
	int64_t first, second;

	(void)part;
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &first), 0);
	CHECK_EQ(lodger_wait(child, 0, &second), 0);
	CHECK_EQ(first, 33);
	CHECK_EQ(second, 33);
	CHECK_EQ(lodger_close(child), 0);
}

static int waiter(void *arg)
{
	int64_t status = -1;
	int ret = lodger_wait(*(int *)arg, WAIT_FOREVER, &status);

	return ret ? ret : (int)status;
}

/* Fails when one end wakes only one of those who wait for it. */
static void together(const char *part)
{
	struct lodger_thread thread[4];
	int child = start("sleeper", "50");
	int result;

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(thread); i++)
		CHECK_EQ(lodger_thread_create(&thread[i], waiter, &child), 0);
	lodger_sleep_ns(10 * MS);
	lodger_kill(child);
	for (size_t i = 0; i < ARRAY_SIZE(thread); i++) {
		CHECK_EQ(lodger_thread_join(&thread[i], &result), 0);
		CHECK_EQ(result, STATUS_KILLED);
	}
}

/* Fails when closing a handle takes the object from under one who waits. */
static void closed_meanwhile(const char *part)
{
	struct lodger_thread thread;
	int child = start("sleeper", "60"), waited = child;
	int result;

	(void)part;
	CHECK_EQ(lodger_thread_create(&thread, waiter, &waited), 0);
	lodger_sleep_ns(20 * MS);
	CHECK_EQ(lodger_close(child), 0);
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 0);
}

/* Fails when a status is stored where it must not be, or is lost by the try. */
static void bad_status(const char *part)
{
	struct bad_range bad[BAD_RANGES];
	int running = start("spin", NULL), ended = start("exit", "4");
	int64_t status;

	(void)part;
	CHECK_EQ(lodger_wait(ended, WAIT_FOREVER, &status), 0);
	test_bad_ranges(bad);
	for (int i = 0; i < BAD_RANGES; i++) {
		/* The last eight bytes of the range, or across its edge. */
		int64_t *p = (int64_t *)(uintptr_t)(bad[i].addr + 4);
		long a = bad[i].outside ? sys_wait(running, WAIT_FOREVER, p) :
					  -EFAULT;
		long b = sys_wait(ended, WAIT_FOREVER, p);

		if (a != -EFAULT || b != -EFAULT)
			test_fail(__FILE__, __LINE__, "%s: %ld and %ld",
				  bad[i].what, a, b);
	}
	CHECK_EQ(sys_wait(ended, 0, (int64_t *)test_map(1, PROT_READ)),
		 -EFAULT);
	CHECK_EQ(sys_wait(ended, 0, &status), 0);
	CHECK_EQ(status, 4);
	finish(running);
}

/* Fails when the kernel cannot store to a page that was never touched. */
static void untouched_page(const char *part)
{
	int64_t *page = (int64_t *)test_map(1, RW);
	int child = start("exit", "21");

	(void)part;
	CHECK_EQ(sys_wait(child, WAIT_FOREVER, page + 10), 0);
	CHECK_EQ(page[10], 21);
	CHECK_EQ(page[9], 0);
	CHECK_EQ(page[11], 0);
}

/* Fails when a process waiting for itself is told that it has ended. */
static void own_end(const char *part)
{
	int64_t status;

	(void)part;
	CHECK(lodger_wait(HANDLE_SELF, 5 * MS, &status) < 0);
}

/* Fails when a sleep ends early, or one that should never end does. */
static void sleeping(const char *part)
{
	uint64_t before_ns = lodger_clock_ns();

	if (part) {
		sys_sleep(strcmp(part, "max") == 0 ? UINT64_MAX : 1ULL << 63);
		return;
	}
	CHECK_EQ(sys_sleep(0), 0);
	CHECK_EQ(sys_sleep(1), 0);
	CHECK_EQ(sys_sleep(25 * MS), 0);
	CHECK(lodger_clock_ns() - before_ns >= 25 * MS);
	for (int i = 0; i < 2; i++) {
		int child = test_child("wait.sleeping", i ? "max" : "half");

		CHECK_EQ(lodger_wait(child, 50 * MS, NULL), -ETIMEDOUT);
		finish(child);
	}
}

const struct test wait_tests[] = {
	{ "wait.deadline", deadline },
	{ "wait.far_deadline", far_deadline },
	{ "wait.twice", twice },
	{ "wait.together", together },
	{ "wait.closed_meanwhile", closed_meanwhile },
	{ "wait.bad_status", bad_status },
	{ "wait.untouched_page", untouched_page },
	{ "wait.own_end", own_end },
	{ "wait.sleeping", sleeping },
	{ NULL, NULL },
};
