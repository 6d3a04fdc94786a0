/* SPDX-License-Identifier: MIT */
/* Threads: how they begin and end, and what each has to itself. */
#include "probe.h"
#include "usertests.h"

static _Thread_local int from_template = 42;
static _Thread_local int from_zero;
static _Thread_local char aligned[64] __attribute__((aligned(64)));

static int use_variables(void *arg)
{
	int me = (int)(intptr_t)arg;

	if (from_template != 42 || from_zero != 0 || (uintptr_t)aligned % 64)
		return 1;
	for (int i = 0; i < 200; i++) {
		from_template = me;
		from_zero = -me;
		errno = me;
		memset(aligned, me, sizeof(aligned));
		lodger_yield();
		if (from_template != me || from_zero != -me || errno != me ||
		    aligned[63] != (char)me)
			return 2;
	}
	return 0;
}

/* Fails when threads share a variable that each should have its own of. */
static void variables(const char *part)
{
	struct lodger_thread thread[6];
	int result;

	(void)part;
	CHECK_EQ(use_variables((void *)1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(thread); i++)
		CHECK_EQ(lodger_thread_create(&thread[i], use_variables,
					      (void *)(i + 2)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(thread); i++) {
		CHECK_EQ(lodger_thread_join(&thread[i], &result), 0);
		CHECK_EQ(result, 0);
	}
	CHECK_EQ(from_template, 1);
	CHECK_EQ(from_zero, -1);
}

static int square(void *arg)
{
	int n = (int)(intptr_t)arg;

	return n * n;
}

/* Fails when create and join lose a result or a block of memory. */
static void many(const char *part)
{
	int result;

	(void)part;
	for (int i = 0; i < 500; i++) {
		struct lodger_thread thread;

		CHECK_EQ(lodger_thread_create(&thread, square,
					      (void *)(intptr_t)i), 0);
		CHECK_EQ(lodger_thread_join(&thread, &result), 0);
		CHECK_EQ(result, i * i);
	}
}

static int exit_seven(void *arg)
{
	(void)arg;
	lodger_sleep_ns(20 * NSEC_PER_MSEC);
	exit(7);
}

static int spin(void *arg)
{
	(void)arg;
	for (;;)
		__asm__ volatile("" : : : "memory");
	return 0;
}

static int sleep_long(void *arg)
{
	(void)arg;
	sys_sleep(UINT64_MAX);
	return 0;
}

/*
 * Fails when the first thread's end is taken for the process's, when exit
 * leaves other threads running, or when the last thread's end is not one.
 */
static void ends(const char *part)
{
	static struct lodger_thread thread[4];

	if (!part) {
		CHECK_EQ(test_child_status("threads.ends", "other"), 7);
		CHECK_EQ(test_child_status("threads.ends", "last"), 0);
		CHECK_EQ(test_child_status("threads.ends", "busy"), 3);
		return;
	}
	if (strcmp(part, "other") == 0) {
		CHECK_EQ(lodger_thread_create(&thread[0], exit_seven, NULL), 0);
		sys_thread_exit();
	}
	if (strcmp(part, "last") == 0) {
		for (int i = 0; i < 4; i++)
			CHECK_EQ(lodger_thread_create(&thread[i], square, NULL),
				 0);
		sys_thread_exit();
	}
	for (int i = 0; i < 4; i++)
		CHECK_EQ(lodger_thread_create(&thread[i],
					      i % 2 ? spin : sleep_long, NULL),
			 0);
	lodger_sleep_ns(10 * NSEC_PER_MSEC);
	exit(3);
}

static int overflow(void *arg)
{
	__asm__ volatile("1:	sub	sp, sp, #1024\n"
			 "	str	%0, [sp]\n"
			 "	b	1b" : : "r"(arg) : "memory");
	return 0;
}

/* Fails when a stack runs into its neighbour instead of its guard. */
static void guard(const char *part)
{
	struct lodger_thread neighbour, thread;

	if (!part) {
		CHECK_EQ(test_child_status("threads.guard", "overflow"),
			 STATUS_FAULT + 0x24);
		return;
	}
	CHECK_EQ(lodger_thread_create(&neighbour, sleep_long, NULL), 0);
	CHECK_EQ(lodger_thread_create(&thread, overflow, NULL), 0);
	lodger_thread_join(&thread, NULL);
}

/*
 * Fails when a thread starts where no program can run. The kernel may refuse
 * or let it fault; then the process ends, and nothing else does.
 */
static void bad_entry(const char *part)
{
	static const uint64_t entries[] = {
		0, LODGER_VA_END, 0xffffffff80080000, 0x0001000000000000,
		UINT64_MAX,
	};
	char number[4];
	int64_t status;
	long h;

	if (part) {
		h = sys_thread_create((void (*)(void *))(uintptr_t)entries[atoi(part)],
				      (uintptr_t)test_map(1, RW) + PAGE, NULL,
				      0);
		if (h < 0)
			return;
		sys_wait(h, WAIT_FOREVER, &status);
		exit(EXIT_ERROR);
	}
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		if (!sayable(entries[i]))
			continue;
		snprintf(number, sizeof(number), "%zu", i);
		status = test_child_status("threads.bad_entry", number);
		if (status != 0 && status < STATUS_FAULT)
			test_fail(__FILE__, __LINE__, "entry 0x%" PRIx64 ": status %" PRId64,
				  entries[i], status);
	}
}

/* Fails when a stack pointer of the kernel's does harm. */
static void bad_stack(const char *part)
{
	static const uint64_t stacks[] = {
		0, LODGER_VA_END, 0xffffffff80100000, 0xffffff8000200000,
	};
	static struct registers r;
	char number[4];
	int64_t status;
	long h;

	if (part) {
		/* Its first deed is a push. */
		h = sys_thread_create(probe_thread, stacks[atoi(part)], &r, 0);
		if (h < 0)
			return;
		sys_wait(h, WAIT_FOREVER, &status);
		exit(EXIT_ERROR);
	}
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
		if (!sayable(stacks[i]))
			continue;
		snprintf(number, sizeof(number), "%zu", i);
		status = test_child_status("threads.bad_stack", number);
		if (status != 0 && status < STATUS_FAULT)
			test_fail(__FILE__, __LINE__, "sp 0x%" PRIx64 ": status %" PRId64,
				  stacks[i], status);
	}
}

/* Fails when malloc is not safe among threads; see bin/threads.c. */
static void heap(const char *part)
{
	const char *const argv[] = { "threads" LODGER_SUFFIX, "8", NULL };
	int64_t status;

	(void)part;
	CHECK_EQ(lodger_run("threads" LODGER_SUFFIX, argv, &status), 0);
	CHECK_EQ(status, 0);
}

const struct test thread_tests[] = {
	{ "threads.variables", variables },
	{ "threads.many", many },
	{ "threads.ends", ends },
	{ "threads.guard", guard },
	{ "threads.bad_entry", bad_entry },
	{ "threads.bad_stack", bad_stack },
	{ "threads.heap", heap },
	{ NULL, NULL },
};
