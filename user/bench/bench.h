/* SPDX-License-Identifier: MIT */
/* What the files of bench share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define COUNT_MAX 64 /* operations of one run */

/* What the kernel hands back as zero: see abi/lodger.h. */
#define SYSCALL_CLOBBERS                                                  \
	"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", \
		"x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18",   \
		"cc", "memory"

#define READ_COUNTER(reg) "mrs	" reg ", pmevcntr0_el0\n\t"

/* False: figures are nanoseconds by the generic timer. */
extern bool counts_instructions;
/* What two readings of the counter in neighbouring instructions are apart. */
uint64_t bracket_cost(void);
/* Ticks, or instructions. */
uint64_t now(void);

/* Make one call with these arguments; what it cost is in *cost if that is less. */
long bracket_call(long nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t *cost);
/* What `count` operations cost of which one, by two neighbouring readings, cost so much;
 * -1 where instructions are not counted. */
int64_t exact(uint64_t cost, unsigned long count);

/* Costs of `count` of each: see measurements in main.c. */
int64_t run_fault(unsigned long count);
int64_t run_map(unsigned long count);
int64_t run_unmap(unsigned long count);
int64_t run_protect_touched(unsigned long count);
int64_t run_unmap_touched(unsigned long count);
int64_t run_map_touch(unsigned long count);
int64_t run_cow(unsigned long count);
int64_t run_clone_1(unsigned long count);
int64_t run_clone_64(unsigned long count);
int64_t run_handle(unsigned long count);
/* Have so many handles of that kind, for as long as we live. False: no such kind, or number. */
bool have_handles(const char *number, const char *kind);
/* Costs of `count` yields to another thread, to one of another process, and interrupts. */
int64_t run_switch(unsigned long count);
int64_t run_switch_process(unsigned long count);
int64_t run_interrupt(unsigned long count);
/* Costs of `count` calls, replies, or both; the server is a thread or a process. */
int64_t run_call_thread(unsigned long count);
int64_t run_round_trip_thread(unsigned long count);
int64_t run_call(unsigned long count);
int64_t run_round_trip(unsigned long count);
/* Costs of `count` signals for which nobody waits, and to a waiter that is above us. */
int64_t run_signal(unsigned long count);
int64_t run_signal_switch(unsigned long count);
/*
 * Costs of `count` touches of a page that a pager supplies, a thread or a process; and of
 * the second, until the pager has the message, what the pager does, and from its reply on.
 */
int64_t run_pager_fault_thread(unsigned long count);
int64_t run_pager_fault(unsigned long count);
int64_t run_pager_ask(unsigned long count);
int64_t run_pager_supply(unsigned long count);
int64_t run_pager_answer(unsigned long count);
/* What the processes that were started by these do. */
int serve(void);
int give_way(void);
int supply(void);
