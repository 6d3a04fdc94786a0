/* SPDX-License-Identifier: MIT */
/* Memory objects: shared, copied at a write, and what they refuse. */
#include "usertests.h"

#define PAGES 70 /* more than a node of the kernel's tree holds */

static long make(uint64_t pages)
{
	long h = sys_memory_create(pages * PAGE);

	CHECK(h > 0);
	return h;
}

static volatile uint64_t *map(long h, uint64_t pages, uint64_t first, uint64_t prot)
{
	int64_t at = sys_vm_map(h, 0, pages * PAGE, prot, first * PAGE);

	CHECK(at > 0);
	return (volatile uint64_t *)(uintptr_t)at;
}

/* The first word of the page. */
static volatile uint64_t *word(volatile uint64_t *at, uint64_t page)
{
	return at + page * PAGE / sizeof(*at);
}

/* Fails when two mappings of an object differ, when an offset is lost, when a page is not
 * zero at first, or when memory goes with its last handle instead of its last mapping. */
static void shared(const char *part)
{
	long h = make(PAGES);
	volatile uint64_t *a = map(h, PAGES, 0, RW), *b = map(h, PAGES - 3, 3, PROT_READ);

	(void)part;
	CHECK_EQ(sys_memory_size(h), PAGES * PAGE);
	CHECK_EQ(sys_close(h), 0);
	for (uint64_t i = 0; i < PAGES; i++) {
		CHECK_EQ(*word(a, i), 0);
		*word(a, i) = i + 1;
	}
	for (uint64_t i = 3; i < PAGES; i++)
		CHECK_EQ(*word(b, i - 3), i + 1);
	/* Unmapping cuts a mapping in two; both halves go on. */
	CHECK_EQ(sys_vm_unmap((uintptr_t)word(a, 10), PAGE), 0);
	CHECK_EQ(*word(a, 9), 10);
	CHECK_EQ(*word(a, 11), 12);
	CHECK_EQ(*word(b, 7), 11);
}

static void bad(const char *part)
{
	long h = make(2), ep = sys_endpoint_create();

	(void)part;
	CHECK_EQ(sys_memory_create(0), -EINVAL);
	CHECK_EQ(sys_memory_create(PAGE + 1), -EINVAL);
	if (sayable(USER_VA_END)) {
		CHECK_EQ(sys_memory_create(USER_VA_END + PAGE), -EINVAL);
		CHECK_EQ(sys_memory_create(-PAGE), -EINVAL);
	}
	CHECK_EQ(sys_memory_size(ep), -EBADF);
	CHECK_EQ(sys_vm_map(ep, 0, PAGE, RW, 0), -EBADF);
	CHECK_EQ(sys_vm_map(h, 0, 3 * PAGE, RW, 0), -EINVAL);
	CHECK_EQ(sys_vm_map(h, 0, PAGE, RW, 2 * PAGE), -EINVAL);
	CHECK_EQ(sys_vm_map(h, 0, PAGE, RW, 1), -EINVAL);
	CHECK_EQ(sys_vm_map(h, 0, PAGE, RW, -PAGE), -EINVAL);
	CHECK_EQ(sys_vm_map(h, 0, PAGE, RW | PROT_EXEC, 0), -EINVAL);
	CHECK_EQ(sys_memory_clone(ep, 0, PAGE), -EBADF);
	CHECK_EQ(sys_memory_clone(h, 0, 0), -EINVAL);
	CHECK_EQ(sys_memory_clone(h, 1, PAGE), -EINVAL);
	CHECK_EQ(sys_memory_clone(h, 0, 3 * PAGE), -EINVAL);
	CHECK_EQ(sys_memory_clone(h, -PAGE, PAGE), -EINVAL);
	CHECK_EQ(sys_memory_clone(h, 2 * PAGE, PAGE), -EINVAL);
}

/* Fails when who may only read can write after all: by vm_map, vm_protect, or a write fault
 * on a page that somebody else has made. */
