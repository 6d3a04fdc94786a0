/* SPDX-License-Identifier: MIT */
/*
 * `mm`: address spaces, who is in them and who merely lodges. `mm cpus` is the
 * heart of it: for each CPU what TTBR0_EL1 holds, read from the register, beside
 * what the rules of docs/lazy-mm.md say it should hold.
 */
#include "shell/cmd_mm.h"
#include "shell/views.h"

#include "core/audit.h"
#include "core/clock.h"
#include "lib/format.h"
#include "lib/string.h"

/* ---- one address space as a row ---- */

struct mm_row {
	u32 users, count, lazy, asid;
	u64 gen, age_us;
	const char *state;
	char cpus[2 * NR_CPUS + 1]; /* "0,2": where it is loaded */
};

static void mm_row_get(struct mm *mm, struct mm_row *row)
{
	u64 context = atomic_read(&mm->context_id), born_ns = mm->created_ns;
	s32 users = atomic_read(&mm->mm_users);
	char *p = row->cpus;

	*row = (struct mm_row){ .users = (u32)users,
				/* less the pin by which we look */
				.count = (u32)atomic_read(&mm->mm_count) - 1,
				.asid = context & ASID_MASK,
				.gen = context >> 16,
				.state = "live" };
	if (mm == &init_mm) {
		row->state = "init";
	} else if (users == 0) {
		row->state = "zombie";
		born_ns = mm->dead_ns;
	}
	row->age_us = (clock_ns() - born_ns) / NSEC_PER_USEC;
	for_each_online_cpu(cpu) {
		if (READ_ONCE(lazy_cpus[cpu].slot.loaded) != mm)
			continue;
		row->lazy += READ_ONCE(lazy_cpus[cpu].lazy_since_ticks) != 0;
		if (p > row->cpus)
			*p++ = ',';
		*p++ = (char)('0' + cpu);
	}
	*p = 0;
}

static const struct column mm_columns[] = {
	{ "id", "ID", 3 },	       { "name", "NAME", -10 },
	{ "users", "USERS", 5 },       { "count", "COUNT", 5 },
	{ "lazy", "LAZY", 4 },	       { "asid", "ASID.G", 6 },
	{ "gen", NULL, 0 },	       { "pgd", "PGD", 10 },
	{ "rss_pages", "RSS", 4 },     { "table_pages", "TAB", 3 },
	{ "state", "STATE", -6 },      { "age_us", "AGE", 5 },
	{ "bits", "BITS", 4 },	       { "cpus", "CPUS", -1 },
};

/* The width of the program that it is for. */
static struct value mm_bits(const struct mm *mm)
{
	return mm == &init_mm ? v_none() : v_u64(mm_is_32(mm) ? 32 : 64);
}

static void mm_row_emit(struct table *t, struct mm *mm)
{
	struct mm_row row;
	char asid[24];

	mm_row_get(mm, &row);
	fmt_snprintf(asid, sizeof(asid), "0x%x.%llu", row.asid,
		     (unsigned long long)row.gen);
	table_row(t, v_u64(mm->id), v_str(mm->name), v_u64(row.users),
		  v_u64(row.count), v_u64(row.lazy),
		  v_label(row.asid, asid), v_u64(row.gen),
		  v_hex(mm->pgd), v_u64(READ_ONCE(mm->rss_pages)),
		  v_u64(READ_ONCE(mm->table_pages)),
		  v_styled(v_str(row.state),
			   mm->dead_ns ? STYLE_WARN : STYLE_PLAIN),
		  v_us(row.age_us), mm_bits(mm), v_str(row.cpus));
}

static void mm_list(struct shell *sh, bool zombies)
{
	struct table t;
	struct mm *mm;
	s64 id = -1;

	table_begin(&t, &sh->out, mm_columns, ARRAY_SIZE(mm_columns));
	while ((mm = mm_next(&id))) {
		if (!zombies || (mm != &init_mm &&
				 atomic_read(&mm->mm_users) == 0))
			mm_row_emit(&t, mm);
		mmdrop(mm);
		if (shell_interrupted())
			break;
	}
	table_end(&t);
}

