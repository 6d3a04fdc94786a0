/* SPDX-License-Identifier: MIT */
/*
 * `bench`: what the kernel's basic operations cost, measured where they are. A
 * loop of each, time over count. Under QEMU's -icount shift=0 a nanosecond is an
 * instruction; on a board it is time. What a program sees (system calls, faults)
 * is measured by the program of the same name: run bench.
 */
#include "shell/bench_lazy.h"

#include "core/clock.h"
#include "core/smp.h"
#include "lib/string.h"
#include "arm64/tlb.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/wait.h"
#include "task/initramfs.h"
#include "task/process.h"

/* Two threads that take turns, by yielding or by waking each other. */
struct pair {
	u32 rounds;
	bool wake;	 /* else: yield */
	u32 turn;	 /* [a] whose turn it is */
	struct wait_queue queue[2];
	u64 start_ns, end_ns;
};

struct player {
	struct pair *pair;
	u32 me;
};

static void play(void *arg)
{
	struct player *p = arg;
	struct pair *pair = p->pair;

	for (u32 i = 0; i < pair->rounds; i++) {
		if (pair->wake) {
			wait_event_uninterruptible(
				&pair->queue[p->me],
				READ_ONCE(pair->turn) == p->me, "bench");
			if (i == 0 && p->me == 0)
				pair->start_ns = clock_ns();
			WRITE_ONCE(pair->turn, !p->me);
			wait_wake_one(&pair->queue[!p->me]);
		} else {
			if (i == 0 && !pair->start_ns)
				pair->start_ns = clock_ns();
			sched_yield();
		}
	}
	pair->end_ns = clock_ns();
}

/* Nanoseconds of a turn, between two threads on those CPUs. */
static int bench_pair(bool wake, u32 cpu0, u32 cpu1, u32 rounds, u64 *ns)
{
	struct pair pair = { .rounds = rounds, .wake = wake };
	struct player players[2] = { { &pair, 0 }, { &pair, 1 } };
	u32 on[2] = { cpu0, cpu1 };
	struct task *t[2];

	for (u32 i = 0; i < 2; i++) {
		struct task_params params = {
			.name = "bench", .entry = play, .arg = &players[i],
			.affinity = cpu_bit(on[i]),
		};

		wait_queue_init(&pair.queue[i]);
		t[i] = task_create(&params);
		if (t[i])
			continue;
		/* A thread that was never started is dropped like this. */
		if (i == 1) {
			pair.rounds = 0;
			task_start(t[0]);
			task_join(t[0]);
			task_put(t[0]);
		}
		return -ENOMEM;
	}
	for (u32 i = 0; i < 2; i++)
		task_start(t[i]);
	for (u32 i = 0; i < 2; i++) {
		task_join(t[i]);
		task_put(t[i]);
	}
	*ns = (pair.end_ns - pair.start_ns) / (2 * rounds);
	return 0;
}

static int bench_switch(u32 n, u64 *ns)
{
	return bench_pair(false, 0, 0, n, ns);
}

static int bench_wake_here(u32 n, u64 *ns)
{
	return bench_pair(true, 0, 0, n, ns);
}

static int bench_wake_there(u32 n, u64 *ns)
{
	if (!cpu_online(1))
		return -ENODEV;
	return bench_pair(true, 0, 1, n, ns);
}

static void nothing(void *arg)
{
}

static int bench_call(u32 n, u64 *ns)
{
	u64 start_ns = clock_ns();

	if (!(cpu_online_mask & ~cpu_bit(0)))
		return -ENODEV;
	for (u32 i = 0; i < n; i++)
		smp_call(cpu_online_mask, nothing, NULL);
	*ns = (clock_ns() - start_ns) / n;
	return 0;
}

static int bench_page(u32 n, u64 *ns)
{
	u64 start_ns = clock_ns();

	for (u32 i = 0; i < n; i++) {
		struct page *p = page_alloc(0, PAGE_KERNEL);

		if (!p)
			return -ENOMEM;
		page_free(p);
	}
	*ns = (clock_ns() - start_ns) / n;
	return 0;
}

/* Two pages: one is cleared, or copied to the other. */
static int with_pages(bool copy, u32 n, u64 *ns)
{
	struct page *to = page_alloc(0, PAGE_KERNEL), *from = page_alloc(0, PAGE_KERNEL);
	u64 start_ns = clock_ns();

	for (u32 i = 0; to && from && i < n; i++) {
		if (copy)
			memcpy(page_to_virt(to), page_to_virt(from), PAGE_SIZE);
		else
			page_clear(page_to_virt(to));
	}
	*ns = (clock_ns() - start_ns) / n;
	if (to)
		page_free(to);
	if (from)
		page_free(from);
	return to && from ? 0 : -ENOMEM;
}