static void read_only(const char *part)
{
	long h = make(2), r = sys_handle_duplicate(h, RIGHT_READ, 0), copy;
	long none = sys_handle_duplicate(h, RIGHT_DUPLICATE, 0);
	volatile uint64_t *a = map(h, 2, 0, RW), *b, *c;

	if (part) {
		b = map(HANDLE_FIRST, 2, 0, PROT_READ);
		CHECK_EQ(*word(b, 0), 7);
		*word(b, 0) = 8;
		return;
	}
	CHECK_EQ(sys_vm_map(r, 0, PAGE, RW, 0), -EPERM);
	CHECK_EQ(sys_vm_map(none, 0, PAGE, PROT_READ, 0), -EPERM);
	CHECK_EQ(sys_memory_clone(none, 0, PAGE), -EPERM);
	b = map(r, 2, 0, PROT_READ);
	*word(a, 0) = 7;
	CHECK_EQ(*word(b, 0), 7);
	CHECK_EQ(sys_vm_protect((uintptr_t)b, PAGE, RW), -EACCES);
	CHECK_EQ(*word(b, 0), 7);
	/* A copy is ours to write. */
	copy = sys_memory_clone(r, 0, 2 * PAGE);
	CHECK(copy > 0);
	c = map(copy, 2, 0, RW);
	*word(c, 0) = 9;
	CHECK_EQ(*word(a, 0), 7);
	/* Rights that were taken come back as far as the handle allows. */
	CHECK_EQ(sys_vm_protect((uintptr_t)a, PAGE, 0), 0);
	CHECK_EQ(sys_vm_protect((uintptr_t)a, PAGE, RW), 0);
	*word(a, 0) = 7;
	{
		uint64_t give[] = { (uint64_t)sys_handle_duplicate(h, RIGHT_READ | RIGHT_DUPLICATE,
								   0) };
		int child = test_child_with("objects.read_only", "writer", give, 1);
		int64_t status;

		CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
		CHECK_EQ(status, STATUS_FAULT + 0x24);
	}
	CHECK_EQ(*word(a, 0), 7);
}

/* Fails when a copy sees what is written to its original later, or the other way round:
 * before and after each side has the page, mapped or not. */
static void copies(const char *part)
{
	long h = make(PAGES), one, two;
	volatile uint64_t *a = map(h, PAGES, 0, RW), *b, *c;

	(void)part;
	for (uint64_t i = 0; i < PAGES; i += 2) /* every second one is there */
		*word(a, i) = 100 + i;
	one = sys_memory_clone(h, 0, PAGES * PAGE);
	CHECK(one > 0);
	b = map(one, PAGES, 0, RW);
	CHECK_EQ(*word(b, 2), 102);
	*word(a, 0) = 1;
	*word(a, 1) = 2;
	CHECK_EQ(*word(b, 0), 100);
	CHECK_EQ(*word(b, 1), 0);
	*word(b, 2) = 3;
	*word(b, 3) = 4;
	CHECK_EQ(*word(a, 2), 102);
	CHECK_EQ(*word(a, 3), 0);
	/* A copy of the copy's end, and then the middle one goes. */
	two = sys_memory_clone(one, 2 * PAGE, (PAGES - 2) * PAGE);
	CHECK(two > 0);
	CHECK_EQ(sys_close(one), 0);
	CHECK_EQ(sys_vm_unmap((uintptr_t)b, PAGES * PAGE), 0);
	c = map(two, PAGES - 2, 0, RW);
	CHECK_EQ(*word(c, 0), 3);
	CHECK_EQ(*word(c, 1), 4);
	CHECK_EQ(*word(c, 66), 168);
	*word(c, 66) = 5;
	CHECK_EQ(*word(a, 68), 168);
	for (uint64_t i = 4; i < PAGES; i++)
		CHECK_EQ(*word(a, i), i % 2 ? 0 : 100 + i);
}

