/* SPDX-License-Identifier: MIT */
/*
 * Signals to threads that are more urgent, and how threads become less so. On one CPU
 * (run -c 1) these go by src/ipc/signal.S, on several mostly not.
 */
#include "probe.h"
#include "usertests.h"

#define OURS 16 /* what programs begin with */
#define LOW 8
#define SIGNALS 300

static long note;

/* of a call with the notification and a 64-bit number */
#define ARGS(wide) \
	((const unsigned long[]){ (unsigned long)note, wide }), \
	sizeof((const unsigned long[]){ 0, wide }) / sizeof(long)

static int signals_low(void *arg)
{
	(void)arg;
	CHECK_EQ(sys_thread_priority(HANDLE_NONE, LOW), 0);
	for (uint64_t n = 0; n < SIGNALS; n++)
		CHECK_EQ(probed_call(SYS_signal, ARGS(WIDE(1ULL << n % 63)), 2 << 10 | n, n & 1),
			 0);
	return 0;
}

/* Fails when a register of the one or the other is lost, or one shows what it should not;
 * or when a bit is lost. */
static void registers(const char *part)
{
	struct lodger_thread thread;
	uint64_t seen = 0;
	int result;

	(void)part;
	note = sys_notification_create();
	CHECK_EQ(lodger_thread_create(&thread, signals_low, NULL), 0);
	for (uint64_t n = 0; seen != (1ULL << 63) - 1; n++) {
		int64_t bits = probed_call(SYS_notification_wait, ARGS(WIDE(WAIT_FOREVER)),
					   1 << 10 | n, ~n & 1);

		CHECK(bits > 0);
		seen |= (uint64_t)bits;
	}
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 0);
}

static int waits_once(void *arg)
{
	(void)arg;
	return (int)sys_notification_wait(note, WAIT_FOREVER);
}

/* Threads wait for each other's process to be killed in the middle of it. Fails when a wait
 * outlives its thread, or keeps a notification (the audits, and who counts objects). */
static void killed(const char *part)
{
	struct lodger_thread threads[4];
	int64_t status;

	note = part ? HANDLE_FIRST : sys_notification_create();
	if (part) {
		for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
			CHECK_EQ(lodger_thread_create(&threads[i], waits_once, NULL), 0);
		CHECK_EQ(sys_thread_priority(HANDLE_NONE, LOW), 0);
		for (;;) {
			sys_signal(note, 2);
			sys_notification_wait(note, 0);
			lodger_thread_create(&threads[0], waits_once, NULL);
		}
	}
	for (int i = 0; i < 20; i++) {
		uint64_t given = (uint64_t)note;
		int child = test_child_with("signals.killed", "child", &given, 1);

		for (int k = 0; k < 20 + i; k++)
			sys_signal(note, 4);
		sys_sleep((uint64_t)i * 50000);
		CHECK_EQ(sys_kill(child), 0);
		CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
		CHECK_EQ(status, STATUS_KILLED);
		CHECK_EQ(lodger_close(child), 0);
	}
	CHECK_EQ(sys_signal(note, 8), 0);
	CHECK(sys_notification_wait(note, 0) & 8);
}

static int lower_than_us(void *arg)
{
	uintptr_t self = (uintptr_t)arg;

	CHECK_EQ(sys_thread_priority(HANDLE_NONE, LOW), 0);
	CHECK_EQ(sys_thread_priority(HANDLE_NONE, LOW), 0);
	CHECK_EQ(sys_thread_priority(HANDLE_NONE, LOW + 1), -EPERM);
	CHECK_EQ(sys_thread_priority((long)self, 1), -EPERM);
	return (int)sys_notification_wait(note, WAIT_FOREVER);
}

/* Every error, and that nobody gets above himself. */
static void priority(const char *part)
{
	static const uint64_t bad[] = { 0, 32, 255, 256 + LOW };
	struct lodger_thread thread;
	long weak;
	int result;

	(void)part;
	note = sys_notification_create();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(syscall2(SYS_thread_priority, HANDLE_NONE, bad[i]), -EINVAL);
	CHECK_EQ(sys_thread_priority(HANDLE_NONE, OURS + 1), -EPERM);
	CHECK_EQ(sys_thread_priority(HANDLE_NONE, OURS), 0);
	CHECK_EQ(sys_thread_priority(note, LOW), -EBADF);
	CHECK_EQ(sys_thread_priority(HANDLE_SELF, LOW), -EBADF);
	CHECK_EQ(sys_thread_priority(4000, LOW), -EBADF);
	thread.handle = 0;
	CHECK_EQ(lodger_thread_create(&thread, waits_once, NULL), 0);
	weak = sys_handle_duplicate(thread.handle, RIGHT_WAIT, 0);
	CHECK(weak > 0);
	CHECK_EQ(sys_thread_priority(weak, LOW), -EPERM);
	CHECK_EQ(sys_thread_priority(thread.handle, LOW), 0);
	CHECK_EQ(sys_thread_priority(thread.handle, OURS + 1), -EPERM);
	CHECK_EQ(sys_thread_priority(thread.handle, OURS), 0); /* it is below us, so we may */
	CHECK_EQ(sys_signal(note, 1), 0);
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 1);
	CHECK_EQ(lodger_thread_create(&thread, lower_than_us, (void *)weak), 0);
	CHECK_EQ(sys_signal(note, 1), 0);
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 1);
	CHECK_EQ(sys_close(weak), 0);
}

const struct test signal_tests[] = {
	{ "signals.registers", registers },
	{ "signals.killed", killed },
	{ "signals.priority", priority },
	{ NULL, NULL },
};
