/* SPDX-License-Identifier: MIT */
/* What the kernel leaves in registers: the caller's own, or nothing. */
#include "probe.h"
#include "usertests.h"

_Static_assert(sizeof(struct registers) == PROBE_SIZE, "probe.h");
_Static_assert(offsetof(struct registers, sp) == PROBE_SP, "probe.h");
_Static_assert(offsetof(struct registers, tpidr) == PROBE_TPIDR, "probe.h");
_Static_assert(offsetof(struct registers, fp) == PROBE_FP, "probe.h");

struct registers probe_start;

/* What an AArch32 thread has as its pointer; here it can only be another one's. */
static unsigned long other_thread_pointer(void)
{
	unsigned long value = 0;

#ifndef __arm__
	__asm__ volatile("mrs	%0, tpidrro_el0" : "=r"(value));
#endif
	return value;
}

/* Fails when anything but x0 and sp is not zero in a new process. */
static void start(const char *part)
{
	const struct registers *r = &probe_start;
	const struct start_info *info = lodger_info;
	char **argv = (char **)(uintptr_t)info->argv;
	struct fpregs zero = { 0 };

	(void)part;
	for (int i = 1; i < PROBE_NR_X; i++)
		if (r->x[i])
			test_fail(__FILE__, __LINE__, "register %d is 0x%lx", i,
				  r->x[i]);
	if (memcmp(&zero, &r->fp, sizeof(zero)) != 0)
		test_fail(__FILE__, __LINE__, "%s is not zero",
			  fpregs_difference(&zero, &r->fp));
	CHECK_EQ(r->nzcv, 0);
	CHECK_EQ(r->tpidr, 0);
	CHECK_EQ(other_thread_pointer(), 0);
	CHECK_EQ(r->sp % 16, 0);

	CHECK_EQ(r->x[0], (uintptr_t)info);
	CHECK_EQ((uintptr_t)info % 16, 0);
	CHECK((uintptr_t)info >= r->sp);
	CHECK(info->size >= sizeof(*info));
	CHECK(info->pid > 0);
	CHECK(info->argc >= 3);
	CHECK(strcmp(argv[0], "usertests" LODGER_SUFFIX) == 0);
	CHECK(argv[info->argc] == NULL);
	CHECK(info->initramfs % PAGE == 0 && info->initramfs_len > 0);
	CHECK(info->counter_hz >= 1000000);
}

/*
 * Fails when a process sees what another had in its FP/SIMD registers, or the
 * kernel hands out a thread's registers unwashed.
 */
static void start_after_use(const char *part)
{
	struct fpregs pattern;

	(void)part;
	for (uint64_t i = 1; i <= 8; i++) {
		fpregs_pattern(&pattern, i);
		fpregs_dirty(&pattern);
		CHECK_EQ(test_child_status("registers.start", "again"), 0);
	}
}

/* Fails when a thread starts with more than its argument, sp and tpidr. */
static void thread_start(const char *part)
{
	static struct registers r;
	struct fpregs pattern, zero = { 0 };
	char *stack = test_map(1, RW);
	int64_t status;
	long h;

	(void)part;
	fpregs_pattern(&pattern, 99);
	fpregs_dirty(&pattern);
	h = sys_thread_create(probe_thread, (uintptr_t)stack + PAGE, &r, 0x1230);
	CHECK(h > 0);
	CHECK_EQ(sys_wait(h, WAIT_FOREVER, &status), 0);
	CHECK_EQ(r.x[0], (uintptr_t)&r);
	CHECK_EQ(r.sp, (uintptr_t)stack + PAGE);
	CHECK_EQ(r.tpidr, 0x1230);
	CHECK_EQ(r.nzcv, 0);
	for (int i = 1; i < PROBE_NR_X; i++)
		if (r.x[i])
			test_fail(__FILE__, __LINE__, "register %d is 0x%lx", i,
				  r.x[i]);
	CHECK(memcmp(&zero, &r.fp, sizeof(zero)) == 0);
}

#define ARGS(...) ((const unsigned long[]){ __VA_ARGS__ })

static void check_call(long nr, const unsigned long *args, int nr_args, int64_t expected)
{
	CHECK_EQ(probed_call(nr, args, nr_args, (uint64_t)nr + 7, true), expected);
}

#define CHECK_CALL(expected, nr, ...) \
	check_call(nr, ARGS(__VA_ARGS__), sizeof(ARGS(__VA_ARGS__)) / sizeof(long), expected)

/*
 * Fails when a call changes a register that it must keep or hands back one
 * that it must clear, or loses half of a number; those that switch to another thread, too.
 */
