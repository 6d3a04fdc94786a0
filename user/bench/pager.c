/* SPDX-License-Identifier: MIT */
/*
 * What a touch costs of a page that a program supplies: the fault, the message, the supply
 * out of an object where the page is already, the reply, and the access again.
 *
 * The pager notes the counter when it comes and when it leaves. What lies between is its
 * own: the supply, and little else. The rest is the kernel's, there and back.
 */
#include "bench.h"
#include "lodger.h"
#include "syscall.h"

#define WARM 2 /* makes tables and nodes that the others share */
#define PAGES (COUNT_MAX + WARM)
#define BYTES (PAGES * USER_PAGE_SIZE)
#define RW (PROT_READ | PROT_WRITE)

enum { ENDPOINT, MEMORY, STOCK, NOTES, NR_GIVEN };

#define NOTES_BYTES USER_PAGE_SIZE

/* One per page, in memory that both sides have. */
struct note {
	uint64_t came, left;
};

static void *map(uint64_t h, uint64_t len)
{
	int64_t at = sys_vm_map((long)h, 0, len, RW, 0);

	if (at < 0)
		lodger_die("map: %s", lodger_strerror((int)-at));
	return (void *)(uintptr_t)at;
}

/* ---- the pager ---- */

/* Reply that the page is there, and wait for the next. True: *offset; *left and *came are
 * the counter before and after. */
static bool next_page(uint64_t ep, uint64_t *offset, uint64_t *left, uint64_t *came)
{
	register uint64_t x0 __asm__("x0") = 0;
	register uint64_t x1 __asm__("x1") = 0;
	register uint64_t x8 __asm__("x8") = SYS_ipc_reply_receive;
	register uint64_t x9 __asm__("x9") = ep;
	register uint64_t x10 __asm__("x10") = 0;
	register uint64_t x11 __asm__("x11") = WAIT_FOREVER;

	__asm__ volatile(READ_COUNTER("%0") "svc	#0\n\t" READ_COUNTER("%1")
			 : "=&r"(*left), "=&r"(*came), "+r"(x0), "+r"(x1), "+r"(x8), "+r"(x9),
			   "+r"(x10), "+r"(x11)
			 :
			 : "x2", "x3", "x4", "x5", "x6", "x7", "x12", "x13", "x14", "x15",
			   "x16", "x17", "x18", "cc", "memory");
	*offset = x1;
	return x8 == 0 && x0 == PAGER_FAULT;
}

static bool next_page_uncounted(uint64_t ep, uint64_t *offset)
{
	struct ipc_message m = { 0 };
	long err = sys_ipc_reply_receive((long)ep, &m);

	*offset = m.word[1];
	return !err && m.word[0] == PAGER_FAULT;
}

/* Until a message comes that asks for no page. */
static int supply_all(void *arg)
{
	const uint64_t *h = arg;
	volatile struct note *notes = map(h[NOTES], NOTES_BYTES);
	uint64_t offset, left = 0, came = 0;
	struct ipc_message m;
	bool more;

	if (sys_ipc_receive((long)h[ENDPOINT], &m))
		return 1;
	offset = m.word[1];
	do {
		uint64_t page = offset / USER_PAGE_SIZE;

		notes[page].came = came;
		if (sys_memory_supply((long)h[MEMORY], offset, (long)h[STOCK], offset,
				      USER_PAGE_SIZE) < 0)
			return 1;
		more = counts_instructions ? next_page(h[ENDPOINT], &offset, &left, &came) :
					     next_page_uncounted(h[ENDPOINT], &offset);
		notes[page].left = left;
	} while (more);
	return 0;
}

int supply(void)
{
	uint64_t h[NR_GIVEN];

	for (uint64_t i = 0; i < NR_GIVEN; i++)
		h[i] = HANDLE_FIRST + i;
	return supply_all(h);
}

/* ---- who touches ---- */

struct costs {
	uint64_t whole, there, own, back; /* own: the pager's */
};

static void create(uint64_t h[NR_GIVEN])
{
	h[ENDPOINT] = (uint64_t)sys_endpoint_create();
	h[MEMORY] = (uint64_t)sys_memory_paged((long)h[ENDPOINT], 0, BYTES);
	h[STOCK] = (uint64_t)sys_memory_create(BYTES);
	h[NOTES] = (uint64_t)sys_memory_create(NOTES_BYTES);
	for (int i = 0; i < NR_GIVEN; i++)
		if ((int64_t)h[i] < 0)
			lodger_die("a pager's objects: %s", lodger_strerror((int)-h[i]));
}

