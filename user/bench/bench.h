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
