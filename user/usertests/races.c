/* SPDX-License-Identifier: MIT */
/*
 * Threads that get in each other's way on purpose: one changes the address
 * space while others fault in it, copy through it, or leave it. What each one
 * sees must be one of the orders in which the steps can happen.
 */
#include "usertests.h"

#define THREADS 4

static volatile bool stop;

static void run_threads(int (*run)(void *), unsigned int count)
{
	struct lodger_thread thread[THREADS];
	int result;

	for (uintptr_t i = 0; i < count; i++)
		CHECK_EQ(lodger_thread_create(&thread[i], run, (void *)i), 0);
	for (unsigned int i = 0; i < count; i++) {
		CHECK_EQ(lodger_thread_join(&thread[i], &result), 0);
		CHECK_EQ(result, 0);
	}
}

static int map_and_unmap(void *arg)
{
	(void)arg;
	while (!stop) {
		if (sys_vm_map(HANDLE_NONE, FIXED, PAGE, RW, 0) != FIXED ||
		    sys_vm_unmap(FIXED, PAGE))
			return 1;
	}
	return 0;
}

/* Fails when two threads are both given the same addresses. */
static int claim(void *arg)
{
	volatile uintptr_t *page = (volatile uintptr_t *)FIXED;
	uintptr_t me = (uintptr_t)arg + 1;

	for (int won = 0; won < 200;) {
		int64_t ret = sys_vm_map(HANDLE_NONE, FIXED, PAGE, RW, 0);

		if (ret == -EEXIST) {
			sys_yield();
			continue;
		}
		if (ret != FIXED || *page != 0)
			return 1;
		*page = me;
		sys_yield();
		if (*page != me || sys_vm_unmap(FIXED, PAGE))
			return 2;
		won++;
	}
	return 0;
}

static void map_map(const char *part)
{
	(void)part;
	run_threads(claim, THREADS);
}

/* Fails when a CPU still sees the page that was here before. */
static int private_area(void *arg)
{
	for (int round = 0; round < 150; round++) {
		uint64_t *p = (uint64_t *)test_map(8, RW);

		for (uint64_t i = 0; i < 8 * PAGE / sizeof(*p); i++)
			if (p[i])
				return 1;
		for (uint64_t i = 0; i < 8 * PAGE / sizeof(*p); i++)
			p[i] = (uintptr_t)arg + 1;
		if (round % 8 == 0)
			sys_yield();
		for (uint64_t i = 0; i < 8 * PAGE / sizeof(*p); i++)
			if (p[i] != (uintptr_t)arg + 1)
				return 2;
		test_unmap(p, 8);
	}
	return 0;
}

static void stale_tlb(const char *part)
{
	(void)part;
	run_threads(private_area, THREADS);
}

#define LONG 200 /* pages: some batches of unmap */

static int unmap_long(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 150; i++) {
		if (sys_vm_map(HANDLE_NONE, FIXED, LONG * PAGE, RW, 0) != FIXED)
			break;
		for (uint64_t p = 0; p < LONG; p++)
			*(volatile char *)(uintptr_t)(FIXED + p * PAGE) = 1;
		/* And the page behind it, where there is nothing of ours. */
		if (sys_vm_unmap(FIXED, (LONG + 1) * PAGE))
			break;
	}
	stop = true;
	return i < 150;
}

/* Fails when unmap takes what is mapped while it works, even beyond its end. */
static void unmap_beyond(const char *part)
{
	const uint64_t at = FIXED + LONG * PAGE;
	struct lodger_thread thread;
	int result;

	(void)part;
	CHECK_EQ(lodger_thread_create(&thread, unmap_long, NULL), 0);
	while (!stop) {
		int64_t ret = sys_vm_map(HANDLE_NONE, at, 2 * PAGE, RW, 0);

		if (ret == -EEXIST)
			continue;
		CHECK_EQ(ret, at);
		for (int i = 0; i < 200; i++)
			*(volatile char *)(uintptr_t)(at + PAGE) = 1;
		CHECK_EQ(sys_vm_unmap(at, 2 * PAGE), 0);
	}
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 0);
}

