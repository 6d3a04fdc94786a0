/* SPDX-License-Identifier: MIT */
/* `mm stat`, `mm watch`: what the lazy scheme has done so far, and does right now. */
#include "shell/cmd_mm.h"

#include "core/clock.h"
#include "lib/string.h"
#include "mm/lazy.h"

/* ---- counters ---- */

static void mm_totals(struct lazy_cpu *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		const struct lazy_cpu *c = &lazy_cpus[cpu];

		sum->switch_kk += READ_ONCE(c->switch_kk);
		sum->switch_uk += READ_ONCE(c->switch_uk);
		sum->switch_ku += READ_ONCE(c->switch_ku);
		sum->switch_uu += READ_ONCE(c->switch_uu);
		sum->ttbr0_writes += READ_ONCE(c->ttbr0_writes);
		sum->ttbr0_writes_other += READ_ONCE(c->ttbr0_writes_other);
		sum->voluntary += READ_ONCE(c->voluntary);
		sum->lazy_grabs += READ_ONCE(c->lazy_grabs);
		sum->lazy_drops += READ_ONCE(c->lazy_drops);
		sum->ipi_sent += READ_ONCE(c->ipi_sent);
		sum->ipi_useful += READ_ONCE(c->ipi_useful);
		sum->tlbi_all += READ_ONCE(c->tlbi_all);
		sum->tlbi_asid += READ_ONCE(c->tlbi_asid);
		sum->tlbi_va += READ_ONCE(c->tlbi_va);
	}
}

static void mm_stat(struct shell *sh)
{
	struct lazy_cpu sum;
	struct record r;

	mm_totals(&sum);
	record_begin(&r, &sh->out, 15);
	record_field(&r, "strategy", v_str(lazy_strategy_name()));
	record_group(&r, "switches");
	record_field(&r, "kk", v_u64(sum.switch_kk));
	record_field(&r, "uk", v_u64(sum.switch_uk));
	record_field(&r, "ku", v_u64(sum.switch_ku));
	record_field(&r, "uu", v_u64(sum.switch_uu));
	record_group_end(&r);
	record_field(&r, "ttbr0_writes", v_u64(sum.ttbr0_writes));
	record_field(&r, "ttbr0_avoided", v_u64(lazy_ttbr0_avoided(&sum)));
	record_field(&r, "voluntary", v_u64(sum.voluntary));
	record_field(&r, "lazy_grabs", v_u64(sum.lazy_grabs));
	record_field(&r, "lazy_drops", v_u64(sum.lazy_drops));
	record_field(&r, "zombies_created", v_u64(lazy_totals.zombies_created));
	record_field(&r, "zombies_reaped", v_u64(lazy_totals.zombies_reaped));
	record_field(&r, "zombie_max_us", v_us(lazy_totals.zombie_max_us));
	record_field(&r, "ipi_sent", v_u64(sum.ipi_sent));
	record_field(&r, "ipi_useful", v_u64(sum.ipi_useful));
	record_field(&r, "asid_rollovers", v_u64(asid_rollovers));
	record_group(&r, "tlbi");
	record_field(&r, "all", v_u64(sum.tlbi_all));
	record_field(&r, "asid", v_u64(sum.tlbi_asid));
	record_field(&r, "va", v_u64(sum.tlbi_va));
	record_group_end(&r);
	record_end(&r);
}

int cmd_mm_stat(struct shell *sh, int argc, char **argv)
{
	if (argc > 1)
		return shell_usage(sh);
	mm_stat(sh);
	return 0;
}

/* ---- live ---- */

static struct lazy_cpu watched; /* totals of the picture before */
static u64 watched_ns;

static void rate(struct out *o, const char *name, u64 now, u64 before, u64 ns)
{
	u64 per_s = (now - before) * NSEC_PER_SEC / MAX(ns, 1ULL);

	out_printf(o, "  %-14s %12llu  %9llu/s\n", name,
		   (unsigned long long)now, (unsigned long long)per_s);
}

static int mm_watch_draw(struct shell *sh, struct live *live)
{
	struct out *o = &sh->out;
	u64 now_ns = clock_ns(), ns = now_ns - watched_ns;
	struct lazy_cpu sum;

	mm_totals(&sum);
	out_style(o, STYLE_DIM);
	out_printf(o, "strategy %s, %u address spaces, %llu zombies now; "
		   "q ends\n", lazy_strategy_name(), mm_live_count(),
		   (unsigned long long)(lazy_totals.zombies_created -
					lazy_totals.zombies_reaped));
	out_style(o, STYLE_PLAIN);
	out_puts(o, "\n");
	mm_cpus(sh);
	out_puts(o, "\n");
	rate(o, "kernel>kernel", sum.switch_kk, watched.switch_kk, ns);
	rate(o, "user>kernel", sum.switch_uk, watched.switch_uk, ns);
	rate(o, "kernel>user", sum.switch_ku, watched.switch_ku, ns);
	rate(o, "user>user", sum.switch_uu, watched.switch_uu, ns);
	rate(o, "TTBR0 written", sum.ttbr0_writes, watched.ttbr0_writes, ns);
	rate(o, "TTBR0 avoided", lazy_ttbr0_avoided(&sum),
	     lazy_ttbr0_avoided(&watched), ns);
	rate(o, "voluntary", sum.voluntary, watched.voluntary, ns);
	rate(o, "lazy grabs", sum.lazy_grabs, watched.lazy_grabs, ns);
	rate(o, "IPIs sent", sum.ipi_sent, watched.ipi_sent, ns);
	rate(o, "TLBI by ASID", sum.tlbi_asid, watched.tlbi_asid, ns);
	watched = sum;
	watched_ns = now_ns;
	return 0;
}

int cmd_mm_watch(struct shell *sh, int argc, char **argv)
{
	struct live live = { .interval_ns = NSEC_PER_SEC,
			     .draw = mm_watch_draw };
	int err = live_options(sh, &live, argc, argv, "n:c:d");

	if (err)
		return err;
	if (live.argc)
		return shell_usage(sh);
	mm_totals(&watched);
	watched_ns = clock_ns();
	return live_run(sh, &live);
}
