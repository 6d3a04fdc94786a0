/* SPDX-License-Identifier: MIT */
/* `mm who ID --ledger`: who took and dropped references on an address space. */
#include "shell/cmd_mm.h"

#include "core/ksyms.h"
#include "lib/format.h"
#include "mm/mm.h"

int mm_ledger_show(struct shell *sh, const struct mm *mm)
{
	static const struct column columns[] = {
		{ "time_us", "TIME", 7 }, { "what", "WHAT", -14 },
		{ "users", "USERS", 5 },  { "count", "COUNT", 5 },
		{ "task", "TASK", -18 },  { "cpu", "CPU", 3 },
		{ "site", "WHERE", -1 },
	};
	u32 next = READ_ONCE(mm->ledger.next);
	struct table t;

	if (!CONFIG_DEBUG_LAZY_LEDGER)
		return shell_fail(sh, -ENOSYS, "this kernel keeps no ledger: make "
				  "CONFIG_DEBUG_LAZY_LEDGER=y");
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (u32 i = next - MIN(next, (u32)LEDGER_ENTRIES); i != next; i++) {
		const struct ledger_entry *e =
			&mm->ledger.entry[i % MAX(LEDGER_ENTRIES, 1)];
		char task[LEDGER_NAME_MAX + 12], site[72];
		const char *symbol;
		u64 offset;

		symbol = ksym_lookup(e->site, &offset);
		fmt_snprintf(site, sizeof(site), "%s+0x%llx", symbol ? symbol : "?",
			     (unsigned long long)offset);
		fmt_snprintf(task, sizeof(task), "%s/%u", e->task, e->task_id);
		table_row(&t, v_us(e->time_ns / 1000), v_str(e->what),
			  v_s64(e->users), v_s64(e->count), v_str(task),
			  v_u64(e->cpu), v_str(site));
	}
	table_end(&t);
	return 0;
}