static int cmd_mm_ls(struct shell *sh, int argc, char **argv)
{
	if (argc > 1)
		return shell_usage(sh);
	mm_list(sh, false);
	return 0;
}

static int cmd_mm_zombies(struct shell *sh, int argc, char **argv)
{
	if (argc > 1)
		return shell_usage(sh);
	mm_list(sh, true);
	return 0;
}

/* The mm of argv[1] ("3" or "mm3"), pinned: NULL after a message. */
static struct mm *mm_argument(struct shell *sh, int argc, char **argv, int *err)
{
	const char *word = argc == 2 ? argv[1] : "";
	struct mm *mm = NULL;
	u64 id;

	if (argc != 2) {
		*err = shell_usage(sh);
		return NULL;
	}
	if (strncmp(word, "mm", 2) == 0)
		word += 2;
	*err = shell_number(sh, word, "an address space", &id);
	if (*err)
		return NULL;
	if (id <= UINT32_MAX)
		mm = mm_find((u32)id);
	if (!mm)
		*err = shell_fail(sh, -ENOENT, "no address space %s; "
				  "mm ls shows those there are", word);
	return mm;
}

static int cmd_mm_show(struct shell *sh, int argc, char **argv)
{
	struct mm_row row;
	struct record r;
	int err;
	struct mm *mm = mm_argument(sh, argc, argv, &err);

	if (!mm)
		return err;
	mm_row_get(mm, &row);
	record_begin(&r, &sh->out, 11);
	record_field(&r, "id", v_u64(mm->id));
	record_field(&r, "name", v_str(mm->name));
	record_field(&r, "users", v_u64(row.users));
	record_field(&r, "count", v_u64(row.count));
	record_field(&r, "lazy", v_u64(row.lazy));
	record_field(&r, "asid", v_hexnum(row.asid));
	record_field(&r, "gen", v_u64(row.gen));
	record_field(&r, "pgd", v_hex(mm->pgd));
	record_field(&r, "rss_pages", v_u64(READ_ONCE(mm->rss_pages)));
	record_field(&r, "table_pages", v_u64(READ_ONCE(mm->table_pages)));
	record_field(&r, "state", v_str(row.state));
	record_field(&r, "age_us", v_us(row.age_us));
	record_field(&r, "bits", mm_bits(mm));
	record_field(&r, "cpus", v_str(row.cpus));
	show_regions(&r, mm);
	record_end(&r);
	mmdrop(mm);
	return 0;
}

/* ---- the CPUs ---- */

static struct value cpu_check(const struct cpu_view *v)
{
	if (v->ttbr0.base != v->pgd)
		return v_styled(v_str("MISMATCH"), STYLE_WARN);
	if (v->ttbr0.asid != (CONFIG_DEBUG_LAZY_EPD0 && v->lazy ? ASID_RESERVED : v->asid))
		return v_styled(v_str("ASID"), STYLE_WARN);
	if (v->mm_dead)
		return v_styled(v_str("ZOMBIE"), STYLE_WARN);
	return v_styled(v_str("ok"), STYLE_GOOD);
}

void mm_cpus(struct shell *sh)
{
	static const struct column columns[] = {
		{ "cpu", "CPU", 3 },
		{ "task", "TASK", -18 },
		{ "kind", "KIND", -6 },
		{ "active_mm", "ACTIVE_MM", -10 },
		{ "ttbr0_base", "TTBR0.BADDR", -11 },
		{ "ttbr0_asid", "ASID", -6 },
		{ "lazy_us", "LAZY_US", 9 },
		{ "check", "CHECK", -1 },
	};
	static struct cpu_view views[NR_CPUS];
	struct table t;

	cpu_views_get(views);
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		const struct cpu_view *v = &views[cpu];
		char name[24], asid[12];

		if (!v->valid)
			continue;
		fmt_snprintf(name, sizeof(name),
			     v->mm_id ? "mm%u%s" : "init_mm", v->mm_id,
			     v->mm_dead ? "(dead)" : "");
		fmt_snprintf(asid, sizeof(asid), "0x%x", v->ttbr0.asid);
		table_row(&t, v_u64(cpu), v_str(v->task), v_str(v->kind),
			  v_label(v->mm_id, name),
			  v_hex(v->ttbr0.base),
			  v_label(v->ttbr0.asid, asid),
			  v->lazy ? v_u64(v->lazy_us) : v_none(),
			  cpu_check(v));
	}
	table_end(&t);
}