/* Fails when vm_protect cuts what is being unmapped: then a part of it stays. */
static void unmap_protect(const char *part)
{
	struct lodger_thread thread;
	int result;

	(void)part;
	CHECK_EQ(lodger_thread_create(&thread, unmap_long, NULL), 0);
	for (int i = 0; !stop; i++) {
		/* Both may be written to, so the other one goes on. */
		long ret = sys_vm_protect(FIXED + 3 * PAGE, 60 * PAGE,
					  i % 2 ? PROT_WRITE : RW);

		CHECK(ret == 0 || ret == -EFAULT);
	}
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 0);
}

/*
 * Fails when a fault that loses against unmap does anything but end the
 * process with a data abort.
 */
static void unmap_fault(const char *part)
{
	struct lodger_thread thread;
	int64_t status;

	if (part) {
		CHECK_EQ(lodger_thread_create(&thread, map_and_unmap, NULL), 0);
		for (;;)
			*(volatile char *)FIXED = 1;
	}
	for (int i = 0; i < 12; i++) {
		status = test_child_status("races.unmap_fault", "touch");
		CHECK_EQ(status, STATUS_FAULT + 0x24);
	}
}

/* Fails when the kernel's own store to a page that goes away is not -EFAULT. */
static void unmap_copy(const char *part)
{
	uint64_t end_ns = lodger_clock_ns() + 300 * NSEC_PER_MSEC;
	int child = lodger_spawn("exit", NULL);
	unsigned int stored = 0, refused = 0;
	struct lodger_thread thread;
	int64_t status;
	int result;

	(void)part;
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(lodger_thread_create(&thread, map_and_unmap, NULL), 0);
	while (lodger_clock_ns() < end_ns) {
		long ret = sys_wait(child, 0, (int64_t *)FIXED);

		CHECK(ret == 0 || ret == -EFAULT);
		if (ret)
			refused++;
		else
			stored++;
	}
	stop = true;
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 0);
	CHECK(stored + refused > 0);
}

static int spawn_some(void *arg)
{
	for (int i = 0; i < 15; i++) {
		char text[8];
		const char *const argv[] = { "exit", text, NULL };
		int64_t status;

		snprintf(text, sizeof(text), "%d", (int)(uintptr_t)arg * 20 + i);
		if (lodger_run("exit", argv, &status) || status != atoi(text))
			return 1;
	}
	return 0;
}

/* Fails when threads that spawn at once get each other's children. */
static void spawn_spawn(const char *part)
{
	(void)part;
	run_threads(spawn_some, THREADS);
}

static int victim;

static int kill_victim(void *arg)
{
	(void)arg;
	lodger_kill(victim);
	return 0;
}

/* Fails when a process dies twice: by exit, by several kills, at once. */
static void kill_kill(const char *part)
{
	struct lodger_thread thread;
	int64_t status;

	if (part) {
		CHECK_EQ(lodger_thread_create(&thread, private_area, NULL), 0);
		lodger_sleep_ns(NSEC_PER_MSEC * (uint64_t)atoi(part));
		exit(5);
	}
	for (int i = 0; i < 10; i++) {
		victim = test_child("races.kill_kill", i % 2 ? "1" : "0");
		lodger_sleep_ns(NSEC_PER_MSEC * (uint64_t)(i % 4));
		run_threads(kill_victim, THREADS);
		CHECK_EQ(lodger_wait(victim, WAIT_FOREVER, &status), 0);
		CHECK(status == STATUS_KILLED || status == 5);
		CHECK_EQ(lodger_close(victim), 0);
	}
}

const struct test race_tests[] = {
	{ "races.map_map", map_map },
	{ "races.stale_tlb", stale_tlb },
	{ "races.unmap_beyond", unmap_beyond },
	{ "races.unmap_protect", unmap_protect },
	{ "races.unmap_fault", unmap_fault },
	{ "races.unmap_copy", unmap_copy },
	{ "races.spawn_spawn", spawn_spawn },
	{ "races.kill_kill", kill_kill },
	{ NULL, NULL },
};
