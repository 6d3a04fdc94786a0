/* SPDX-License-Identifier: MIT */
#include "mm/ledger.h"
#include "core/clock.h"
#include "core/thread.h"
#include "mm/mm.h"

void (*ledger_who_fn)(char name[LEDGER_NAME_MAX], u32 *id);

void ledger_write(struct mm *mm, const char *what, vaddr_t site)
{
	struct ledger_entry *e;
	u32 place;

	if (!CONFIG_DEBUG_LAZY_LEDGER)
		return;
	place = __atomic_fetch_add(&mm->ledger.next, 1, __ATOMIC_RELAXED);
	e = &mm->ledger.entry[place % MAX(LEDGER_ENTRIES, 1)];
	e->time_ns = clock_ns();
	e->what = what;
	e->site = site;
	e->users = atomic_read(&mm->mm_users);
	e->count = atomic_read(&mm->mm_count);
	e->cpu = cpu_id();
	if (ledger_who_fn)
		ledger_who_fn(e->task, &e->task_id);
}