/* Fails when a copy of the archive shows other bytes, or a write to it reaches everybody's
 * archive. */
static void of_the_archive(const char *part)
{
	const uint64_t *archive = (const uint64_t *)(uintptr_t)lodger_info->initramfs;
	long h = sys_memory_clone(HANDLE_INITRAMFS, PAGE, 2 * PAGE), other;
	volatile uint64_t *a = map(h, 2, 0, RW);
	uint64_t was = archive[PAGE / 8];

	(void)part;
	CHECK(h > 0);
	CHECK(!memcmp((const void *)a, archive + PAGE / 8, 2 * PAGE));
	*a = ~was;
	CHECK_EQ(*a, ~was);
	CHECK_EQ(archive[PAGE / 8], was);
	CHECK(!memcmp((const void *)word(a, 1), archive + 2 * PAGE / 8, PAGE));
	/* Pages that are supplied to it are seen where the archive's were. */
	other = make(1);
	*map(other, 1, 0, RW) = 77;
	CHECK_EQ(sys_memory_supply(h, PAGE, other, 0, PAGE), PAGE);
	CHECK_EQ(*word(a, 1), 77);
}

/* Fails when instructions that were written through one mapping are not what runs through
 * another: without icache maintenance, on a board. */
static void code(const char *part)
{
	long h = make(1);
	volatile uint32_t *w = (volatile uint32_t *)map(h, 1, 0, RW);
	int (*f)(void);

	(void)part;
	test_put_return(w, 42);
	f = (int (*)(void))map(h, 1, 0, PROT_READ | PROT_EXEC);
	CHECK_EQ(f(), 42);
}

/* Fails when another process does not see the same memory, or gets more than it was given. */
static void with_a_child(const char *part)
{
	volatile uint64_t *a;
	int64_t status;
	uint64_t h;
	int child;

	if (part) {
		a = map(HANDLE_FIRST, 2, 0, RW);
		__atomic_add_fetch(word(a, 1), 5, __ATOMIC_SEQ_CST);
		return;
	}
	h = (uint64_t)make(2);
	a = map((long)h, 2, 0, RW);
	*word(a, 1) = 1;
	child = test_child_with("objects.with_a_child", "child", &h, 1);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 0);
	CHECK_EQ(*word(a, 1), 6);
}

/* Fails when a program in memory of our own cannot be run, or one that is not whole can; and
 * when the memory is needed after the start. */
static void runs(const char *part)
{
	static const char *const argv[] = { "exit", "42", NULL };
	struct lodger_file f;
	int64_t status;
	uint64_t pages;
	int child;
	long h;

	(void)part;
	CHECK_EQ(lodger_file_find("exit", &f), 0);
	pages = f.size / PAGE + 1;
	h = make(pages);
	memcpy((void *)map(h, pages, 0, RW), f.data, f.size);
	child = lodger_spawn_memory((int)h, f.size, argv);
	CHECK(child > 0);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 42);
	for (size_t cut = 0; cut < f.size; cut += f.size / 16) {
		child = lodger_spawn_memory((int)h, cut, argv);
		CHECK(child == -ENOEXEC || child > 0); /* what is cut off may be symbols */
		if (child > 0)
			CHECK(cut > f.size / 2);
	}
	CHECK_EQ(lodger_spawn_memory((int)h, pages * PAGE + 1, argv), -EINVAL);
	h = sys_handle_duplicate(h, RIGHT_READ, 0);
	CHECK_EQ(lodger_spawn_memory((int)h, f.size, argv), -EPERM);
	CHECK_EQ(lodger_spawn_memory((int)make(1), PAGE, argv), -ENOEXEC); /* zeros */
}

/* ---- copies while others write ---- */

#define WRITERS 3
#define ROUNDS 200

static volatile uint64_t *target;
static volatile bool stop;

static int writer(void *arg)
{
	for (uint64_t i = 0; !stop; i++)
		*word(target, i % 4) += 1;
	return arg != NULL;
}