static int cmd_mm_cpus(struct shell *sh, int argc, char **argv)
{
	if (argc > 1)
		return shell_usage(sh);
	mm_cpus(sh);
	return 0;
}

/* ---- who holds it ---- */

/* What the lodging of that CPU in mm is worth. */
static const char *counts_as(u32 cpu, const struct mm *mm)
{
	if (lazy_borrow_counts())
		return "mm_count";
	return READ_ONCE(lazy_cpus[cpu].slot.handed) == mm ? "mm_count (handed over)" :
							     "nothing (not counted)";
}

static int cmd_mm_who(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "holds", "HOLDS", -6 },   { "task", "TASK", -18 },
		{ "cpu", "CPU", 3 },	    { "since_us", "SINCE", 7 },
		{ "counts", "COUNTS AS", -1 },
	};
	static struct cpu_view views[NR_CPUS];
	struct thread_walk walk = { 0 };
	struct thread_view v;
	struct table t;
	bool ledger = argc > 1 && strcmp(argv[argc - 1], "--ledger") == 0;
	int err;
	struct mm *mm = mm_argument(sh, argc - ledger, argv, &err);

	if (!mm)
		return err;
	if (ledger) {
		err = mm_ledger_show(sh, mm);
		mmdrop(mm);
		return err;
	}
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	while (thread_walk_next(&walk, &v)) {
		char name[sizeof(v.name) + 12];

		if (!v.has_mm || v.mm_id != mm->id)
			continue;
		fmt_snprintf(name, sizeof(name), "%s/%u", v.name, v.id);
		table_row(&t, v_str("real"), v_str(name), v_u64(v.cpu),
			  v_none(), v_str("mm_users"));
	}
	cpu_views_get(views);
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		if (views[cpu].valid && views[cpu].mm_id == mm->id &&
		    strcmp(views[cpu].kind, "lazy") == 0)
			table_row(&t, v_str("lazy"), v_str(views[cpu].task),
				  v_u64(cpu), v_us(views[cpu].lazy_us),
				  v_str(counts_as(cpu, mm)));
	table_end(&t);
	mmdrop(mm);
	return 0;
}

/* ---- audits ---- */

static int cmd_mm_check(struct shell *sh, int argc, char **argv)
{
	unsigned int findings;
	struct record r;

	if (argc > 1)
		return shell_usage(sh);
	findings = audit_run_all();
	if (sh->out.mode != OUT_TEXT) {
		record_begin(&r, &sh->out, 0);
		record_field(&r, "findings", v_u64(findings));
		record_end(&r);
	} else if (findings == 0) {
		out_style(&sh->out, STYLE_GOOD);
		out_puts(&sh->out, "ok");
		out_style(&sh->out, STYLE_PLAIN);
		out_puts(&sh->out, "\n");
	}
	if (findings)
		return shell_fail(sh, -EILSEQ, "%u findings, in the log: "
				  "dmesg | grep audit", findings);
	return 0;
}

/* ---- the group ---- */

static void complete_mm(struct completions *c, int argc, char **argv)
{
	struct mm *mm;
	s64 id = -1;

	if (argc > 1)
		return;
	while ((mm = mm_next(&id))) {
		complete_add_u64(c, mm->id);
		mmdrop(mm);
	}
}

