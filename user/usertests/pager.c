/* SPDX-License-Identifier: MIT */
/* Memory whose pages a program supplies, and pagers that do not do as they should. */
#include "usertests.h"

#define PAGES 16
#define GIVEN HANDLE_FIRST

enum habit {
	GOOD,
	REFUSES,     /* replies that there is no such page */
	LIES,	     /* replies that it has supplied it */
	IS_SILENT,
	DIES,
};

struct pager {
	long endpoint, memory, stock; /* stock: pages to give away, each with its number in */
	enum habit habit;
	unsigned int asked;
	uint64_t last_badge, last_access;
};

static volatile uint64_t *map(long h, uint64_t prot)
{
	int64_t at = sys_vm_map(h, 0, PAGES * PAGE, prot, 0);

	CHECK(at > 0);
	return (volatile uint64_t *)(uintptr_t)at;
}

static volatile uint64_t *word(volatile uint64_t *at, uint64_t page)
{
	return at + page * PAGE / sizeof(*at);
}

static int serve(void *arg)
{
	struct pager *p = arg;
	struct ipc_message m = { 0 };
	long err = sys_ipc_receive(p->endpoint, &m);

	for (; !err; err = sys_ipc_reply_receive(p->endpoint, &m)) {
		uint64_t at = m.word[1];
		long given = 0;

		if (m.word[0] != PAGER_FAULT)
			return 0; /* to end: nobody waits for a reply */
		p->asked++;
		p->last_badge = m.badge;
		p->last_access = m.word[2];
		if (p->habit == DIES)
			return 0;
		if (p->habit == IS_SILENT)
			lodger_sleep_ns(2 * PAGER_TIMEOUT_MS * NSEC_PER_MSEC);
		if (p->habit == GOOD)
			given = sys_memory_supply(p->memory, at, p->stock, at, PAGE);
		memset(m.word, 0, sizeof(m.word));
		m.word[0] = p->habit == REFUSES || (given < 0 && given != -EEXIST);
	}
	return (int)err;
}

static void prepare(struct pager *p, enum habit habit)
{
	volatile uint64_t *at;

	memset(p, 0, sizeof(*p));
	p->habit = habit;
	p->endpoint = sys_endpoint_create();
	p->memory = sys_memory_paged(p->endpoint, 77, PAGES * PAGE);
	p->stock = sys_memory_create(PAGES * PAGE);
	CHECK(p->endpoint > 0 && p->memory > 0 && p->stock > 0);
	at = map(p->stock, RW);
	for (uint64_t i = 0; i < PAGES; i++)
		*word(at, i) = 1000 + i;
}

/* A process that touches page 3 of the memory: how it ends. */
static int64_t toucher(struct pager *p)
{
	uint64_t give = (uint64_t)p->memory;
	int child = test_child_with("pager.misbehaves", "toucher", &give, 1);
	int64_t status;

	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	return status;
}

/* Fails when a page is not what was supplied, when one is asked for twice, or when what is
 * written to it reaches the pager's own. */
static void supplies(const char *part)
{
	volatile uint64_t *at, *again, *stock;
	struct lodger_thread t;
	struct pager p;

	(void)part;
	prepare(&p, GOOD);
	CHECK_EQ(lodger_thread_create(&t, serve, &p), 0);
	at = map(p.memory, RW);
	again = map(p.memory, PROT_READ);
	stock = map(p.stock, RW);
	for (uint64_t i = 0; i < PAGES; i += 2)
		CHECK_EQ(*word(at, i), 1000 + i);
	CHECK_EQ(p.last_access, PROT_READ);
	CHECK_EQ(p.last_badge, 77);
	for (uint64_t i = 1; i < PAGES; i += 2)
		*word(at, i) = i;
	CHECK_EQ(p.last_access, PROT_WRITE);
	for (uint64_t i = 0; i < PAGES; i++) {
		CHECK_EQ(*word(again, i), i % 2 ? i : 1000 + i);
		CHECK_EQ(*word(stock, i), 1000 + i);
	}
	*word(stock, 0) = 5;
	*word(at, 2) = 6;
	CHECK_EQ(*word(at, 0), 1000);
	CHECK_EQ(*word(stock, 2), 1002);
	CHECK_EQ(p.asked, PAGES);
	CHECK_EQ(toucher(&p), 0);
}

