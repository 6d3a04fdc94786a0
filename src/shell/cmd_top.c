/* SPDX-License-Identifier: MIT */
/* top: who uses the CPUs, by thread or by process. */
#include "shell/views.h"

#include "core/clock.h"
#include "lib/format.h"
#include "lib/string.h"

#define TOP_ROWS 40
/* Runtimes at the picture before, by thread id and by pid. Two whose numbers collide only
 * lose their share of one picture. */
#define TOP_SLOTS 512

struct seen {
	u32 id;
	u64 runtime_ns;
};

struct top_row {
	u64 share_ns;
	union {
		struct thread_view thread;
		struct process_info process;
	};
};

static struct top {
	bool by_process;
	struct seen threads[TOP_SLOTS], processes[TOP_SLOTS];
	struct top_row best[TOP_ROWS]; /* by share, most first */
	u32 nr, nr_threads;
	u64 idle_ns[NR_CPUS], at_ns;
} top;

static u64 share_of(struct seen *seen, u32 id, u64 runtime_ns)
{
	struct seen *s = &seen[id % TOP_SLOTS];
	u64 share = s->id == id && runtime_ns > s->runtime_ns ? runtime_ns - s->runtime_ns : 0;

	*s = (struct seen){ id, runtime_ns };
	return share;
}

static void insert(const struct top_row *row)
{
	u32 i = MIN(top.nr, (u32)TOP_ROWS - 1);

	if (top.nr == TOP_ROWS && row->share_ns <= top.best[i].share_ns)
		return;
	for (; i > 0 && top.best[i - 1].share_ns < row->share_ns; i--)
		top.best[i] = top.best[i - 1];
	top.best[i] = *row;
	top.nr = MIN(top.nr + 1, (u32)TOP_ROWS);
}

/* Both kinds each time, so that either has shares to show when a key asks for it. */
static void look(void)
{
	struct thread_walk walk = { 0 };
	struct top_row row;
	struct process *p;
	u32 pid = 0;

	top.nr = top.nr_threads = 0;
	for (; thread_walk_next(&walk, &row.thread); top.nr_threads++) {
		row.share_ns = share_of(top.threads, row.thread.id, row.thread.runtime_ns);
		if (!top.by_process && !row.thread.idle)
			insert(&row);
	}
	while ((p = process_next(&pid))) {
		process_get_info(p, &row.process);
		process_put(p);
		row.share_ns = share_of(top.processes, pid, row.process.runtime_ns);
		if (top.by_process)
			insert(&row);
	}
}

static u64 permille(u64 part, u64 ns, u64 max)
{
	return MIN(part * 1000 / MAX(ns, 1ULL), max);
}

/* 123 as "12.3". */
static const char *percent(u64 permille, char buf[8])
{
	fmt_snprintf(buf, 8, "%llu.%llu", (unsigned long long)(permille / 10),
		     (unsigned long long)(permille % 10));
	return buf;
}

static void top_cpus(struct out *o, u64 ns)
{
	char buf[8];

	for_each_online_cpu(cpu) {
		struct rq_info rq;
		u64 idle;

		rq_get_info(cpu, &rq);
		idle = MIN(rq.idle_ns - top.idle_ns[cpu], ns);
		top.idle_ns[cpu] = rq.idle_ns;
		out_printf(o, "%sCPU%u %5s%%", !cpu	   ? "" :
					       cpu % 4 ? "    " : "\n",
			   cpu, percent(permille(ns - idle, ns, 1000), buf));
	}
	out_puts(o, "\n");
}

static void top_head(struct out *o, u64 ns)
{
	out_style(o, STYLE_DIM);
	out_printf(o, "processes: %u, threads: %u; p: by process, t: by thread, q ends\n",
		   process_count(), top.nr_threads);
	out_style(o, STYLE_PLAIN);
	top_cpus(o, ns);
	out_puts(o, "\n");
}