static const struct command mm_commands[] = {
	{
		.name = "ls",
		.usage = "[--json|--csv]",
		.brief = "all address spaces",
		.help = "USERS is mm_users, COUNT mm_count, LAZY the CPUs that lodge in it;\n"
			"ASID.G the ASID and its generation, TAB pages of tables, CPUS where\n"
			"it is loaded. AGE counts from the death of a zombie. BITS is 32 for\n"
			"an AArch32 program.\n"
			"example: mm ls | grep spin",
		.flags = CMD_LISTING,
		.run = cmd_mm_ls,
	},
	{
		.name = "show",
		.usage = "ID [--json|--csv]",
		.brief = "one address space and its regions",
		.help = "PRESENT pages of a region are there, SHARED of these are not its own.\n"
			"`vm PID` shows the same for a process.\n"
			"example: mm show 3",
		.flags = CMD_LISTING,
		.run = cmd_mm_show,
		.complete = complete_mm,
	},
	{
		.name = "cpus",
		.usage = "[--json|--csv]",
		.brief = "what each CPU has loaded: the register beside the rule",
		.help = "TTBR0.BADDR and ASID are read from TTBR0_EL1 on that CPU. CHECK compares\n"
			"them with active_mm: MISMATCH, another table is loaded; ASID, another\n"
			"ASID; ZOMBIE, only lodgers keep that address space. LAZY_US: for how\n"
			"long the CPU has been lodging there.\n"
			"example: run spin & mm cpus",
		.flags = CMD_LISTING,
		.run = cmd_mm_cpus,
	},
	{
		.name = "who",
		.usage = "ID [--ledger] [--json|--csv]",
		.brief = "who holds an address space, really or lazily",
		.help = "--ledger: the last references that were taken and dropped, by whom and\n"
			"from where in the code; needs CONFIG_DEBUG_LAZY_LEDGER=y.\n"
			"example: mm who 3",
		.flags = CMD_LISTING,
		.run = cmd_mm_who,
		.complete = complete_mm,
	},
	{
		.name = "zombies",
		.usage = "[--json|--csv]",
		.brief = "address spaces that only lodgers keep",
		.help = "There are never more of them than CPUs. `mm who ID` says who lodges.\n"
			"example: run spawner 50; mm zombies",
		.flags = CMD_LISTING,
		.run = cmd_mm_zombies,
	},
	{
		.name = "stat",
		.usage = "[--json|--csv]",
		.brief = "counters: switches, TTBR0, grabs, zombies, IPIs, TLBIs",
		.help = "switches: k is a kernel thread, u a user thread; uk is user to kernel.\n"
			"example: watch -d mm stat",
		.flags = CMD_LISTING,
		.run = cmd_mm_stat,
	},
	{
		.name = "watch",
		.usage = "[-n SECONDS] [-d] [-c COUNT]",
		.brief = "CPUs and rates, refreshed in place until q",
		.help = "example: mm watch -n 0.5",
		.run = cmd_mm_watch,
	},
	{
		.name = "strategy",
		.usage = "[refcount|shootdown|slot|eager] [--json|--csv]",
		.brief = "the rule for lodgers; in a laboratory build, change it",
		.help = "Built with CONFIG_MMU_LAZY_TLB_LAB=y all four are there. The machine\n"
			"stands still for the change, and every lodger moves to init_mm.\n"
			"example: mm strategy slot",
		.flags = CMD_LISTING,
		.run = cmd_mm_strategy,
		.complete = complete_strategy,
	},
	{
		.name = "check",
		.usage = "[--json|--csv]",
		.brief = "run every audit of the kernel; ok if nothing is wrong",
		.help = "What is wrong goes to the log.\n"
			"example: mm check; dmesg | grep audit",
		.flags = CMD_LISTING,
		.run = cmd_mm_check,
	},
	{ 0 },
};

COMMAND(mm) = {
	.name = "mm",
	.brief = "address spaces and who lodges in them",
	.help = "example: run spin & mm cpus",
	.subs = mm_commands,
};
