/* SPDX-License-Identifier: MIT */
/* Timer objects: when they fire, and when they do not. */
#include "usertests.h"

#define SHORT (5 * NSEC_PER_MSEC)

static void fires(const char *part)
{
	long n = sys_notification_create(), t = sys_timer_create(n, 5);

	(void)part;
	CHECK(t > 0);
	CHECK_EQ(sys_notification_wait(n, SHORT), -ETIMEDOUT); /* stopped at first */
	for (int i = 0; i < 3; i++) {
		uint64_t begin = lodger_clock_ns();

		CHECK_EQ(sys_timer_set(t, SHORT), 0);
		CHECK_EQ(sys_notification_wait(n, WAIT_FOREVER), 5);
		CHECK(lodger_clock_ns() - begin >= SHORT);
		CHECK_EQ(sys_notification_wait(n, 2 * SHORT), -ETIMEDOUT); /* once */
	}
	/* Set anew it fires only then; stopped or closed, not at all. */
	CHECK_EQ(sys_timer_set(t, SHORT), 0);
	CHECK_EQ(sys_timer_set(t, 10 * SHORT), 0);
	CHECK_EQ(sys_notification_wait(n, 4 * SHORT), -ETIMEDOUT);
	CHECK_EQ(sys_notification_wait(n, WAIT_FOREVER), 5);
	CHECK_EQ(sys_timer_set(t, SHORT), 0);
	CHECK_EQ(sys_timer_set(t, WAIT_FOREVER), 0);
	CHECK_EQ(sys_notification_wait(n, 4 * SHORT), -ETIMEDOUT);
	CHECK_EQ(sys_timer_set(t, SHORT), 0);
	CHECK_EQ(sys_close(t), 0);
	CHECK_EQ(sys_notification_wait(n, 4 * SHORT), -ETIMEDOUT);
	/* The timer keeps what it signals. */
	t = sys_timer_create(n, 1);
	CHECK_EQ(sys_close(n), 0);
	CHECK_EQ(sys_timer_set(t, 1), 0);
	lodger_sleep_ns(SHORT);
}

static void refused(const char *part)
{
	long n = sys_notification_create(), w = sys_handle_duplicate(n, RIGHT_WAIT, 0);
	long t = sys_timer_create(n, 1), none = sys_handle_duplicate(t, 0, 0);

	(void)part;
	CHECK_EQ(sys_timer_create(w, 1), -EPERM);
	CHECK_EQ(sys_timer_create(t, 1), -EBADF);
	CHECK_EQ(sys_timer_create(n, 1ULL << 63), -EINVAL);
	CHECK_EQ(sys_timer_set(n, 1), -EBADF);
	CHECK_EQ(sys_timer_set(none, 1), -EPERM);
	CHECK_EQ(sys_timer_set(0, 1), -EBADF);
}

#define SETTERS 3
#define ROUNDS 2000
static long common;

static int set_it(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		sys_timer_set(common, (uint64_t)(i % 7 + 1) * (uintptr_t)arg * 1000);
	return 0;
}

/* Several threads set one timer while it fires: it is left in one piece. */
static void set_at_once(const char *part)
{
	long n = sys_notification_create();
	struct lodger_thread t[SETTERS];

	(void)part;
	common = sys_timer_create(n, 1);
	for (int i = 0; i < SETTERS; i++)
		CHECK_EQ(lodger_thread_create(&t[i], set_it, (void *)(uintptr_t)(i + 1)), 0);
	for (int i = 0; i < SETTERS; i++)
		CHECK_EQ(lodger_thread_join(&t[i], NULL), 0);
	CHECK_EQ(sys_timer_set(common, 1), 0);
	CHECK_EQ(sys_notification_wait(n, WAIT_FOREVER), 1);
}

const struct test timer_tests[] = {
	{ "timers.fires", fires },
	{ "timers.refused", refused },
	{ "timers.set_at_once", set_at_once },
	{ NULL, NULL },
};
