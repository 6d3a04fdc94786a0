/* SPDX-License-Identifier: MIT */
/* `mmtorture`: everything that can happen to an address space, all at once. */
#include "shell/shell.h"

#include "kconfig.h"
#include "core/clock.h"
#include "mm/race.h"
#include "task/mmtorture.h"

#define SECONDS_DEFAULT 10
#define SECONDS_MAX 86400

static void show_events(struct record *record, const struct torture_result *r)
{
	static const struct column columns[] = {
		{ "event", "EVENT", -11 }, { "count", "COUNT", 8 }, { "what", "WHAT", -1 },
	};
	struct table t;

	record_table(record, "events", &t, columns, ARRAY_SIZE(columns));
	for (u32 e = 0; e < NR_TORTURE_EVENTS; e++)
		table_row(&t, v_str(torture_kinds[e].name), v_u64(r->events[e]),
			  v_str(torture_kinds[e].what));
	table_row(&t, v_str("rollover"), v_u64(r->rollovers),
		  v_str("a new generation of ASIDs"));
	table_row(&t, v_str("strategy"), v_u64(r->strategies),
		  v_str("another strategy, in a laboratory build"));
	table_end(&t);
}

static void show_windows(struct record *record)
{
	static const struct column columns[] = {
		{ "window", "WINDOW", -11 }, { "passed", "PASSED", 8 },
		{ "met", "MET", 8 }, { "with", "MOST WITH", -11 },
		{ "what", "WHAT", -1 },
	};
	struct table t;

	record_table(record, "windows", &t, columns, ARRAY_SIZE(columns));
	for (u32 p = 0; p < NR_RACE_POINTS; p++) {
		struct race_info info, most;

		race_get_info((enum race_point)p, &info);
		race_get_info(info.most, &most);
		table_row(&t, v_str(info.name), v_u64(info.passed), v_u64(info.met),
			  info.met ? v_str(most.name) : v_none(), v_str(info.what));
	}
	table_end(&t);
}

static void show(struct shell *sh, u64 seed, const struct torture_result *r)
{
	struct record record;

	record_begin(&record, &sh->out, 8);
	record_field(&record, "seconds", v_u64(r->ns / NSEC_PER_SEC));
	record_field(&record, "seed", v_u64(seed));
	show_events(&record, r);
	show_windows(&record);
	record_field(&record, "result",
		     r->failure[0] ? v_styled(v_str(r->failure), STYLE_WARN) :
				     v_styled(v_str("ok"), STYLE_GOOD));
	record_end(&record);
}

static int cmd_mmtorture(struct shell *sh, int argc, char **argv)
{
	u64 seconds = SECONDS_DEFAULT, seed = clock_ticks() & 0xffffffff;
	static struct torture_result r;
	int err = 0;

	if (argc > 3)
		return shell_usage(sh);
	if (!CONFIG_SELFTEST)
		return shell_fail(sh, -ENOSYS, "this kernel was built without tests; "
				  "make run CONFIG_SELFTEST=y has them");
	if (argc > 1)
		err = shell_number(sh, argv[1], "seconds", &seconds);
	if (!err && argc > 2)
		err = shell_number(sh, argv[2], "a seed", &seed);
	if (err)
		return err;
	if (seconds < 1 || seconds > SECONDS_MAX)
		return shell_fail(sh, -ERANGE, "seconds are 1 to %u", SECONDS_MAX);
	if (seed == 0 || seed > 0xffffffff)
		return shell_fail(sh, -ERANGE, "a seed is 1 to 4294967295");
	err = mmtorture(seconds * NSEC_PER_SEC, (u32)seed, shell_interrupted, &r);
	if (err == -ENODEV)
		return shell_fail(sh, err, "one CPU alone has nobody to race with");
	show(sh, seed, &r);
	return r.failure[0] ? 1 : err;
}

COMMAND(mmtorture) = {
	.name = "mmtorture",
	.usage = "[seconds [seed]] [--json|--csv]",
	.brief = "torture of address spaces: all that can happen, at once",
	.help = "Shows what was done, and which race windows two CPUs were in at the same\n"
		"time. An event or a window that never was is a failure, too; the run lasts\n"
		"up to ten times as long as asked if one has not been yet. CPUs go off and\n"
		"on meanwhile.\n"
		"example: mmtorture 60 1",
	.flags = CMD_LISTING,
	.run = cmd_mmtorture,
};
