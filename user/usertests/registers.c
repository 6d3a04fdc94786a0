/* SPDX-License-Identifier: MIT */
/* What the kernel leaves in registers: the caller's own, or nothing. */
#include "probe.h"
#include "usertests.h"

_Static_assert(sizeof(struct registers) == PROBE_SIZE, "probe.h");
_Static_assert(offsetof(struct registers, sp) == PROBE_SP, "probe.h");
_Static_assert(offsetof(struct registers, tpidr) == PROBE_TPIDR, "probe.h");
_Static_assert(offsetof(struct registers, fp) == PROBE_FP, "probe.h");

struct registers probe_start;

/* Fails when anything but x0 and sp is not zero in a new process. */
static void start(const char *part)
{
	const struct registers *r = &probe_start;
	const struct start_info *info = lodger_info;
	char **argv = (char **)info->argv;
	struct fpregs zero = { 0 };

	(void)part;
	for (int i = 1; i < 31; i++)
		if (r->x[i])
			test_fail(__FILE__, __LINE__, "x%d is 0x%lx", i,
				  r->x[i]);
	if (memcmp(&zero, &r->fp, sizeof(zero)) != 0)
		test_fail(__FILE__, __LINE__, "%s is not zero",
			  fpregs_difference(&zero, &r->fp));
	CHECK_EQ(r->nzcv, 0);
	CHECK_EQ(r->tpidr, 0);
	CHECK_EQ(r->sp % 16, 0);

	CHECK_EQ(r->x[0], info);
	CHECK_EQ((uint64_t)info % 16, 0);
	CHECK((uint64_t)info >= r->sp);
	CHECK(info->size >= sizeof(*info));
	CHECK(info->pid > 0);
	CHECK(info->argc >= 3);
	CHECK(strcmp(argv[0], "usertests") == 0);
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
	h = sys_thread_create(probe_thread, (uint64_t)stack + PAGE, &r, 0x1230);
	CHECK(h > 0);
	CHECK_EQ(sys_wait(h, WAIT_FOREVER, &status), 0);
	CHECK_EQ(r.x[0], &r);
	CHECK_EQ(r.sp, stack + PAGE);
	CHECK_EQ(r.tpidr, 0x1230);
	CHECK_EQ(r.nzcv, 0);
	for (int i = 1; i < 31; i++)
		if (r.x[i])
			test_fail(__FILE__, __LINE__, "x%d is 0x%lx", i,
				  r.x[i]);
	CHECK(memcmp(&zero, &r.fp, sizeof(zero)) == 0);
}

static void check_call(uint64_t nr, const uint64_t args[6], long expected)
{
	struct registers in, out;

	for (uint64_t i = 0; i < 31; i++)
		in.x[i] = i < 6 ? args[i] : 0xabcd000000000000 + i * 0x1111;
	in.x[8] = nr;
	fpregs_pattern(&in.fp, nr + 7);
	memset(&out, 0xff, sizeof(out));
	probe_syscall(&in, &out);
	CHECK_EQ(out.x[0], expected);
	for (int i = 1; i <= 18; i++)
		if (out.x[i])
			test_fail(__FILE__, __LINE__,
				  "call %lu leaves 0x%lx in x%d", nr, out.x[i],
				  i);
	for (int i = 19; i <= 30; i++)
		if (out.x[i] != in.x[i])
			test_fail(__FILE__, __LINE__, "call %lu changes x%d",
				  nr, i);
	if (memcmp(&in.fp, &out.fp, sizeof(in.fp)) != 0)
		test_fail(__FILE__, __LINE__, "call %lu changes %s", nr,
			  fpregs_difference(&in.fp, &out.fp));
}

/*
 * Fails when a call changes a register that it must keep or hands back one
 * that it must clear; those that switch to another thread, too.
 */
static void across_calls(const char *part)
{
	static const uint64_t none[6];
	struct spawn_args no_program = { (uint64_t)"x", 2, 1, 0, 0, 0 };
	int64_t status;
	int child;

	if (part)
		return;
	child = test_child("registers.across_calls", "end at once");
	check_call(SYS_nop, none, 0);
	check_call(SYS_yield, none, 0);
	check_call(SYS_sleep, (uint64_t[6]){ 2 * NSEC_PER_MSEC }, 0);
	check_call(SYS_close, (uint64_t[6]){ 12345 }, -EBADF);
	check_call(SYS_write, (uint64_t[6]){ HANDLE_TERMINAL, 0, 1 }, -EFAULT);
	check_call(SYS_wait,
		   (uint64_t[6]){ (uint64_t)child, WAIT_FOREVER,
				  (uint64_t)&status }, 0);
	check_call(SYS_exec,
		   (uint64_t[6]){ HANDLE_INITRAMFS, 0, 64, (uint64_t)&no_program },
		   -ENOEXEC);
	check_call(SYS_vm_protect, (uint64_t[6]){ 0x2000000000, PAGE, 0 }, -EFAULT);
	check_call(NR_SYSCALLS, none, -ENOSYS);
	check_call(UINT64_MAX, none, -ENOSYS);
}

/* Fails when FP/SIMD state is lost where threads share CPUs; see bin/fpu.c. */
static void fp_shared(const char *part)
{
	const char *const argv[] = { "fpu", "8", "200", NULL };
	int64_t status;

	(void)part;
	CHECK_EQ(lodger_run("fpu", argv, &status), 0);
	CHECK_EQ(status, 0);
}

static int fp_worker(void *arg)
{
	struct fpregs expected, found;

	fpregs_pattern(&expected, (uint64_t)arg);
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
					      (void *)(i + 1)), 0);
	for (uint64_t i = 0; i < ARRAY_SIZE(thread); i++) {
		CHECK_EQ(lodger_thread_join(&thread[i], &result), 0);
		CHECK_EQ(result, 0);
	}
}

/* Odd ones use FP/SIMD registers as well. */
static int yielder(void *arg)
{
	uint64_t who = (uint64_t)arg;
	struct registers in, out;

	for (uint64_t n = 0; n < 300; n++) {
		for (uint64_t i = 0; i < 31; i++)
			in.x[i] = who << 32 | n << 8 | i;
		in.x[8] = SYS_yield;
		fpregs_pattern(&in.fp, who << 16 | n);
		if (who & 1)
			probe_syscall(&in, &out);
		else
			probe_message(&in, &out);
		for (int i = 0; i < 31; i++)
			if (out.x[i] != (i <= 18 ? 0 : in.x[i]))
				test_fail(__FILE__, __LINE__, "x%d of %lu is 0x%lx", i, who,
					  out.x[i]);
		if (who & 1 && memcmp(&in.fp, &out.fp, sizeof(in.fp)) != 0)
			test_fail(__FILE__, __LINE__, "a yield changes %s of %lu",
				  fpregs_difference(&in.fp, &out.fp), who);
	}
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
					      (void *)(i + (part ? 101 : 1))), 0);
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
