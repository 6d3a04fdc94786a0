/* SPDX-License-Identifier: MIT */
#include "core/extable.h"

struct extable_entry {
	s32 insn, fixup;
};

extern const struct extable_entry __ex_table_start[], __ex_table_end[];

u64 extable_find(u64 pc)
{
	/* A dozen entries: no need to sort. */
	for (const struct extable_entry *e = __ex_table_start; e < __ex_table_end; e++)
		if ((u64)&e->insn + (u64)(s64)e->insn == pc)
			return (u64)&e->fixup + (u64)(s64)e->fixup;
	return 0;
}