static int bench_clear(u32 n, u64 *ns)
{
	return with_pages(false, n, ns);
}

static int bench_copy(u32 n, u64 *ns)
{
	return with_pages(true, n, ns);
}

static int bench_kmalloc(u32 n, u64 *ns)
{
	u64 start_ns = clock_ns();

	for (u32 i = 0; i < n; i++) {
		void *p = kmalloc(64);

		if (!p)
			return -ENOMEM;
		kfree(p);
	}
	*ns = (clock_ns() - start_ns) / n;
	return 0;
}

static int bench_spawn(u32 n, u64 *ns)
{
	static const char name[] = "exit";
	struct spawn s = { .image = &initramfs, .args = name,
			   .args_len = sizeof(name), .argc = 1 };
	u64 start_ns = clock_ns();
	struct cpio_entry e;
	int err = initramfs_find(name, &e);

	if (err)
		return err;
	s.offset = (u64)(e.data - initramfs.data);
	s.len = e.size;
	for (u32 i = 0; i < n; i++) {
		struct process *p;
		const char *why;
		s64 status;

		err = process_spawn(&s, &p, &why);
		if (err)
			return err;
		err = process_wait(p, WAIT_FOREVER_NS, &status);
		process_put(p);
		if (err)
			return err;
	}
	*ns = (clock_ns() - start_ns) / n;
	return 0;
}

static const struct bench {
	const char *name, *what;
	u32 count;
	int (*run)(u32 n, u64 *ns);
} benches[] = {
	{ "switch", "kernel thread to kernel thread, by yield", 2000, bench_switch },
	{ "wake", "wake-up and switch on one CPU", 1000, bench_wake_here },
	{ "wake-cpu", "wake-up on another CPU, until it runs", 1000, bench_wake_there },
	{ "call", "a function on all CPUs, and back", 500, bench_call },
	{ "page", "a page, allocated and freed", 2000, bench_page },
	{ "clear", "a page, cleared", 500, bench_clear },
	{ "copy", "a page, copied", 500, bench_copy },
	{ "kmalloc", "64 bytes, allocated and freed", 2000, bench_kmalloc },
	{ "spawn", "a process: spawn, exit, wait", 50, bench_spawn },
};

static int cmd_bench(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "name", "NAME", -9 },	  { "ns", "NS EACH", 9 },
		{ "count", "TIMES", 6 },  { "what", "WHAT", -1 },
	};
	bool found = argc == 1;
	struct table t;
	u64 ns;

	if (argc > 2)
		return shell_usage(sh);
	if (argc == 2 && strcmp(argv[1], "lazy") == 0)
		return bench_lazy(sh);
	for (size_t i = 0; i < ARRAY_SIZE(benches); i++)
		found |= strcmp(argv[argc - 1], benches[i].name) == 0;
	if (!found)
		return shell_fail(sh, -ENOENT, "no benchmark '%s'", argv[1]);

	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < ARRAY_SIZE(benches); i++) {
		const struct bench *b = &benches[i];
		int err;

		if (argc == 2 && strcmp(argv[1], b->name) != 0)
			continue;
		if (shell_interrupted())
			break;
		/* Once to warm up: caches, stocks, magazines. */
		err = b->run(MAX(b->count / 10, 1U), &ns);
		if (!err)
			err = b->run(b->count, &ns);
		table_row(&t, v_str(b->name), err ? v_none() : v_u64(ns),
			  v_u64(b->count),
			  v_str(err ? shell_errno_text(err) : b->what));
	}
	table_end(&t);
	return shell_interrupted() ? -EINTR : 0;
}

static void complete_bench(struct completions *c, int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < ARRAY_SIZE(benches); i++)
		complete_add(c, benches[i].name);
	if (argc == 1)
		complete_add(c, "lazy");
}

COMMAND(bench) = {
	.name = "bench",
	.usage = "[NAME] [--json|--csv]",
	.brief = "what the kernel's basic operations cost",
	.help = "Nanoseconds; with QEMU's -icount shift=0,sleep=off these are instructions.\n"
		"bench lazy: what switches and exits cost in atomics, TTBR0 writes, barriers,\n"
		"TLBIs and IPIs, for each strategy that is built in (mm strategy).\n"
		"What programs see is measured by: run bench\n"
		"example: bench spawn",
	.flags = CMD_LISTING,
	.run = cmd_bench,
	.complete = complete_bench,
};
