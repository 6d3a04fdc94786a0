/* SPDX-License-Identifier: MIT */
/*
 * What a message costs. The counter belongs to the CPU, not to the program, so the server
 * notes it as the first thing after its svc and as the last before it, and tells both in
 * its reply: what it does itself is in neither figure. On two CPUs they mean nothing; a
 * call brings the server to its caller, so after the first there is one.
 */
#include <string.h>

#include "bench.h"
#include "lodger.h"
#include "syscall.h"

enum { SERVE, STOP };
#define GIVEN HANDLE_FIRST
#define WARM 4

/* x0: what to do; comes back as the counter when the server came, x1 when it left. */
struct stamps {
	uint64_t left, came, server_left, back;
};

static struct stamps call_counting(long ep, uint64_t what)
{
	struct stamps s;
	register uint64_t x0 __asm__("x0") = what;
	register uint64_t x1 __asm__("x1") = 0;
	register uint64_t x8 __asm__("x8") = SYS_ipc_call;
	register uint64_t x9 __asm__("x9") = (uint64_t)ep;
	register uint64_t x10 __asm__("x10") = 0;
	register uint64_t x11 __asm__("x11") = WAIT_FOREVER;

	__asm__ volatile(READ_COUNTER("%0") "svc	#0\n\t" READ_COUNTER("%1")
			 : "=&r"(s.left), "=&r"(s.back), "+r"(x0), "+r"(x1), "+r"(x8), "+r"(x9),
			   "+r"(x10), "+r"(x11)
			 :
			 : "x2", "x3", "x4", "x5", "x6", "x7", "x12", "x13", "x14", "x15",
			   "x16", "x17", "x18", "cc", "memory");
	if (x8)
		lodger_die("call: %s", lodger_strerror((int)-x8));
	s.came = x0;
	s.server_left = x1;
	return s;
}

/* By itself: the compiler clears m with a SIMD register, which is to be saved then. */
static __attribute__((noinline)) void call_only(long ep, uint64_t what)
{
	struct ipc_message m = { { what }, 0, 0, 0 };

	if (sys_ipc_call(ep, &m))
		lodger_die("a call failed");
}

static struct stamps call(long ep, uint64_t what)
{
	if (counts_instructions)
		return call_counting(ep, what);
	call_only(ep, what);
	return (struct stamps){ 0, 0, 0, 0 };
}

static uint64_t reply_receive(long ep, uint64_t *came)
{
	register uint64_t x0 __asm__("x0") = *came;
	register uint64_t x1 __asm__("x1") = 0;
	register uint64_t x8 __asm__("x8") = SYS_ipc_reply_receive;
	register uint64_t x9 __asm__("x9") = (uint64_t)ep;
	register uint64_t x10 __asm__("x10") = 0;
	register uint64_t x11 __asm__("x11") = WAIT_FOREVER;

	__asm__ volatile(READ_COUNTER("x1") "svc	#0\n\t" READ_COUNTER("%0")
			 : "=&r"(*came), "+r"(x0), "+r"(x1), "+r"(x8), "+r"(x9), "+r"(x10),
			   "+r"(x11)
			 :
			 : "x2", "x3", "x4", "x5", "x6", "x7", "x12", "x13", "x14", "x15",
			   "x16", "x17", "x18", "cc", "memory");
	return x8 ? (uint64_t)STOP : x0;
}

static int serve_at(void *arg)
{
	long ep = (long)(intptr_t)arg;
	struct ipc_message m;
	uint64_t came = 0;

	sys_ipc_receive(ep, &m);
	while (m.word[0] != STOP) {
		if (counts_instructions)
			m.word[0] = reply_receive(ep, &came);
		else if (sys_ipc_reply_receive(ep, &m))
			return 1;
	}
	memset(&m, 0, sizeof(m));
	sys_ipc_reply(&m);
	return 0;
}

int serve(void)
{
	return serve_at((void *)GIVEN);
}

/* The least of one way, or of both; -1: there is nothing that measures one way. */
static int64_t least(long ep, unsigned long count, bool both)
{
	uint64_t best = UINT64_MAX, start;

	for (int i = 0; i < WARM; i++)
		call(ep, SERVE);
	start = now();
	for (unsigned long i = 0; i < count; i++) {
		struct stamps s = call(ep, SERVE);
		uint64_t there = s.came - s.left - bracket_cost();
		uint64_t back = s.back - s.server_left - bracket_cost();
		uint64_t cost = both ? there + back : there;

		if (cost < best)
			best = cost;
	}
	start = now() - start;
	call(ep, STOP);
	if (counts_instructions)
		return (int64_t)(best * count);
	return both ? (int64_t)start : -1;
}

static long create(void)
{
	long ep = sys_endpoint_create();

	if (ep < 0)
		lodger_die("endpoint: %s", lodger_strerror((int)-ep));
	return ep;
}

static int64_t with_thread(unsigned long count, bool both)
{
	struct lodger_thread thread;
	long ep = create();
	int ret = lodger_thread_create(&thread, serve_at, (void *)ep);
	int64_t cost;

	if (ret)
		lodger_die("thread: %s", lodger_strerror(-ret));
	cost = least(ep, count, both);
	lodger_thread_join(&thread, NULL);
	sys_close(ep);
	return cost;
}

static int64_t with_process(unsigned long count, bool both)
{
	const char *const argv[] = { "bench", "--serve", NULL };
	long ep = create();
	uint64_t given[] = { (uint64_t)ep };
	int child = lodger_spawn_with("bench", argv, given, 1);
	int64_t cost;

	if (child < 0)
		lodger_die("spawn: %s", lodger_strerror(-child));
	cost = least(ep, count, both);
	lodger_wait(child, WAIT_FOREVER, NULL);
	lodger_close(child);
	sys_close(ep);
	return cost;
}

int64_t run_call_thread(unsigned long count)
{
	return with_thread(count, false);
}

int64_t run_round_trip_thread(unsigned long count)
{
	return with_thread(count, true);
}

int64_t run_call(unsigned long count)
{
	return with_process(count, false);
}

int64_t run_round_trip(unsigned long count)
{
	return with_process(count, true);
}