static void across_calls(const char *part)
{
	struct spawn_args no_program = { (uintptr_t)"x", 2, 1, 0, 0, 0, 0 };
	unsigned long child, note;
	int64_t status = -1;

	if (part)
		return;
	child = (unsigned long)test_child("registers.across_calls", "end at once");
	note = (unsigned long)sys_notification_create();
	CHECK_CALL(0, SYS_nop, 0);
	CHECK_CALL(0, SYS_yield, 0);
	CHECK_CALL(0, SYS_sleep, WIDE(2 * NSEC_PER_MSEC));
	CHECK_CALL(-EBADF, SYS_close, 12345);
	CHECK_CALL(-EFAULT, SYS_write, HANDLE_TERMINAL, 0, 1);
	CHECK_CALL(0, SYS_wait, child, WIDE(WAIT_FOREVER), (uintptr_t)&status);
	CHECK_EQ(status, 0);
	CHECK_CALL(-ENOEXEC, SYS_exec, HANDLE_INITRAMFS, 0, 64, (uintptr_t)&no_program);
	CHECK_CALL(-EFAULT, SYS_vm_protect, FIXED, PAGE, 0);
	CHECK_CALL(0, SYS_signal, note, WIDE(0x4000000080000001));
	CHECK_CALL(0x4000000080000001, SYS_notification_wait, note, WIDE(0));
	CHECK_CALL(-ETIMEDOUT, SYS_notification_wait, note, WIDE(1));
	CHECK_CALL(-ENOSYS, NR_SYSCALLS, 0);
	CHECK_CALL(-ENOSYS, NR_SYSCALLS_IPC, 0);
	CHECK_CALL(-ENOSYS, -1L, 0);
}

/* Fails when FP/SIMD state is lost where threads share CPUs; see bin/fpu.c. */
static void fp_shared(const char *part)
{
	const char *const argv[] = { "fpu" LODGER_SUFFIX, "8", "200", NULL };
	int64_t status;

	(void)part;
	CHECK_EQ(lodger_run("fpu" LODGER_SUFFIX, argv, &status), 0);
	CHECK_EQ(status, 0);
}

static int fp_worker(void *arg)
{
	struct fpregs expected, found;

	fpregs_pattern(&expected, (uintptr_t)arg);
	for (int i = 0; i < 100; i++) {
		fpregs_load_spin_yield_store(&expected, &found, 5000);
		if (memcmp(&expected, &found, sizeof(found)) != 0)
			return 1;
	}
	return 0;
}

/* Fails when the threads of one process share FP/SIMD state. */
static void fp_threads(const char *part)
{
	struct lodger_thread thread[6];
	int result;

	(void)part;
	for (uint64_t i = 0; i < ARRAY_SIZE(thread); i++)
		CHECK_EQ(lodger_thread_create(&thread[i], fp_worker,
					      (void *)(uintptr_t)(i + 1)), 0);
	for (uint64_t i = 0; i < ARRAY_SIZE(thread); i++) {
		CHECK_EQ(lodger_thread_join(&thread[i], &result), 0);
		CHECK_EQ(result, 0);
	}
}

/* Odd ones use FP/SIMD registers as well. */
static int yielder(void *arg)
{
	uint64_t who = (uintptr_t)arg;

	for (uint64_t n = 0; n < 300; n++)
		CHECK_EQ(probed_call(SYS_yield, NULL, 0, who << 9 | n, who & 1), 0);
	return 0;
}

/*
 * Threads of two processes that give way to each other. Fails when one comes back with a
 * register of another, or the kernel's.
 */
static void yields(const char *part)
{
	struct lodger_thread thread[6];
	int64_t status;
	int child = part ? 0 : test_child("registers.yields", "too"), result;

	for (uint64_t i = 0; i < ARRAY_SIZE(thread); i++)
		CHECK_EQ(lodger_thread_create(&thread[i], yielder,
					      (void *)(uintptr_t)(i + (part ? 101 : 1))), 0);
	for (uint64_t i = 0; i < ARRAY_SIZE(thread); i++)
		CHECK_EQ(lodger_thread_join(&thread[i], &result), 0);
	if (part)
		return;
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 0);
}

const struct test register_tests[] = {
	{ "registers.start", start },
	{ "registers.start_after_use", start_after_use },
	{ "registers.thread_start", thread_start },
	{ "registers.across_calls", across_calls },
	{ "registers.yields", yields },
	{ "registers.fp_shared", fp_shared },
	{ "registers.fp_threads", fp_threads },
	{ NULL, NULL },
};
