/* SPDX-License-Identifier: MIT */
/*
 * The ledger (CONFIG_DEBUG_LAZY_LEDGER): who took and dropped each reference on an
 * address space, the last so many, in the mm itself. A ring without a lock: a writer
 * takes a place by an atomic addition; who reads meanwhile may find an entry half
 * written, which is good enough for looking.
 */
#pragma once

#include "arm64/atomic.h"
#include "core/cpu.h"
#include "kernel/compiler.h"

#define LEDGER_ENTRIES (CONFIG_DEBUG_LAZY_LEDGER ? 24 : 0)
#define LEDGER_NAME_MAX 16

struct mm;

struct ledger_entry {
	u64 time_ns;
	const char *what;	/* "mmget", ... a constant */
	vaddr_t site;		/* where in the code */
	s32 users, count;	/* when it was taken; before it was dropped */
	u32 cpu, task_id;
	char task[LEDGER_NAME_MAX];
};

struct ledger {
	u32 next; /* [a] */
	struct ledger_entry entry[LEDGER_ENTRIES];
};

/* Who runs here: name and id. The scheduler sets it at boot. */
extern void (*ledger_who_fn)(char name[LEDGER_NAME_MAX], u32 *id);

void ledger_write(struct mm *mm, const char *what, vaddr_t site);

/* From a function that is not inline: its caller is what matters. */
#define LEDGER(mm, what)                                                   \
	do {                                                               \
		if (CONFIG_DEBUG_LAZY_LEDGER)                              \
			ledger_write(mm, what,                             \
				     (vaddr_t)__builtin_return_address(0)); \
	} while (0)
/* From an inline one: here. */
#define LEDGER_HERE(mm, what)                                              \
	do {                                                               \
		if (CONFIG_DEBUG_LAZY_LEDGER)                              \
			ledger_write(mm, what, code_address());            \
	} while (0)