static void show_threads(struct out *o, u32 rows, u64 ns)
{
	static const struct column columns[] = {
		{ "id", "ID", 5 },	   { "pid", "PID", 5 },
		{ "name", "NAME", -15 },   { "cpu_permille", "%CPU", 6 },
		{ "state", "STATE", -7 },  { "cpu", "CPU", 3 },
		{ "prio", "PRIO", 4 },	   { "runtime_us", "TIME", 7 },
		{ "wait", "WAITS FOR", -1 },
	};
	struct table t;

	table_begin(&t, o, columns, ARRAY_SIZE(columns));
	for (u32 i = 0; i < rows; i++) {
		const struct thread_view *v = &top.best[i].thread;
		u64 share = permille(top.best[i].share_ns, ns, 1000);
		char text[8];

		table_row(&t, v_u64(v->id), v->user ? v_u64(v->pid) : v_none(),
			  v_str(v->name), v_label(share, percent(share, text)),
			  v_str(thread_state_text(v)), v_u64(v->cpu), v_u64(v->prio),
			  v_us(v->runtime_ns / NSEC_PER_USEC), thread_wait_text(v));
	}
	table_end(&t);
}

static void show_processes(struct out *o, u32 rows, u64 ns)
{
	static const struct column columns[] = {
		{ "pid", "PID", 5 },	     { "parent", "PARENT", 6 },
		{ "name", "NAME", -15 },     { "cpu_permille", "%CPU", 6 },
		{ "runtime_us", "TIME", 7 }, { "threads", "THREADS", 7 },
		{ "memory_bytes", "MEMORY", 7 }, { "handles", "HANDLES", 7 },
	};
	struct table t;

	table_begin(&t, o, columns, ARRAY_SIZE(columns));
	for (u32 i = 0; i < rows; i++) {
		const struct process_info *p = &top.best[i].process;
		u64 share = permille(top.best[i].share_ns, ns, 1000 * NR_CPUS);
		char text[8];

		table_row(&t, v_u64(p->pid),
			  p->parent_pid ? v_u64(p->parent_pid) : v_none(),
			  v_str(p->name), v_label(share, percent(share, text)),
			  v_us(p->runtime_ns / NSEC_PER_USEC), v_u64(p->nr_threads),
			  v_bytes((p->rss_pages + p->table_pages) * PAGE_SIZE),
			  v_u64(p->handles));
	}
	table_end(&t);
}

static int top_draw(struct shell *sh, struct live *live)
{
	u64 now_ns = clock_ns(), ns = now_ns - top.at_ns;
	u32 fit = sh->script || sh->edit.dumb ? (u32)TOP_ROWS : MAX(sh->edit.rows, 10U) - 6;

	look();
	top.at_ns = now_ns;
	if (sh->out.mode == OUT_TEXT)
		top_head(&sh->out, ns);
	(top.by_process ? show_processes : show_threads)(&sh->out, MIN(top.nr, fit), ns);
	return 0;
}

static bool top_key(int c)
{
	if (c != 'p' && c != 't')
		return false;
	top.by_process = c == 'p';
	return true;
}

static int cmd_top(struct shell *sh, int argc, char **argv)
{
	struct live live = { .interval_ns = NSEC_PER_SEC, .draw = top_draw, .key = top_key };
	int err = live_options(sh, &live, argc, argv, "n:c:p");

	if (err)
		return err;
	if (live.argc)
		return shell_usage(sh);
	top.by_process = live.option == 'p';
	look(); /* a first one, so that the first picture has shares to show */
	for_each_online_cpu(cpu) {
		struct rq_info rq;

		rq_get_info(cpu, &rq);
		top.idle_ns[cpu] = rq.idle_ns;
	}
	top.at_ns = clock_ns();
	task_sleep_ns(200 * NSEC_PER_MSEC);
	return live_run(sh, &live);
}

_Static_assert(TOP_ROWS == 40 && TOP_ROWS + 6 <= SCREEN_ROWS, "the help says so");

COMMAND(top) = {
	.name = "top",
	.usage = "[-p] [-n SECONDS] [-c COUNT] [--json|--csv]",
	.brief = "the busiest threads or processes, refreshed in place until q",
	.help = "-p  by process; the keys p and t change between processes and threads\n"
		"%CPU is a share of one CPU since the picture before: a process of several\n"
		"threads may have more than 100. MEMORY is what is its own: pages that are\n"
		"there, and tables; `vm PID` says where. With --json or --csv: one look of 0.2\n"
		"seconds, cpu_permille is tenths of a percent. At most 40 are shown.\n"
		"example: top -p -n 2",
	.flags = CMD_LISTING,
	.run = cmd_top,
};
