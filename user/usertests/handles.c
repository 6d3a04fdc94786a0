/* SPDX-License-Identifier: MIT */
/* Handles: numbers that name nothing, or something else. */
#include "probe.h"
#include "usertests.h"

/* None of these may be taken for a handle, nor cut down to one. */
static const uint64_t no_handles[] = {
	HANDLE_FIRST + 1, HANDLES_MAX - 1, HANDLES_MAX, HANDLES_MAX + 1,
	0x7fffffff, 0x80000000, 0xffffffff,
	(1ULL << 32) + HANDLE_SELF, (1ULL << 32) + HANDLE_TERMINAL,
	(1ULL << 63) + HANDLE_INITRAMFS, UINT64_MAX, UINT64_MAX - 1,
};

static void check_no_handle(long h)
{
	struct lodger_file f;
	struct spawn_args args = { (uintptr_t)"x", 2, 1, 0, 0, 0, 0 };
	int64_t status;
	char byte = ' ';

	CHECK_EQ(lodger_file_find("exit", &f), 0);
	CHECK_EQ(sys_read(h, &byte, 1), -EBADF);
	CHECK_EQ(sys_write(h, &byte, 1), -EBADF);
	CHECK_EQ(sys_spawn(h, f.offset, f.size, &args), -EBADF);
	CHECK_EQ(sys_wait(h, 0, &status), -EBADF);
	CHECK_EQ(sys_kill(h), -EBADF);
	CHECK_EQ(sys_close(h), -EBADF);
	if (h != HANDLE_NONE)
		CHECK_EQ(sys_vm_map(h, 0, PAGE, PROT_READ, 0), -EBADF);
}

/* Fails when a number that names nothing is accepted by any call. */
static void no_such(const char *part)
{
	(void)part;
	check_no_handle(HANDLE_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(no_handles); i++)
		if (sayable(no_handles[i]))
			check_no_handle((long)no_handles[i]);
}

/* Fails when an object is used as what it is not. */
static void wrong_type(const char *part)
{
	static const long not_terminal[] = { HANDLE_SELF, HANDLE_INITRAMFS };
	static const long not_memory[] = { HANDLE_SELF, HANDLE_TERMINAL };
	static const long not_process[] = { HANDLE_TERMINAL, HANDLE_INITRAMFS };
	struct spawn_args args = { (uintptr_t)"x", 2, 1, 0, 0, 0, 0 };
	int64_t status;
	char byte = ' ';
	long thread, ret;

	(void)part;
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(sys_read(not_terminal[i], &byte, 1), -EBADF);
		CHECK_EQ(sys_write(not_terminal[i], &byte, 1), -EBADF);
		CHECK_EQ(sys_vm_map(not_memory[i], 0, PAGE, PROT_READ, 0),
			 -EBADF);
		CHECK_EQ(sys_spawn(not_memory[i], 0, PAGE, &args), -EBADF);
		/* Nothing to wait for: either reason is a right one. */
		ret = sys_wait(not_process[i], 0, &status);
		CHECK(ret == -EBADF || ret == -EPERM);
		CHECK_EQ(sys_kill(not_process[i]), -EBADF);
	}
	thread = sys_thread_create(probe_exit, (uintptr_t)test_map(1, RW) + PAGE,
				   NULL, 0);
	CHECK(thread > 0);
	CHECK_EQ(sys_kill(thread), -EBADF);
	CHECK_EQ(sys_write(thread, &byte, 1), -EBADF);
	CHECK_EQ(sys_wait(thread, WAIT_FOREVER, &status), 0);
}

/* Fails when a handle outlives its close. */
static void closed(const char *part)
{
	const char *const argv[] = { "exit", "5", NULL };
	int64_t status;
	int child = lodger_spawn("exit", argv);

	(void)part;
	CHECK(child >= HANDLE_FIRST);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 5);
	CHECK_EQ(sys_close(child), 0);
	check_no_handle(child);
}

/* Fails when the handles of the start cannot be given up, or only seem so. */
static void closed_initial(const char *part)
{
	static const char byte = ' ';

	if (!part) {
		CHECK_EQ(test_child_status("handles.closed_initial", "close"),
			 42);
		return;
	}
	/* No terminal to complain on: the status says what was wrong. */
	if (sys_close(HANDLE_TERMINAL) ||
	    sys_write(HANDLE_TERMINAL, &byte, 1) != -EBADF)
		sys_exit(1);
	if (sys_close(HANDLE_INITRAMFS) ||
	    sys_vm_map(HANDLE_INITRAMFS, 0, PAGE, PROT_READ, 0) != -EBADF)
		sys_exit(2);
	/* What was mapped stays mapped. */
	if (*(const volatile char *)(uintptr_t)lodger_info->initramfs != '0')
		sys_exit(3);
	if (sys_close(HANDLE_SELF) || sys_kill(HANDLE_SELF) != -EBADF)
		sys_exit(4);
	sys_exit(42);
}

static volatile bool has_run;

static void note_run(void *arg)
{
	(void)arg;
	has_run = true;
	sys_thread_exit();
}

/*
 * Fails when a full table is not -EMFILE, when a number is given out twice,
 * when a thread runs that could not be named (its caller frees the stack), or
 * when closing does not make room again.
 */
static void exhausted(const char *part)
{
	static bool given[HANDLES_MAX];
	uint64_t stack = (uintptr_t)test_map(1, RW) + PAGE;
	unsigned int count = 0;
	int64_t status;
	long h;

	(void)part;
	while ((h = sys_handle_duplicate(HANDLE_SELF, RIGHT_WAIT, 0)) > 0) {
		CHECK(h >= HANDLE_FIRST && h < HANDLES_MAX);
		CHECK(!given[h]);
		given[h] = true;
		count++;
	}
	CHECK_EQ(h, -EMFILE);
	CHECK(count >= HANDLES_MAX - HANDLES_MAX / 64 - 8);
	CHECK_EQ(lodger_spawn("exit", NULL), -EMFILE);
	CHECK_EQ(sys_thread_create(note_run, stack, NULL, 0), -EMFILE);
	lodger_sleep_ns(5 * NSEC_PER_MSEC);
	CHECK(!has_run);
	CHECK_EQ(sys_close(HANDLE_FIRST), 0);
	CHECK_EQ(sys_thread_create(probe_exit, stack, NULL, 0), HANDLE_FIRST);
	CHECK_EQ(sys_wait(HANDLE_FIRST, WAIT_FOREVER, &status), 0);
	for (h = HANDLE_FIRST; h < HANDLES_MAX; h++)
		if (given[h])
			CHECK_EQ(sys_close(h), 0);
	CHECK_EQ(lodger_run("exit", NULL, &status), 0);
	CHECK_EQ(status, 0);
}

const struct test handle_tests[] = {
	{ "handles.no_such", no_such },
	{ "handles.wrong_type", wrong_type },
	{ "handles.closed", closed },
	{ "handles.closed_initial", closed_initial },
	{ "handles.exhausted", exhausted },
	{ NULL, NULL },
};
