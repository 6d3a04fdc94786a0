/* SPDX-License-Identifier: MIT */
/*
 * What it costs to leave a program without being asked, and to give way to another one.
 *
 * The counter belongs to the CPU: who leaves notes it before its svc, who comes after its
 * own, and the time between the two is one switch. A switch that something else got into is
 * longer, so the least counts.
 */
#include "bench.h"
#include "lodger.h"
#include "syscall.h"

#define GIVEN HANDLE_FIRST

/*
 * Two threads that do nothing but give way to each other. On two CPUs there is nothing
 * to measure: then the partner's turns do not advance in step with ours.
 */
static uint64_t left_at[COUNT_MAX], arrived_at[COUNT_MAX];
static volatile unsigned long turns; /* how often the partner has arrived */
static volatile bool partner_stop;

static uint64_t yield_and_note_departure(void)
{
	uint64_t at;

	__asm__ volatile("mov	x8, %1\n\t"
			 READ_COUNTER("%0")
			 "svc	#0"
			 : "=&r"(at) : "i"(SYS_yield) : SYSCALL_CLOBBERS);
	return at;
}

static uint64_t yield_and_note_arrival(void)
{
	uint64_t at;

	__asm__ volatile("mov	x8, %1\n\t"
			 "svc	#0\n\t"
			 READ_COUNTER("%0")
			 : "=&r"(at) : "i"(SYS_yield) : SYSCALL_CLOBBERS);
	return at;
}

static int partner(void *arg)
{
	(void)arg;
	while (!partner_stop) {
		if (counts_instructions)
			arrived_at[turns % COUNT_MAX] = yield_and_note_arrival();
		else
			sys_yield();
		turns++;
	}
	return 0;
}

/* Returns -1 if the two threads did not take turns. */
static int64_t take_turns(unsigned long count)
{
	unsigned long first;
	uint64_t start, cost, best = UINT64_MAX;

	sys_yield();
	sys_yield(); /* now the partner is in its loop */
	first = turns;
	start = now();
	for (unsigned long i = 0; i < count; i++) {
		if (counts_instructions)
			left_at[i] = yield_and_note_departure();
		else
			sys_yield();
	}
	cost = now() - start;
	if (turns - first != count)
		return -1;
	if (!counts_instructions)
		return (int64_t)(cost / 2); /* there and back */

	for (unsigned long i = 0; i < count; i++) {
		cost = arrived_at[(first + i) % COUNT_MAX] - left_at[i];
		if (cost < best)
			best = cost;
	}
	return (int64_t)((best - bracket_cost()) * count);
}

int64_t run_switch(unsigned long count)
{
	struct lodger_thread thread;
	int64_t cost;
	int ret;

	partner_stop = false;
	ret = lodger_thread_create(&thread, partner, NULL);
	if (ret)
		lodger_die("thread: %s", lodger_strerror(-ret));
	cost = take_turns(count);
	partner_stop = true;
	lodger_thread_join(&thread, NULL);
	return cost;
}

/* ---- the same, to another process ---- */

/* It is told to begin, gives way and notes, and then tells what it has noted, IPC_WORDS at
 * a time, until it is not asked any more. */
int give_way(void)
{
	struct ipc_message m;

	sys_ipc_receive(GIVEN, &m);
	sys_ipc_reply(&m);
	for (unsigned long i = 0; i < COUNT_MAX; i++)
		arrived_at[i] = yield_and_note_arrival();
	sys_ipc_receive(GIVEN, &m);
	while (m.word[0] < COUNT_MAX / IPC_WORDS) {
		for (unsigned long i = 0, from = m.word[0] * IPC_WORDS; i < IPC_WORDS; i++)
			m.word[i] = arrived_at[from + i];
		sys_ipc_reply_receive(GIVEN, &m);
	}
	sys_ipc_reply(&m);
	return 0;
}

static void ask(long ep, uint64_t what, struct ipc_message *m)
{
	*m = (struct ipc_message){ .word = { what } };
	if (sys_ipc_call(ep, m))
		lodger_die("a call failed");
}

/* From one of our departures to the arrival that came next. */
static uint64_t least_way(unsigned long count)
{
	uint64_t best = UINT64_MAX;

	for (unsigned long i = 0; i < count; i++)
		for (unsigned long j = 0; j < COUNT_MAX; j++)
			if (arrived_at[j] > left_at[i] && arrived_at[j] - left_at[i] < best)
				best = arrived_at[j] - left_at[i];
	return best;
}

int64_t run_switch_process(unsigned long count)
{
	const char *const argv[] = { "bench", "--yield", NULL };
	long ep = sys_endpoint_create();
	uint64_t given[] = { (uint64_t)ep }, best;
	struct ipc_message m;
	int child;

	if (!counts_instructions)
		return -1;
	child = ep < 0 ? (int)ep : lodger_spawn_with("bench", argv, given, 1);
	if (child < 0)
		lodger_die("spawn: %s", lodger_strerror(-child));
	ask(ep, 0, &m);
	for (unsigned long i = 0; i < count; i++)
		left_at[i] = yield_and_note_departure();
	for (unsigned long i = 0; i < COUNT_MAX / IPC_WORDS; i++) {
		ask(ep, i, &m);
		for (unsigned long j = 0; j < IPC_WORDS; j++)
			arrived_at[i * IPC_WORDS + j] = m.word[j];
	}
	ask(ep, COUNT_MAX, &m);
	lodger_wait(child, WAIT_FOREVER, NULL);
	lodger_close(child);
	sys_close(ep);
	best = least_way(count);
	return best == UINT64_MAX ? -1 : (int64_t)((best - bracket_cost()) * count);
}

/* ---- an interrupt ---- */

#define DEADLINE_NS NSEC_PER_MSEC

/*
 * The timer's, which finds that nothing is due: a wait that ended before its deadline leaves
 * it set. Two readings of the counter are always as far apart, but where it came in between.
 */
int64_t run_interrupt(unsigned long count)
{
	uint64_t usual = UINT64_MAX, gap = 0, last, until;
	int child;

	if (!counts_instructions)
		return -1;
	child = lodger_spawn("exit", (const char *const[]){ "exit", NULL });
	if (child < 0)
		lodger_die("spawn: %s", lodger_strerror(-child));
	lodger_wait(child, DEADLINE_NS, NULL);
	lodger_close(child);
	last = now();
	until = last + 2 * DEADLINE_NS; /* an instruction is a nanosecond */
	for (uint64_t at = last; at < until && gap / 2 <= usual; at = last) {
		last = now();
		gap = last - at;
		if (gap < usual)
			usual = gap;
	}
	return gap / 2 <= usual ? -1 : (int64_t)((gap - usual) * count);
}
