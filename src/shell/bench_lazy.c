/* SPDX-License-Identifier: MIT */
/*
 * `bench lazy`: what each strategy costs, counted. Two kinds of measurement, both
 * with kernel threads, some of which take an address space for real.
 *
 * Switches. Threads of one CPU take turns by yielding, so that every round is the
 * same sequence of transitions; the CPU's counters before and after give what a
 * round costs.
 *
 * Ends. An address space is loaded by 0 to 3 other CPUs, whose idle threads lodge in
 * it; then its last user goes, here. That is what an exit costs, and how long the
 * table lives on.
 *
 * Counts of instructions need a counter that counts them (a board, or QEMU with
 * -icount), cycles a board. Otherwise the columns are empty: no time is printed.
 */
#include "shell/bench_lazy.h"

#include "core/clock.h"
#include "core/pmu.h"
#include "core/smp.h"
#include "mm/lazy.h"
#include "sched/task.h"

#define ROUNDS 200
#define WARM_UP 20
#define PLAYERS_MAX 4
#define EXITS 16
#define PATIENCE_NS (5 * lazy_zombie_ns)

struct cost {
	u64 atomics, ttbr0, barriers, tlbi, ipi_sent, ipi_useful;
	u64 instructions, cycles;
};

/* Of one CPU (instructions and cycles: of this one), or of all of them. */
static struct cost cost_now(u32 first, u32 last)
{
	struct cost c = { .instructions = pmu_instructions(),
			  .cycles = read_sysreg(pmccntr_el0) };

	for (u32 cpu = first; cpu <= last; cpu++) {
		const struct lazy_cpu *lc = &lazy_cpus[cpu];

		c.atomics += READ_ONCE(lc->count_atomics);
		c.ttbr0 += READ_ONCE(lc->ttbr0_writes);
		c.barriers += READ_ONCE(lc->barriers);
		c.tlbi += READ_ONCE(lc->tlbi_all) + READ_ONCE(lc->tlbi_asid) +
			  READ_ONCE(lc->tlbi_va);
		c.ipi_sent += READ_ONCE(lc->ipi_sent);
		c.ipi_useful += READ_ONCE(lc->ipi_useful);
	}
	return c;
}

/* (after - before) / n, rounded. */
static struct cost cost_each(const struct cost *before, const struct cost *after, u32 n)
{
	struct cost each;
	const u64 *a = (const u64 *)after, *b = (const u64 *)before;
	u64 *e = (u64 *)&each;

	for (size_t i = 0; i < sizeof(each) / sizeof(u64); i++)
		e[i] = (a[i] - b[i] + n / 2) / n;
	return each;
}

/* ---- switches ---- */

struct game {
	u32 players, ready; /* [a] ready */
	bool over;	    /* [a] */
	struct cost before, after;
};

struct player {
	struct game *game;
	struct mm *mm; /* NULL: an anonymous one */
	struct task *task;
	bool leader;
};

static void lead(struct game *g)
{
	for (int i = 0; i < WARM_UP; i++)
		sched_yield();
	g->before = cost_now(cpu_id(), cpu_id());
	for (int i = 0; i < ROUNDS; i++)
		sched_yield();
	g->after = cost_now(cpu_id(), cpu_id());
	WRITE_ONCE(g->over, true);
}

static void take_part(void *arg)
{
	struct player *p = arg;
	struct game *g = p->game;

	if (p->mm)
		kthread_use_mm(p->mm);
	__atomic_add_fetch(&g->ready, 1, __ATOMIC_RELAXED);
	while (READ_ONCE(g->ready) < g->players)
		sched_yield();
	if (p->leader)
		lead(g);
	while (!READ_ONCE(g->over))
		sched_yield();
	if (p->mm)
		kthread_unuse_mm(p->mm);
}

