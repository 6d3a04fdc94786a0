/* SPDX-License-Identifier: MIT */
/* vm_protect: what it refuses, what rights are worth, and when they arrive. */
#include "usertests.h"

#define RX (PROT_READ | PROT_EXEC)
#define THREADS 3

static int protect(const volatile void *addr, uint64_t pages, uint64_t prot)
{
	return (int)sys_vm_protect((uintptr_t)addr, pages * PAGE, prot);
}

/* Fails when a range or rights are accepted that cannot be meant, or when a refusal
 * has changed anything. */
static void refused(const char *part)
{
	static const struct {
		uint64_t addr, len, prot;
		int expected;
	} bad[] = {
		{ 0, PAGE, RW, -EINVAL },
		{ FIXED, 0, RW, -EINVAL },
		{ FIXED + 1, PAGE, RW, -EINVAL },
		{ FIXED, PAGE + 1, RW, -EINVAL },
		{ PAGE, PAGE, RW, -EINVAL },		    /* below the range */
		{ LODGER_VA_END, PAGE, RW, -EINVAL },
		{ LODGER_VA_END - PAGE, 2 * PAGE, RW, -EINVAL },
		{ 0xffffff8000000000, PAGE, PROT_READ, -EINVAL }, /* the kernel's */
		{ -PAGE, PAGE, RW, -EINVAL },		    /* wraps to zero */
		{ FIXED, -PAGE, RW, -EINVAL },
		{ FIXED, UINT64_MAX, RW, -EINVAL },
		{ FIXED, PAGE, PROT_WRITE | PROT_EXEC, -EINVAL },
		{ FIXED, PAGE, RW | PROT_EXEC, -EINVAL },
		{ FIXED, PAGE, 8, -EINVAL },
		{ FIXED, PAGE, UINT64_MAX, -EINVAL },
		{ FIXED, PAGE, (1ULL << 32) | PROT_READ, -EINVAL },
		{ FIXED - PAGE, 2 * PAGE, PROT_READ, -EFAULT }, /* holes: before, */
		{ FIXED, 3 * PAGE, PROT_READ, -EFAULT },	/* behind, */
		{ FIXED, 5 * PAGE, PROT_READ, -EFAULT },	/* between */
		{ FIXED + 2 * PAGE, PAGE, 0, -EFAULT },
		{ FIXED + 3 * PAGE, 3 * PAGE, RW, -EACCES }, /* the archive's pages */
		{ FIXED + 5 * PAGE, PAGE, PROT_WRITE, -EACCES },
	};
	volatile char *own = (volatile char *)FIXED;

	(void)part;
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED, 2 * PAGE, RW, 0), FIXED);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED + 3 * PAGE, PAGE, PROT_READ, 0),
		 FIXED + 3 * PAGE);
	CHECK_EQ(sys_vm_map(HANDLE_INITRAMFS, FIXED + 4 * PAGE, 2 * PAGE, PROT_READ, 0),
		 FIXED + 4 * PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		long ret = !sayable(bad[i].addr) || !sayable(bad[i].prot) ? bad[i].expected :
			   sys_vm_protect(bad[i].addr, bad[i].len, bad[i].prot);

		if (ret != bad[i].expected)
			test_fail(__FILE__, __LINE__,
				  "0x%" PRIx64 ", 0x%" PRIx64 " bytes, prot 0x%" PRIx64 ": %ld",
				  bad[i].addr, bad[i].len, bad[i].prot, ret);
		own[0] = own[PAGE] = (char)i;
		CHECK_EQ(sys_wait(HANDLE_TERMINAL, 0, (int64_t *)(FIXED + 3 * PAGE)),
			 -EBADF);
	}
	/* Rights that it has, or may have, are no mistake. */
	CHECK_EQ(protect(own, 2, RW), 0);
	CHECK_EQ(protect(own + 4 * PAGE, 2, RX), 0);
	CHECK_EQ(memcmp((char *)own + 4 * PAGE, (void *)(uintptr_t)lodger_info->initramfs, PAGE),
		 0);
}

/* Does the kernel store for us at p, or load from there? 0 or -EFAULT. */
static long stored(volatile char *p)
{
	static int child;

	if (!child)
		child = lodger_spawn("exit", NULL);
	lodger_wait(child, WAIT_FOREVER, NULL);
	return sys_wait(child, 0, (int64_t *)p);
}

