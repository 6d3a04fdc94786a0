/* SPDX-License-Identifier: MIT */
/*
 * Torture of address spaces: whatever can happen to an mm while somebody lodges in it,
 * all at once, on all CPUs, in random order, with the race points of mm/race.h held
 * open and the audits running. Wrong is: a page that shows what another address space
 * wrote, a finding of an audit, something left behind, a kind of event or a race
 * window that the run never had.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

/* Name and meaning of what is done. */
#define TORTURE_EVENTS(X)                                                        \
	X(use, "a kernel thread takes a real address space and gives it back")   \
	X(touch, "a page is written or read, and shows whose it is")             \
	X(exit, "an address space is replaced; the last user ends the old one")  \
	X(exec, "a real user changes to a new address space")                    \
	X(voluntary, "start_lazy_tlb ... end_lazy_tlb, nested, migrating")       \
	X(migrate, "a thread is sent to another CPU")                            \
	X(unmap, "pages are unmapped, and mapped again")                         \
	X(protect, "pages lose the right to be written, and get it back")        \
	X(pin, "found by number, pinned, dropped")                               \
	X(late_drop, "dropped where nothing may be freed, interrupts off")       \
	X(no_memory, "an allocation on the way fails")                           \
	X(contexts, "a thousand new ASIDs")                                      \
	X(program, "a program is run, which becomes another by exec")            \
	X(cpu_off, "a CPU goes off")                                             \
	X(cpu_on, "it comes back")                                               \
	X(audit, "all audits are run")

enum torture_event {
#define TORTURE_ENUM(name, what) TORTURE_##name,
	TORTURE_EVENTS(TORTURE_ENUM)
#undef TORTURE_ENUM
	NR_TORTURE_EVENTS
};

struct torture_result {
	u64 events[NR_TORTURE_EVENTS];
	u64 ns; /* that it took */
	u64 rollovers, strategies; /* of ASIDs; changes of strategy */
	u64 findings;		   /* of audits */
	char failure[128];	   /* what was wrong first; empty: nothing */
};

extern const struct torture_kind {
	const char *name, *what;
} torture_kinds[NR_TORTURE_EVENTS];

/*
 * Run for ns, or longer, up to ten times that, until each kind of event happened and
 * each race window was met; a failure or stop() end it early. Thread context, while
 * nothing else of note runs. 0; -ENOMEM; -EINTR: stopped; -ENODEV: one CPU is online.
 * What was found is in *out unless it is the last.
 */
int mmtorture(u64 ns, u32 seed, bool (*stop)(void), struct torture_result *out);

/* ---- between the two files ---- */

#define TORTURE_MMS 3
#define TORTURE_WORKERS 8

struct torture_worker {
	struct task *task;
	u32 random;
};

/* Spaces to be fought for. False: no memory. */
bool torture_pool_fill(void) __must_check;
void torture_pool_empty(void);
void torture_worker_main(void *worker); /* until torture_over */
void torture_count(enum torture_event event);
void torture_fail(const char *fmt, ...) __printf(1, 2); /* the first is kept */
extern u32 torture_over; /* [a] */