static int play(struct mm *const mms[PLAYERS_MAX], u32 n, u32 cpu, struct cost *each)
{
	struct game g = { .players = n };
	struct player p[PLAYERS_MAX];
	int err = 0;

	for (u32 i = 0; i < n; i++) {
		struct task_params params = { .name = "bench", .entry = take_part,
					      .arg = &p[i],
					      .affinity = cpu_bit(cpu) };

		p[i] = (struct player){ .game = &g, .mm = mms[i], .leader = i == 0 };
		p[i].task = task_create(&params);
		if (!p[i].task) { /* who is there already finds the game over */
			g.players = i;
			g.over = true;
			n = i;
			err = -ENOMEM;
		}
	}
	for (u32 i = 0; i < n; i++)
		task_start(p[i].task);
	for (u32 i = 0; i < n; i++) {
		task_join(p[i].task);
		task_put(p[i].task);
	}
	*each = cost_each(&g.before, &g.after, ROUNDS);
	return err;
}

/* A round of each, by who takes part: a, b own an address space, k owns none. */
static const struct {
	const char *name, *what;
} sequences[] = {
	{ "ak", "user > kernel > same user" },
	{ "akbk", "user > kernel > other > kernel" },
	{ "kk", "kernel > kernel > kernel" },
	{ "ab", "user > other user > user" },
};

static int bench_sequence(const char *who, u32 cpu, struct cost *each)
{
	struct mm *own[2] = { mm_alloc("bench-a", NULL), mm_alloc("bench-b", NULL) };
	struct mm *mms[PLAYERS_MAX];
	int err = -ENOMEM;
	u32 n = 0;

	for (; who[n]; n++)
		mms[n] = who[n] == 'k' ? NULL : own[who[n] - 'a'];
	if (own[0] && own[1])
		err = play(mms, n, cpu, each);
	for (int i = 0; i < 2; i++)
		if (own[i])
			mmput(own[i]);
	return err;
}

/* ---- ends ---- */

static void visit(void *arg)
{
	kthread_use_mm(arg);
	kthread_unuse_mm(arg);
}

/* Let the idle threads of n other CPUs lodge in mm. */
static int lodge_elsewhere(struct mm *mm, u32 n)
{
	for_each_online_cpu(cpu) {
		struct task_params params = { .name = "visitor", .entry = visit,
					      .arg = mm, .affinity = cpu_bit(cpu) };
		struct task *t;

		if (cpu == cpu_id() || n == 0)
			continue;
		t = task_create(&params);
		if (!t)
			return -ENOMEM;
		task_start(t);
		task_join(t);
		task_put(t);
		n--;
	}
	return 0;
}

static bool is_there(u32 id)
{
	struct mm *mm = mm_find(id);

	if (mm)
		mmdrop(mm);
	return mm;
}

/* What it costs when the last user of an mm goes that n other CPUs have loaded; *life_us:
 * how much longer its table lives, ~0 if it outlives our patience. */
static int bench_end(u32 n, struct cost *each, u64 *life_us)
{
	struct cost sum_before = { 0 }, sum_after = { 0 };
	struct cost look = cost_now(0, NR_CPUS - 1), looked = cost_now(0, NR_CPUS - 1);
	u64 *before = (u64 *)&sum_before, *after = (u64 *)&sum_after;

	*life_us = 0;
	for (int i = 0; i < EXITS; i++) {
		struct mm *mm = mm_alloc("bench-end", NULL);
		struct cost b, a;
		u64 dead_ns;
		int err;
		u32 id;

		if (!mm)
			return -ENOMEM;
		id = mm->id;
		err = lodge_elsewhere(mm, n);
		b = cost_now(0, NR_CPUS - 1);
		dead_ns = clock_ns();
		mmput(mm);
		a = cost_now(0, NR_CPUS - 1);
		if (err)
			return err;
		for (size_t k = 0; k < sizeof(b) / sizeof(u64); k++) {
			before[k] += ((const u64 *)&b)[k];
			after[k] += ((const u64 *)&a)[k];
		}
		while (is_there(id) && clock_ns() - dead_ns < PATIENCE_NS)
			task_sleep_ns(NSEC_PER_MSEC);
		if (is_there(id))
			*life_us = ~0ULL;
		else if (*life_us != ~0ULL)
			*life_us = MAX(*life_us, (clock_ns() - dead_ns) / NSEC_PER_USEC);
		lazy_quiesce();
	}
	/* Less what looking takes. */
	sum_before.instructions += EXITS * (looked.instructions - look.instructions);
	sum_before.cycles += EXITS * (looked.cycles - look.cycles);
	*each = cost_each(&sum_before, &sum_after, EXITS);
	return 0;
}