/* Fails when a page of a copy changes after it was made: a writer on another CPU still had
 * it writable in its TLB. */
static void copies_stand_still(const char *part)
{
	struct lodger_thread t[WRITERS];
	long h = make(4);

	(void)part;
	target = map(h, 4, 0, RW);
	for (int i = 0; i < WRITERS; i++)
		CHECK_EQ(lodger_thread_create(&t[i], writer, NULL), 0);
	for (int round = 0; round < ROUNDS; round++) {
		long copy = sys_memory_clone(h, 0, 4 * PAGE);
		volatile uint64_t *c = map(copy, 4, 0, PROT_READ);
		uint64_t seen[4];

		for (uint64_t i = 0; i < 4; i++)
			seen[i] = *word(c, i);
		sys_yield();
		for (uint64_t i = 0; i < 4; i++)
			CHECK_EQ(*word(c, i), seen[i]);
		CHECK_EQ(sys_vm_unmap((uintptr_t)c, 4 * PAGE), 0);
		CHECK_EQ(sys_close(copy), 0);
	}
	stop = true;
	for (int i = 0; i < WRITERS; i++)
		CHECK_EQ(lodger_thread_join(&t[i], NULL), 0);
}

/* ---- writes while others read ---- */

#define REPLACED 30

static volatile uint64_t written, reads[WRITERS];

/* What was written by then is what is read. */
static int reader(void *arg)
{
	while (!stop) {
		uint64_t least = __atomic_load_n(&written, __ATOMIC_ACQUIRE);

		CHECK(*word(target, 1) >= least);
		*(volatile uint64_t *)arg += 1;
		sys_yield(); /* where two have one CPU */
	}
	return 0;
}

/* So all of them have the page as it is now. */
static void wait_for_readers(void)
{
	for (int i = 0; i < WRITERS; i++)
		for (uint64_t n = reads[i]; reads[i] < n + 2;)
			sys_yield();
}

/* A write to a page that a copy has puts another one in its place. Fails when a thread, or a
 * second mapping, goes on with the old one, or the copy does not. */
static void replaced(const char *part)
{
	struct lodger_thread t[WRITERS];
	long h = make(4), copy;
	volatile uint64_t *second = NULL, *c;

	(void)part;
	target = map(h, 4, 0, RW);
	stop = false;
	written = 0;
	for (int i = 0; i < WRITERS; i++)
		CHECK_EQ(lodger_thread_create(&t[i], reader, (void *)&reads[i]), 0);
	for (uint64_t round = 1; round <= REPLACED; round++) {
		if (round == REPLACED / 2) /* mapped once until then */
			second = map(h, 3, 1, PROT_READ);
		copy = sys_memory_clone(h, 0, 4 * PAGE);
		wait_for_readers();
		if (second)
			CHECK_EQ(*second, round - 1);
		*word(target, 1) = round;
		__atomic_store_n(&written, round, __ATOMIC_RELEASE);
		if (second)
			CHECK_EQ(*second, round);
		c = map(copy, 4, 0, PROT_READ);
		CHECK_EQ(*word(c, 1), round - 1);
		CHECK_EQ(sys_vm_unmap((uintptr_t)c, 4 * PAGE), 0);
		CHECK_EQ(sys_close(copy), 0);
	}
	stop = true;
	for (int i = 0; i < WRITERS; i++)
		CHECK_EQ(lodger_thread_join(&t[i], NULL), 0);
}

const struct test object_tests[] = {
	{ "objects.shared", shared },
	{ "objects.bad", bad },
	{ "objects.read_only", read_only },
	{ "objects.copies", copies },
	{ "objects.of_the_archive", of_the_archive },
	{ "objects.code", code },
	{ "objects.with_a_child", with_a_child },
	{ "objects.runs", runs },
	{ "objects.copies_stand_still", copies_stand_still },
	{ "objects.replaced", replaced },
	{ NULL, NULL },
};