/* Fails when the kernel cannot page in for a system call. */
static void for_a_call(const char *part)
{
	struct lodger_thread t;
	struct pager p;
	uint64_t at;

	(void)part;
	prepare(&p, GOOD);
	at = (uintptr_t)map(p.memory, RW);
	CHECK_EQ(lodger_thread_create(&t, serve, &p), 0);
	CHECK_EQ(sys_wait(HANDLE_SELF, 0, (int64_t *)(uintptr_t)at),
		 -ETIMEDOUT); /* never written */
	CHECK_EQ(p.asked, 0);
	CHECK_EQ(sys_write(HANDLE_TERMINAL, (void *)(uintptr_t)(at + PAGE + 8), 0), 0);
	CHECK_EQ(sys_device_find(HANDLE_SELF, (char *)(uintptr_t)(at + PAGE + 8), 8, 0), -EBADF);
	CHECK_EQ(p.asked, 1);
	p.habit = REFUSES;
	CHECK_EQ(sys_device_find(HANDLE_SELF, (char *)(uintptr_t)(at + 2 * PAGE), 8, 0), -EFAULT);
	CHECK_EQ(p.asked, 2);
}

/* Whatever a pager does, only who touches its memory ends, and in time. */
static void misbehaves(const char *part)
{
	static const enum habit habits[] = { REFUSES, LIES, IS_SILENT, DIES };
	struct lodger_thread t;
	struct pager p;

	if (part) {
		(void)*word(map(GIVEN, PROT_READ), 3);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++) {
		prepare(&p, habits[i]);
		CHECK_EQ(lodger_thread_create(&t, serve, &p), 0);
		CHECK_EQ(toucher(&p), STATUS_FAULT + 0x24);
		CHECK_EQ(p.asked, 1);
	}
	/* Nobody can receive there any more. */
	prepare(&p, GOOD);
	CHECK_EQ(sys_close(p.endpoint), 0);
	CHECK_EQ(toucher(&p), STATUS_FAULT + 0x24);
}

/* Fails when who waits for a page cannot be killed. */
static void killed_meanwhile(const char *part)
{
	struct pager p;
	uint64_t give;
	int64_t status;
	int child;

	(void)part;
	prepare(&p, GOOD);
	give = (uint64_t)p.memory;
	child = test_child_with("pager.misbehaves", "toucher", &give, 1);
	lodger_sleep_ns(50 * NSEC_PER_MSEC); /* nobody serves */
	CHECK_EQ(lodger_kill(child), 0);
	CHECK_EQ(lodger_wait(child, NSEC_PER_SEC, &status), 0);
	CHECK_EQ(status, STATUS_KILLED);
}

static void refused(const char *part)
{
	struct pager p;
	long r, other = sys_memory_create(2 * PAGE);

	(void)part;
	prepare(&p, GOOD);
	r = sys_handle_duplicate(p.endpoint, RIGHT_CALL, 0);
	CHECK_EQ(sys_memory_paged(r, 0, PAGE), -EPERM);
	CHECK_EQ(sys_memory_paged(p.stock, 0, PAGE), -EBADF);
	CHECK_EQ(sys_memory_paged(p.endpoint, 0, 1), -EINVAL);
	CHECK_EQ(sys_memory_clone(p.memory, 0, PAGE), -EINVAL);
	CHECK_EQ(sys_memory_supply(p.memory, 1, p.stock, 0, PAGE), -EINVAL);
	CHECK_EQ(sys_memory_supply(p.memory, 0, p.stock, 0, 0), -EINVAL);
	CHECK_EQ(sys_memory_supply(p.memory, 0, p.stock, PAGES * PAGE, PAGE), -EINVAL);
	CHECK_EQ(sys_memory_supply(p.memory, 0, p.memory, 0, PAGE), -EINVAL);
	CHECK_EQ(sys_memory_supply(other, 0, p.memory, 0, PAGE), -EINVAL); /* it has none */
	r = sys_handle_duplicate(p.memory, RIGHT_READ | RIGHT_WRITE, 0);
	CHECK_EQ(sys_memory_supply(r, 0, p.stock, 0, PAGE), -EPERM);
	CHECK_EQ(sys_memory_supply(p.memory, 0, p.stock, 0, 3 * PAGE), 3 * PAGE);
	CHECK_EQ(sys_memory_supply(p.memory, 2 * PAGE, p.stock, 0, PAGE), -EEXIST);
	CHECK_EQ(sys_memory_supply(p.memory, 3 * PAGE, other, PAGE, PAGE), PAGE);
	CHECK_EQ(*word(map(p.memory, PROT_READ), 2), 1002);
	CHECK_EQ(*word(map(p.memory, PROT_READ), 3), 0);
}

#define TOUCHERS 4
static volatile uint64_t *common;

static int touch_all(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < PAGES; i++)
		if (*word(common, i) != 1000 + i)
			return 1;
	return 0;
}

/* Many threads fault on the same pages. Fails when one of them sees another page, or waits
 * for a reply that another got. */
static void at_once(const char *part)
{
	struct lodger_thread t[TOUCHERS], server;
	struct pager p;
	int result;

	(void)part;
	for (int round = 0; round < 5; round++) {
		prepare(&p, GOOD);
		common = map(p.memory, PROT_READ);
		CHECK_EQ(lodger_thread_create(&server, serve, &p), 0);
		for (int i = 0; i < TOUCHERS; i++)
			CHECK_EQ(lodger_thread_create(&t[i], touch_all, NULL), 0);
		for (int i = 0; i < TOUCHERS; i++) {
			CHECK_EQ(lodger_thread_join(&t[i], &result), 0);
			CHECK_EQ(result, 0);
		}
		CHECK(p.asked >= PAGES);
	}
}