static long loaded(volatile char *p)
{
	long ret = sys_spawn(HANDLE_INITRAMFS, 0, 0, (const struct spawn_args *)p);

	return ret == -EFAULT ? ret : 0;
}

/* Fails when rights are not what the last call said: of pages that are there, of pages
 * that come later, for the program and for the kernel on its behalf. */
static void rights(const char *part)
{
	static const char *const parts[] = { "write", "read none", "write none",
					     "execute", "later", "new page" };
	volatile char *p = test_map(4, RW);

	if (!part) {
		for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
			if (test_child_status("protect.rights", parts[i]) !=
			    STATUS_FAULT + (i == 3 ? 0x20 : 0x24))
				test_fail(__FILE__, __LINE__, "%s", parts[i]);
		p[0] = p[PAGE] = p[2 * PAGE] = 42;
		CHECK_EQ(protect(p + PAGE, 1, PROT_READ), 0);
		CHECK_EQ(p[PAGE], 42);
		CHECK_EQ(stored(p + PAGE), -EFAULT);
		CHECK_EQ(loaded(p + PAGE), 0);
		CHECK_EQ(protect(p + PAGE, 3, 0), 0);
		CHECK_EQ(stored(p + PAGE), -EFAULT);
		CHECK_EQ(loaded(p + PAGE), -EFAULT);
		CHECK_EQ(loaded(p + 3 * PAGE), -EFAULT);
		p[0]++;
		CHECK_EQ(protect(p, 4, RW), 0);
		CHECK_EQ(p[PAGE], 42);
		CHECK_EQ(p[2 * PAGE]++, 42);
		CHECK_EQ(p[3 * PAGE]++, 0);
		CHECK_EQ(stored(p + PAGE), 0);
		CHECK_EQ(p[0], 43);
		return;
	}
	p[0] = 1;
	CHECK_EQ(protect(p, 2, strstr(part, "none")	 ? 0 :
			       strcmp(part, "execute") == 0 ? RW : PROT_READ), 0);
	if (strcmp(part, "read none") == 0)
		CHECK_EQ(p[0], 1);
	else if (strcmp(part, "execute") == 0)
		((void (*)(void))(uintptr_t)p)();
	else if (strcmp(part, "new page") == 0)
		p[PAGE] = 1;
	else
		p[0] = 1;
}

/* Fails when instructions that were just written are not those that are executed. */
static void code(const char *part)
{
	volatile uint32_t *p = (volatile uint32_t *)test_map(1, RW);

	(void)part;
	for (int i = 0; i < 300; i++) {
		CHECK_EQ(protect(p, 1, RW), 0);
		test_put_return(p, (uint32_t)i);
		CHECK_EQ(protect(p, 1, RX), 0);
		CHECK_EQ(((int (*)(void))(uintptr_t)p)(), i);
	}
}

/* Fails when regions are not joined again (there may be 1024), or a neighbour's
 * rights are changed with them. */
static void joins(const char *part)
{
	const uint64_t pages = 3000;
	volatile char *p = test_map(pages, RW);

	(void)part;
	for (uint64_t i = 0; i < pages; i++) {
		CHECK_EQ(protect(p + i * PAGE, 1, PROT_READ), 0);
		CHECK_EQ(loaded(p + i * PAGE), 0);
		if (i + 1 < pages)
			p[(i + 1) * PAGE] = 1;
	}
	for (uint64_t i = pages; i-- > 0;) {
		CHECK_EQ(protect(p + i * PAGE, 1, RW), 0);
		p[i * PAGE]++;
		if (i > 0)
			CHECK_EQ(stored(p + (i - 1) * PAGE), -EFAULT);
	}
	for (uint64_t i = 0; i < 10; i++) /* holes of one page, and back */
		CHECK_EQ(protect(p + (3 * i + 1) * PAGE, 1, 0), 0);
	CHECK_EQ(protect(p, pages, RW), 0);
	for (uint64_t i = 0; i < pages; i++)
		CHECK_EQ(p[i * PAGE]++, i == 0 ? 1 : 2);
	test_unmap((const char *)p, pages);
}

/* ---- several CPUs ---- */

static volatile bool stop;
/* epoch % 4 is what anybody may do at FIXED: 0 write, 2 not write, else it is changing. */
static unsigned int epoch;

static void next_epoch(void)
{
	__atomic_add_fetch(&epoch, 1, __ATOMIC_SEQ_CST);
}