/* ---- the table ---- */

static const struct column columns[] = {
	{ "strategy", "STRATEGY", -9 }, { "what", "WHAT", -31 },
	{ "atomics", "ATOMICS", 7 },	{ "ttbr0", "TTBR0", 5 },
	{ "barriers", "BARR", 4 },	{ "tlbi", "TLBI", 4 },
	{ "ipi_sent", "IPIS", 4 },	{ "ipi_useful", "USED", 4 },
	{ "instructions", "INSTR", 6 }, { "cycles", "CYCLES", 6 },
	{ "zombie_us", "ZOMBIE", 7 },
};

static void row(struct table *t, const char *what, const struct cost *c, int err,
		struct value life)
{
	bool counts = pmu_counts_instructions();

	if (err) {
		table_row(t, v_str(lazy_strategy_name()), v_str(what), v_none(),
			  v_none(), v_none(), v_none(), v_none(), v_none(),
			  v_none(), v_none(), v_none());
		return;
	}
	table_row(t, v_str(lazy_strategy_name()), v_str(what), v_u64(c->atomics),
		  v_u64(c->ttbr0), v_u64(c->barriers), v_u64(c->tlbi),
		  v_u64(c->ipi_sent), v_u64(c->ipi_useful),
		  counts ? v_u64(c->instructions) : v_none(),
		  clock_is_emulated() ? v_none() : v_u64(c->cycles), life);
}

static int bench_strategy(struct table *t, u32 others)
{
	static const char *const ends[] = { "exit, loaded nowhere else",
					    "exit, loaded by 1 other CPU",
					    "exit, loaded by 2 others",
					    "exit, loaded by 3 others" };
	u32 cpu = 31 - (u32)__builtin_clz(cpu_online_mask);
	struct cost each = { 0 };
	u64 life_us;
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sequences); i++) {
		err = bench_sequence(sequences[i].name, cpu, &each);
		row(t, sequences[i].what, &each, err, v_none());
		if (shell_interrupted())
			return -EINTR;
	}
	for (u32 n = 0; n <= MIN(others, 3U); n++) {
		err = bench_end(n, &each, &life_us);
		row(t, ends[n], &each, err,
		    life_us == ~0ULL ? v_str("kept") :
		    life_us < 1000   ? v_label(0, "no") :
				       v_us(life_us));
		if (shell_interrupted())
			return -EINTR;
	}
	return err;
}

int bench_lazy(struct shell *sh)
{
	enum lazy_strategy was = lazy_strategy();
	u32 others = 0;
	struct table t;
	int err = 0;

	for_each_online_cpu(cpu)
		others += cpu != 0;

	if (sh->out.mode == OUT_TEXT)
		out_printf(&sh->out, "%s; instructions %s. Each row: of one round, of one exit.\n",
			   clock_is_emulated() ? "emulation, so no cycles" : "hardware",
			   pmu_counts_instructions() ? "counted" :
						       "not counted (QEMU does with -icount)");
	/* Not where the switches are measured, nor where others lodge. */
	task_set_affinity(current, cpu_bit(0));
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (unsigned int s = 0; s < NR_LAZY_STRATEGIES && !err; s++)
		if (lazy_set_strategy(s) == 0)
			err = bench_strategy(&t, others);
	table_end(&t);
	lazy_set_strategy(was);
	task_set_affinity(current, CPU_MASK_ALL);
	return err;
}