/* The stock is mapped nowhere while its pages are given away. */
static void fill(uint64_t stock)
{
	volatile char *at = map(stock, BYTES);

	for (uint64_t i = 0; i < PAGES; i++)
		at[i * USER_PAGE_SIZE] = 1;
	sys_vm_unmap((uintptr_t)at, BYTES);
}

static uint64_t touch(const volatile char *at, uint64_t *touched)
{
	uint64_t before, after;
	uint32_t byte;

	if (!counts_instructions) {
		before = now();
		(void)*at;
		return now() - before;
	}
	__asm__ volatile(READ_COUNTER("%0") "ldrb	%w2, [%3]\n\t" READ_COUNTER("%1")
			 : "=&r"(before), "=&r"(after), "=&r"(byte)
			 : "r"(at) : "memory");
	*touched = before;
	return after - before;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t touched[PAGES], whole[PAGES];

static void touch_all(const uint64_t h[NR_GIVEN], unsigned long count)
{
	const volatile char *at = map(h[MEMORY], BYTES);
	struct ipc_message no_page = { 0 };

	for (uint64_t i = 0; i < WARM + count; i++)
		whole[i] = touch(at + i * USER_PAGE_SIZE, &touched[i]);
	sys_ipc_send((long)h[ENDPOINT], &no_page);
	sys_vm_unmap((uintptr_t)at, BYTES);
}

/* Of what touch_all and the pager have noted. */
static struct costs least_costs(uint64_t notes_handle, unsigned long count)
{
	struct costs c = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
	volatile struct note *notes = map(notes_handle, NOTES_BYTES);

	for (uint64_t i = WARM; i < WARM + count; i++) {
		c.whole = least(c.whole, whole[i]);
		c.there = least(c.there, notes[i].came - touched[i]);
		c.own = least(c.own, notes[i].left - notes[i].came);
		c.back = least(c.back, touched[i] + whole[i] - notes[i].left);
	}
	sys_vm_unmap((uintptr_t)notes, NOTES_BYTES);
	return c;
}

static struct costs with_thread(unsigned long count)
{
	struct lodger_thread thread;
	uint64_t h[NR_GIVEN];
	struct costs c;
	int ret;

	create(h);
	fill(h[STOCK]);
	ret = lodger_thread_create(&thread, supply_all, h);
	if (ret)
		lodger_die("thread: %s", lodger_strerror(-ret));
	touch_all(h, count);
	lodger_thread_join(&thread, NULL);
	c = least_costs(h[NOTES], count);
	for (int i = 0; i < NR_GIVEN; i++)
		sys_close((long)h[i]);
	return c;
}

static struct costs with_process(unsigned long count)
{
	const char *const argv[] = { "bench", "--supply", NULL };
	uint64_t h[NR_GIVEN];
	struct costs c;
	int child;

	create(h);
	fill(h[STOCK]);
	child = lodger_spawn_with("bench", argv, h, NR_GIVEN);
	if (child < 0)
		lodger_die("spawn: %s", lodger_strerror(-child));
	touch_all(h, count);
	lodger_wait(child, WAIT_FOREVER, NULL);
	lodger_close(child);
	c = least_costs(h[NOTES], count);
	for (int i = 0; i < NR_GIVEN; i++)
		sys_close((long)h[i]);
	return c;
}

/* ---- the rows ---- */

int64_t run_pager_fault(unsigned long count)
{
	struct costs c = with_process(count);

	return counts_instructions ? exact(c.whole, count) : (int64_t)(c.whole * count);
}

int64_t run_pager_fault_thread(unsigned long count)
{
	struct costs c = with_thread(count);

	return counts_instructions ? exact(c.whole, count) : (int64_t)(c.whole * count);
}

int64_t run_pager_ask(unsigned long count)
{
	return exact(with_process(count).there, count);
}

int64_t run_pager_supply(unsigned long count)
{
	return exact(with_process(count).own, count);
}

int64_t run_pager_answer(unsigned long count)
{
	return exact(with_process(count).back, count);
}
