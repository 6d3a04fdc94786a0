/* SPDX-License-Identifier: MIT */
/* What the files of bench share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define READ_COUNTER(reg) "mrs	" reg ", pmevcntr0_el0\n\t"

/* False: figures are nanoseconds by the generic timer. */
extern bool counts_instructions;
/* What two readings of the counter in neighbouring instructions are apart. */
uint64_t bracket_cost(void);
/* Ticks, or instructions. */
uint64_t now(void);

/* Costs of `count` calls, replies, or both; the server is a thread or a process. */
int64_t run_call_thread(unsigned long count);
int64_t run_round_trip_thread(unsigned long count);
int64_t run_call(unsigned long count);
int64_t run_round_trip(unsigned long count);
int64_t run_signal(unsigned long count);
/* What the process that was started by these does. */
int serve(void);