/* Stores through the kernel, which says so if it cannot. */
static int store_often(void *arg)
{
	int child = lodger_spawn("exit", NULL);
	unsigned int refused = 0;

	lodger_wait(child, WAIT_FOREVER, NULL);
	while (!stop || !refused) {
		unsigned int before = __atomic_load_n(&epoch, __ATOMIC_SEQ_CST);
		long ret = sys_wait(child, 0, (int64_t *)arg);
		unsigned int after = __atomic_load_n(&epoch, __ATOMIC_SEQ_CST);

		if (ret && ret != -EFAULT)
			return 1;
		/* All of our call lay within an epoch? */
		if (before == after && before % 4 == (ret ? 0 : 2))
			return 2;
		refused += ret != 0;
	}
	return 0;
}

/* Fails when a right that was taken is still there on another CPU when the call
 * returns, or one that was given is not there yet. */
static void reaches_all(const char *part)
{
	struct lodger_thread thread[THREADS];
	uint64_t end_ns = lodger_clock_ns() + 400 * NSEC_PER_MSEC;
	int result;

	(void)part;
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED, 2 * PAGE, RW, 0), FIXED);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(lodger_thread_create(&thread[i], store_often,
					      (void *)(uintptr_t)(FIXED + 64 * (uint64_t)i)), 0);
	for (unsigned int i = 0; lodger_clock_ns() < end_ns; i++) {
		next_epoch();
		CHECK_EQ(sys_vm_protect(FIXED, PAGE * (1 + i % 2),
					i % 3 ? PROT_READ : 0), 0);
		next_epoch();
		lodger_sleep_ns(50 * NSEC_PER_USEC);
		next_epoch();
		CHECK_EQ(sys_vm_protect(FIXED, 2 * PAGE, RW), 0);
		next_epoch();
		lodger_sleep_ns(50 * NSEC_PER_USEC);
	}
	next_epoch();
	CHECK_EQ(sys_vm_protect(FIXED, PAGE, PROT_READ), 0);
	stop = true;
	for (int i = 0; i < THREADS; i++) {
		CHECK_EQ(lodger_thread_join(&thread[i], &result), 0);
		CHECK_EQ(result, 0);
	}
}

#define AREA 130 /* pages: more than two batches */

/* Change rights of parts of the area, again and again; 0: until told to stop. */
static int change(void *arg)
{
	uint64_t seed = (uintptr_t)arg;

	while (!stop) {
		uint64_t from, pages;

		seed = seed * 6364136223846793005 + 1442695040888963407;
		from = seed >> 33 & 63;
		pages = 1 + (seed >> 40 & 63);
		if (sys_vm_protect(FIXED + from * PAGE, pages * PAGE,
				   seed >> 50 & 1 ? PROT_READ : RW))
			return 1;
	}
	return 0;
}

/* Fails when of changes that overlap not one is the last everywhere, or when one of
 * them loses a page. */
static void overlap(const char *part)
{
	struct lodger_thread thread[THREADS];
	volatile uint64_t *word = (volatile uint64_t *)FIXED;
	int result;

	(void)part;
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED, AREA * PAGE, RW, 0), FIXED);
	for (uint64_t round = 0; round < 12; round++) {
		for (uint64_t i = 0; i < AREA * PAGE / 8; i += PAGE / 8)
			word[i] = i + round;
		stop = false;
		for (uint64_t i = 0; i < THREADS; i++)
			CHECK_EQ(lodger_thread_create(&thread[i], change,
						      (void *)(uintptr_t)(round * 10 + i)), 0);
		lodger_sleep_ns(10 * NSEC_PER_MSEC);
		for (uint64_t i = 0; i < AREA * PAGE / 8; i += PAGE / 8)
			CHECK_EQ(word[i], i + round); /* they can be read all the time */
		stop = true;
		for (int i = 0; i < THREADS; i++) {
			CHECK_EQ(lodger_thread_join(&thread[i], &result), 0);
			CHECK_EQ(result, 0);
		}
		CHECK_EQ(sys_vm_protect(FIXED, AREA * PAGE, PROT_READ), 0);
		CHECK_EQ(stored((char *)FIXED + round * PAGE), -EFAULT);
		CHECK_EQ(sys_vm_protect(FIXED, AREA * PAGE, RW), 0);
	}
}

const struct test protect_tests[] = {
	{ "protect.refused", refused },
	{ "protect.rights", rights },
	{ "protect.code", code },
	{ "protect.joins", joins },
	{ "protect.reaches_all", reaches_all },
	{ "protect.overlap", overlap },
	{ NULL, NULL },
};
