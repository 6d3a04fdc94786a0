/* SPDX-License-Identifier: MIT */
/* `mm strategy`: which rule the lazy TLB follows; in a laboratory build another one. */
#include "shell/cmd_mm.h"

#include "lib/string.h"
#include "mm/lazy.h"
#include "sched/task.h"

static const char *const briefs[NR_LAZY_STRATEGIES] = {
	[LAZY_REFCOUNT] = "a lodger counts in mm_count",
	[LAZY_SHOOTDOWN] = "not counted; the end of an mm evicts lodgers by interrupt",
	[LAZY_SLOT] = "not counted; a dead mm is handed to who has it loaded",
	[LAZY_EAGER] = "nobody lodges: kernel threads run on the empty table",
};

static int strategy_show(struct shell *sh)
{
	static const struct column columns[] = {
		{ "strategy", "STRATEGY", -9 },
		{ "chosen", "CHOSEN", -6 },
		{ "built_in", "BUILT IN", -8 },
		{ "what", "WHAT", -1 },
	};
	struct table t;

	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (unsigned int i = 0; i < NR_LAZY_STRATEGIES; i++)
		table_row(&t, v_str(lazy_strategy_names[i]),
			  v_bool(i == lazy_strategy()),
			  v_bool(CONFIG_MMU_LAZY_TLB_LAB || i == lazy_strategy()),
			  v_str(briefs[i]));
	table_end(&t);
	return 0;
}

int cmd_mm_strategy(struct shell *sh, int argc, char **argv)
{
	if (argc == 1)
		return strategy_show(sh);
	if (argc > 2)
		return shell_usage(sh);
	for (unsigned int i = 0; i < NR_LAZY_STRATEGIES; i++) {
		if (strcmp(argv[1], lazy_strategy_names[i]) != 0)
			continue;
		if (lazy_set_strategy(i))
			return shell_fail(sh, -ENOSYS, "%s is not built in: make "
					  "CONFIG_MMU_LAZY_TLB_LAB=y has all four",
					  argv[1]);
		return 0;
	}
	return shell_fail(sh, -ENOENT, "no strategy %s: there are refcount, "
			  "shootdown, slot, eager", argv[1]);
}

void complete_strategy(struct completions *c, int argc, char **argv)
{
	for (unsigned int i = 0; argc == 1 && i < NR_LAZY_STRATEGIES; i++)
		complete_add(c, lazy_strategy_names[i]);
}
