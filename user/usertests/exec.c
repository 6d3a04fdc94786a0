/* SPDX-License-Identifier: MIT */
/*
 * exec: what stays, what is new, who ends. What it refuses is with spawn's, in
 * process.c. A test that succeeds at it goes on in another program, or in itself
 * with the part "after ...".
 */
#include "usertests.h"

#define WORKERS 7

static volatile bool go, stop;
static volatile uint64_t counter;

/* Become `test` in the role `part`. */
static void become(const char *test, const char *part)
{
	const char *const argv[] = { "usertests" LODGER_SUFFIX, "--run", test, part, NULL };
	int err = lodger_exec("usertests" LODGER_SUFFIX, argv);

	test_fail(__FILE__, __LINE__, "exec: %s", lodger_strerror(-err));
}

static void become_exit(const char *status)
{
	const char *const argv[] = { "exit", status, NULL };

	lodger_exec("exit", argv);
	test_fail(__FILE__, __LINE__, "exec has returned");
}

static int count(void *arg)
{
	(void)arg;
	while (!stop)
		counter++;
	return 8;
}

/*
 * Fails when an exec that is refused has changed anything: memory, threads. (Registers:
 * registers.across_calls.)
 */
static void refused(const char *part)
{
	const char *const argv[] = { "motd", NULL };
	struct lodger_thread thread;
	char *page = test_map(1, RW);
	uint64_t counted;
	int result;

	(void)part;
	page[0] = 42;
	CHECK_EQ(lodger_thread_create(&thread, count, NULL), 0);
	for (int i = 0; i < 20; i++) {
		CHECK_EQ(lodger_exec("motd", argv), -ENOEXEC);
		CHECK_EQ(page[0], 42);
		counted = counter;
		while (counter == counted)
			lodger_yield();
	}
	stop = true;
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 8);
}

/* Fails when the new program finds anything in the registers of the old one. */
static void start(const char *part)
{
	struct fpregs pattern;

	(void)part;
	fpregs_pattern(&pattern, 5);
	fpregs_dirty(&pattern);
	become("registers.start", "again");
}

/* Fails when the process, its handles or its children are not the same after it, or
 * its memory is. */
static void keeps(const char *part)
{
	const char *const argv[] = { "exit", "9", NULL };
	char text[40];
	int64_t status;
	int pid, child;

	if (!part) {
		child = lodger_spawn("exit", argv);
		CHECK(child > 0);
		CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED, PAGE, RW, 0), FIXED);
		*(volatile char *)FIXED = 42;
		snprintf(text, sizeof(text), "%d %d", (int)lodger_info->pid, child);
		become("exec.keeps", text);
	}
	CHECK_EQ(sscanf(part, "%d %d", &pid, &child), 2);
	CHECK_EQ(lodger_info->pid, pid);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 9);
	CHECK_EQ(lodger_wait(HANDLE_SELF, 0, &status), -ETIMEDOUT);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED, PAGE, RW, 0), FIXED);
	CHECK_EQ(*(volatile char *)FIXED, 0);
}

/* ---- threads of all kinds ---- */

static int work(void *arg)
{
	const char *const argv[] = { "exit", "0", NULL };
	static struct lodger_thread sleeper[100];

	for (;;) {
		switch ((uintptr_t)arg) {
		case 0:
			counter++;
			break;
		case 1:
			sys_sleep(UINT64_MAX);
			break;
		case 2:
			lodger_wait(HANDLE_SELF, WAIT_FOREVER, NULL);
			break;
		case 3:
			lodger_run("exit", argv, NULL);
			break;
		case 4:
			test_unmap(memset(test_map(80, RW), 1, 80 * PAGE), 80);
			break;
		case 5:
			for (size_t i = 0; i < ARRAY_SIZE(sleeper); i++)
				CHECK_EQ(lodger_thread_create(&sleeper[i], work,
							      (void *)1), 0);
			return 0;
		default:
			lodger_exec("motd", argv); /* refused, every time */
		}
	}
}

static struct lodger_thread worker[WORKERS];