/* With zero in the register of the system call's number, which the kernel's call has not. */
static uint64_t touch(volatile uint64_t *at)
{
#ifdef __arm__
	return *at;
#else
	uint64_t word;

	__asm__ volatile("mov	x8, #0\n\tldr	%0, [%1]" : "=r"(word) : "r"(at) : "x8", "memory");
	return word;
#endif
}

#define ROUNDS 300
#define SERVERS 2

/* One endpoint for all of them; the badge says whose memory it is. */
static struct pager shared;
static long memories[TOUCHERS];

static int serve_all(void *arg)
{
	struct ipc_message m = { 0 };
	long err = sys_ipc_receive(shared.endpoint, &m);

	(void)arg;
	for (; !err; err = sys_ipc_reply_receive(shared.endpoint, &m)) {
		uint64_t at = m.word[1];

		if (sys_memory_supply(memories[m.badge], at, shared.stock, at, PAGE) != PAGE)
			return 1;
		memset(m.word, 0, sizeof(m.word));
	}
	return err == IPC_SENT ? 0 : 2; /* a send, to end */
}

static int touch_new_pages(void *arg)
{
	uint64_t me = (uintptr_t)arg;

	for (int round = 0; round < ROUNDS; round++) {
		volatile uint64_t *at;

		memories[me] = sys_memory_paged(shared.endpoint, me, PAGES * PAGE);
		at = map(memories[me], PROT_READ);
		for (uint64_t i = 0; i < PAGES; i++)
			if (touch(word(at, i)) != 1000 + i)
				return 1;
		if (sys_vm_unmap((uintptr_t)at, PAGES * PAGE) || sys_close(memories[me]))
			return 2;
	}
	return 0;
}

/* Faults on all CPUs, for the same servers. Fails when two of them get one server: the
 * kernel's call must keep other CPUs from its run queue. */
static void crowded(const char *part)
{
	struct lodger_thread server[SERVERS], toucher[TOUCHERS];
	struct ipc_message m = { 0 };
	int result;

	(void)part;
	prepare(&shared, GOOD);
	for (uintptr_t i = 0; i < SERVERS; i++)
		CHECK_EQ(lodger_thread_create(&server[i], serve_all, NULL), 0);
	for (uintptr_t i = 0; i < TOUCHERS; i++)
		CHECK_EQ(lodger_thread_create(&toucher[i], touch_new_pages, (void *)i), 0);
	for (int i = 0; i < TOUCHERS; i++) {
		CHECK_EQ(lodger_thread_join(&toucher[i], &result), 0);
		CHECK_EQ(result, 0);
	}
	for (int i = 0; i < SERVERS; i++)
		CHECK_EQ(sys_ipc_send(shared.endpoint, &m), 0);
	for (int i = 0; i < SERVERS; i++) {
		CHECK_EQ(lodger_thread_join(&server[i], &result), 0);
		CHECK_EQ(result, 0);
	}
}

/* One page for two. Fails when one of them, or the pager, sees what another has written. */
static void given_twice(const char *part)
{
	volatile uint64_t *at[3];
	struct pager p;
	long other;

	(void)part;
	prepare(&p, GOOD);
	other = sys_memory_paged(p.endpoint, 78, PAGES * PAGE);
	CHECK_EQ(sys_memory_supply(p.memory, 0, p.stock, 0, 2 * PAGE), 2 * PAGE);
	CHECK_EQ(sys_memory_supply(other, PAGE, p.stock, 0, PAGE), PAGE);
	CHECK_EQ(sys_memory_supply(other, PAGE, p.stock, 0, PAGE), -EEXIST);
	at[0] = map(p.memory, RW);
	at[1] = word(map(other, RW), 1);
	at[2] = map(p.stock, RW);
	for (uint64_t i = 0; i < 3; i++) {
		CHECK_EQ(*at[i], 1000);
		*at[i] = i;
		for (uint64_t k = 0; k < 3; k++)
			CHECK_EQ(*at[k], k <= i ? k : 1000);
	}
	CHECK_EQ(*word(at[0], 1), 1001);
}

const struct test pager_tests[] = {
	{ "pager.supplies", supplies },
	{ "pager.for_a_call", for_a_call },
	{ "pager.misbehaves", misbehaves },
	{ "pager.killed_meanwhile", killed_meanwhile },
	{ "pager.refused", refused },
	{ "pager.at_once", at_once },
	{ "pager.crowded", crowded },
	{ "pager.given_twice", given_twice },
	{ NULL, NULL },
};
