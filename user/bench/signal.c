/* SPDX-License-Identifier: MIT */
/* What a signal costs. */
#include "bench.h"
#include "lodger.h"
#include "syscall.h"

int64_t run_signal(unsigned long count)
{
	long n = sys_notification_create();
	uint64_t start = now(), cost;

	for (unsigned long i = 0; i < count; i++)
		sys_signal(n, 1);
	cost = now() - start;
	sys_close(n);
	return (int64_t)cost;
}

/* ---- to a waiter that is above us ---- */

#define LOW_PRIORITY 8

static uint64_t left_at[COUNT_MAX];
static unsigned long signals; /* to be sent */
static volatile unsigned long arrived;
static long note;

/*
 * Below who waits: each signal brings it back to where it left. When the call returns it has
 * arrived, and waits again; if it has not, it is on another CPU, and there is nothing to
 * measure. The next signal then is not sent before: two at once arrive as one.
 */
static int signaller(void *arg)
{
	int result = 0;

	(void)arg;
	if (sys_thread_priority(HANDLE_NONE, LOW_PRIORITY))
		return 1;
	for (unsigned long i = 0; i < signals; i++) {
		register uint64_t x0 __asm__("x0") = (uint64_t)note;
		register uint64_t x1 __asm__("x1") = 1;
		register uint64_t x8 __asm__("x8") = SYS_signal;
		uint64_t at;

		__asm__ volatile(READ_COUNTER("%0") "svc	#0"
				 : "=&r"(at), "+r"(x0), "+r"(x1), "+r"(x8)
				 :
				 : "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11",
				   "x12", "x13", "x14", "x15", "x16", "x17", "x18", "cc",
				   "memory");
		left_at[i] = at;
		if (x0)
			return 2;
		if (arrived <= i)
			result = 3;
		while (arrived <= i)
			sys_yield();
	}
	return result;
}

static uint64_t wait_and_note_arrival(void)
{
	register uint64_t x0 __asm__("x0") = (uint64_t)note;
	register uint64_t x1 __asm__("x1") = WAIT_FOREVER;
	register uint64_t x8 __asm__("x8") = SYS_notification_wait;
	uint64_t at;

	__asm__ volatile("svc	#0\n\t" READ_COUNTER("%0")
			 : "=&r"(at), "+r"(x0), "+r"(x1), "+r"(x8)
			 :
			 : "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12",
			   "x13", "x14", "x15", "x16", "x17", "x18", "cc", "memory");
	if (x0 != 1)
		lodger_die("a signal was lost");
	return at;
}

int64_t run_signal_switch(unsigned long count)
{
	uint64_t arrived_at[COUNT_MAX], best = UINT64_MAX;
	struct lodger_thread thread;
	int ret, result;

	if (!counts_instructions)
		return -1;
	note = sys_notification_create();
	signals = count;
	arrived = 0;
	ret = note < 0 ? (int)note : lodger_thread_create(&thread, signaller, NULL);
	if (ret)
		lodger_die("thread: %s", lodger_strerror(-ret));
	for (unsigned long i = 0; i < count; i++) {
		arrived_at[i] = wait_and_note_arrival();
		arrived = i + 1;
	}
	lodger_thread_join(&thread, &result);
	sys_close(note);
	if (result)
		return -1;
	for (unsigned long i = 0; i < count; i++)
		if (arrived_at[i] - left_at[i] < best)
			best = arrived_at[i] - left_at[i];
	return (int64_t)((best - bracket_cost()) * count);
}