/* In the first thread or another one: start all kinds, then become the next. */
static int surround_and_exec(void *arg)
{
	char text[80];
	int used = snprintf(text, sizeof(text), "%d", (int)(intptr_t)arg);

	for (uintptr_t i = 0; i < WORKERS; i++) {
		CHECK_EQ(lodger_thread_create(&worker[i], work, (void *)i), 0);
		used += snprintf(text + used, sizeof(text) - (size_t)used, " %d",
				 worker[i].handle);
	}
	lodger_sleep_ns((uint64_t)(intptr_t)arg % 4 * NSEC_PER_MSEC);
	become("exec.ends_threads", text);
	return 0;
}

/* Fails when a thread outlives the program that it belongs to, or when one that is in
 * the middle of something keeps the new one from starting. */
static void ends_threads(const char *part)
{
	struct lodger_thread other;
	int round = part ? atoi(part) + 1 : 0;
	int64_t status;
	char *at;

	for (at = part ? strchr(part, ' ') : NULL; at; at = strchr(at + 1, ' ')) {
		CHECK_EQ(lodger_wait(atoi(at + 1), 0, &status), 0);
		CHECK_EQ(lodger_close(atoi(at + 1)), 0);
	}
	if (round == 30)
		return;
	if (round % 2 == 0)
		surround_and_exec((void *)(intptr_t)round);
	CHECK_EQ(lodger_thread_create(&other, surround_and_exec,
				      (void *)(intptr_t)round), 0);
	lodger_thread_join(&other, NULL);
	test_fail(__FILE__, __LINE__, "a thread that has called exec has ended");
}

/* ---- races ---- */

static int exec_when_told(void *arg)
{
	while (!go)
		;
	become_exit(arg);
	return 0;
}

static int exit_when_told(void *arg)
{
	while (!go)
		;
	if (atoi(arg))
		sys_exit(atoi(arg));
	sys_thread_exit();
}

/* In a child: other threads do that, this one becomes `exit 7`. Its status. */
static void race(int (*run)(void *), const char *const args[3])
{
	struct lodger_thread thread;

	for (int i = 0; i < 3; i++)
		CHECK_EQ(lodger_thread_create(&thread, run, (void *)args[i]), 0);
	go = true;
	become_exit("7");
}

/* Fails when of several execs not exactly one wins, when an exit of another thread
 * is lost or answered by both, or when the last thread seems to have gone. */
static void races(const char *part)
{
	static const char *const numbers[] = { "1", "2", "3" },
				 *const zeros[] = { "0", "0", "0" };
	int64_t status;

	if (part && strcmp(part, "exec") == 0)
		race(exec_when_told, numbers);
	if (part && strcmp(part, "exit") == 0)
		race(exit_when_told, numbers);
	if (part)
		race(exit_when_told, zeros);
	for (int i = 0; i < 15; i++) {
		status = test_child_status("exec.races", "exec");
		CHECK((status >= 1 && status <= 3) || status == 7);
		status = test_child_status("exec.races", "exit");
		CHECK((status >= 1 && status <= 3) || status == 7);
		CHECK_EQ(test_child_status("exec.races", "thread_exit"), 7);
	}
}

/* Fails when a kill is lost in the middle of an exec, wherever it comes. */
static void killed(const char *part)
{
	const char *const argv[] = { "exec" LODGER_SUFFIX, "-n", "1000000", "exit", NULL };
	int64_t status;

	(void)part;
	for (uint64_t i = 0; i < 40; i++) {
		int child = lodger_spawn("exec" LODGER_SUFFIX, argv);

		CHECK(child > 0);
		lodger_sleep_ns(i * 131 * NSEC_PER_USEC);
		CHECK_EQ(lodger_kill(child), 0);
		CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
		CHECK_EQ(status, STATUS_KILLED);
		CHECK_EQ(lodger_close(child), 0);
	}
}

/* Fails when something is left behind each time. */
static void often(const char *part)
{
	const char *const argv[] = { "exec" LODGER_SUFFIX, "-n", "300", "exit", "3", NULL };
	int64_t status;

	(void)part;
	CHECK_EQ(lodger_run("exec" LODGER_SUFFIX, argv, &status), 0);
	CHECK_EQ(status, 3);
}

const struct test exec_tests[] = {
	{ "exec.refused", refused },
	{ "exec.start", start },
	{ "exec.keeps", keeps },
	{ "exec.ends_threads", ends_threads },
	{ "exec.races", races },
	{ "exec.killed", killed },
	{ "exec.often", often },
	{ NULL, NULL },
};
