/* SPDX-License-Identifier: MIT */
/*
 * What entering the kernel costs, seen from a program.
 *
 * Where the kernel says that event counter 0 counts instructions (START_PMU:
 * QEMU under -icount), figures are instructions, the program's and the kernel's
 * together. The counter belongs to the CPU, so they mean something when this
 * process has a CPU to itself. Elsewhere they are nanoseconds by the generic
 * timer.
 *
 * Each figure is the least of several runs, less what reading the counter
 * costs: an interrupt may lengthen a run, nothing shortens it. System calls
 * are bracketed by two readings in neighbouring instructions, so their figure
 * is exact: from the svc to the instruction after it.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "lodger.h"
#include "syscall.h"

#define RUNS 8

bool counts_instructions;

static inline uint64_t read_instructions(void)
{
	uint64_t value;

	__asm__ volatile(READ_COUNTER("%0") : "=r"(value) : : "memory");
	return value;
}

/* Ticks become nanoseconds at the end only: nothing is lost to rounding. */
uint64_t now(void)
{
	return counts_instructions ? read_instructions() : lodger_ticks();
}

/* ---- single system calls ---- */

static uint64_t bracket_nothing(void)
{
	uint64_t before, after;

	__asm__ volatile(READ_COUNTER("%0") READ_COUNTER("%1")
			 : "=&r"(before), "=&r"(after) : : "memory");
	return after - before;
}

static uint64_t bracket_syscall(uint64_t nr)
{
	uint64_t before, after;

	__asm__ volatile("mov	x8, %2\n\t"
			 READ_COUNTER("%0")
			 "svc	#0\n\t"
			 READ_COUNTER("%1")
			 : "=&r"(before), "=&r"(after)
			 : "r"(nr)
			 : SYSCALL_CLOBBERS);
	return after - before;
}

/* What bracketing itself costs: an interrupt must not make it look dearer. */
uint64_t bracket_cost(void)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < RUNS; i++) {
		uint64_t cost = bracket_nothing();

		if (cost < best)
			best = cost;
	}
	return best;
}

/* Of one call with these arguments: its cost, in *cost if that is less. */
long bracket_call(long nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
		  uint64_t *cost)
{
	register uint64_t x0 __asm__("x0") = a0;
	register uint64_t x1 __asm__("x1") = a1;
	register uint64_t x2 __asm__("x2") = a2;
	register uint64_t x3 __asm__("x3") = a3;
	register uint64_t x4 __asm__("x4") = 0;
	register uint64_t x8 __asm__("x8") = (uint64_t)nr;
	uint64_t before, after;

	__asm__ volatile(READ_COUNTER("%0") "svc	#0\n\t" READ_COUNTER("%1")
			 : "=&r"(before), "=&r"(after), "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3),
			   "+r"(x4), "+r"(x8)
			 :
			 : "x5", "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
			   "x16", "x17", "x18", "cc", "memory");
	if (after - before < *cost)
		*cost = after - before;
	return (long)x0;
}

int64_t exact(uint64_t cost, unsigned long count)
{
	return counts_instructions ? (int64_t)((cost - bracket_cost()) * count) : -1;
}

static int64_t run_syscall(uint64_t nr, unsigned long count)
{
	uint64_t start, best = UINT64_MAX;

	if (!counts_instructions) {
		start = now();
		for (unsigned long i = 0; i < count; i++)
			syscall0((long)nr);
		return (int64_t)(now() - start);
	}
	for (unsigned long i = 0; i < count; i++) {
		uint64_t cost = bracket_syscall(nr);

		if (cost < best)
			best = cost;
	}
	return (int64_t)((best - bracket_cost()) * count);
}

static int64_t run_null(unsigned long count)
{
	return run_syscall(SYS_nop, count);
}

static int64_t run_yield(unsigned long count)
{
	return run_syscall(SYS_yield, count);
}

/* ---- threads and processes ---- */

static int nothing_to_do(void *arg)
{
	(void)arg;
	return 0;
}

static int64_t run_thread(unsigned long count)
{
	uint64_t start = now();

	for (unsigned long i = 0; i < count; i++) {
		struct lodger_thread thread;
		int ret = lodger_thread_create(&thread, nothing_to_do, NULL);

		if (!ret)
			ret = lodger_thread_join(&thread, NULL);
		if (ret)
			lodger_die("thread: %s", lodger_strerror(-ret));
	}
	return (int64_t)(now() - start);
}

static int64_t run_spawn(unsigned long count)
{
	uint64_t start = now();

	for (unsigned long i = 0; i < count; i++) {
		int64_t status = EXIT_OK;
		int ret = lodger_run("exit", NULL, &status);

		if (ret || status != EXIT_OK)
			lodger_die("spawn: %s", ret ? lodger_strerror(-ret) :
						      "wrong status");
	}
	return (int64_t)(now() - start);
}

/* ---- the table, and how it is shown ---- */

enum how {
	EXACT = 1,   /* it has taken off the cost of reading by itself */
	ONE_CPU = 2, /* its threads have to be on one CPU: run -c N bench */
};

static const struct measurement {
	const char *name;
	/* cost of `count` operations; < 0: cannot be measured here */
	int64_t (*run)(unsigned long count);
	unsigned long count; /* operations of one run, at most COUNT_MAX */
	unsigned int how;    /* enum how */
} measurements[] = {
	{ "null_syscall", run_null, 64, EXACT },
	{ "yield_alone", run_yield, 64, EXACT },
	{ "yield_switch", run_switch, 64, EXACT | ONE_CPU },
	{ "yield_process", run_switch_process, 64, EXACT },
	{ "timer_interrupt", run_interrupt, 1, EXACT },
	{ "fault_demand_zero", run_fault, 64, 0 },
	{ "map", run_map, 32, EXACT },
	{ "unmap", run_unmap, 32, EXACT },
	{ "protect_touched", run_protect_touched, 32, EXACT },
	{ "unmap_touched", run_unmap_touched, 32, EXACT },
	{ "map_touch_unmap", run_map_touch, 32, 0 },
	{ "fault_copy_on_write", run_cow, 32, 0 },
	{ "clone_1_page", run_clone_1, 8, EXACT },
	{ "clone_64_pages", run_clone_64, 4, EXACT },
	{ "thread_create_join", run_thread, 16, 0 },
	{ "spawn_exit_wait", run_spawn, 4, 0 },
	{ "ipc_call_thread", run_call_thread, 16, EXACT },
	{ "ipc_round_trip_thread", run_round_trip_thread, 16, EXACT },
	{ "ipc_call", run_call, 16, EXACT },
	{ "ipc_round_trip", run_round_trip, 16, EXACT },
	{ "signal", run_signal, 32, 0 },
	{ "handle_duplicate_close", run_handle, 32, EXACT },
	{ "signal_switch", run_signal_switch, 32, EXACT | ONE_CPU },
	{ "pager_fault_thread", run_pager_fault_thread, 16, EXACT },
	{ "pager_fault", run_pager_fault, 16, EXACT },
	{ "pager_ask", run_pager_ask, 16, EXACT },
	{ "pager_supply", run_pager_supply, 16, EXACT },
	{ "pager_answer", run_pager_answer, 16, EXACT },
};

#define NR_MEASUREMENTS (sizeof(measurements) / sizeof(measurements[0]))

/* What it costs to look at the counter twice. */
static uint64_t reading_cost(void)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < RUNS; i++) {
		uint64_t start = now();
		uint64_t cost = now() - start;

		if (cost < best)
			best = cost;
	}
	return best;
}

/* The cost of one operation in the unit of the report, or -1. */
static int64_t measure(const struct measurement *m)
{
	uint64_t best = UINT64_MAX, overhead = m->how & EXACT ? 0 : reading_cost();

	for (int i = 0; i < RUNS; i++) {
		int64_t cost = m->run(m->count);

		if (cost >= 0 && (uint64_t)cost < best)
			best = (uint64_t)cost;
	}
	if (best == UINT64_MAX)
		return -1;
	best = best > overhead ? best - overhead : 0;
	if (!counts_instructions)
		best = best * NSEC_PER_SEC / lodger_info->counter_hz;
	return (int64_t)(best / m->count);
}

static void show_text(const struct measurement *m, int64_t value)
{
	if (value < 0)
		printf("%-22s -  (%s)\n", m->name,
		       counts_instructions && m->how & ONE_CPU ? "needs one CPU: run -c 0 bench" :
							   "cannot be measured here");
	else
		printf("%-22s %ld\n", m->name, value);
}

static void show_json(const struct measurement *m, int64_t value)
{
	if (value < 0)
		printf(",\"%s\":null", m->name);
	else
		printf(",\"%s\":%ld", m->name, value);
}

static bool is_row(const char *name)
{
	for (unsigned int i = 0; i < NR_MEASUREMENTS; i++)
		if (strcmp(name, measurements[i].name) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const char *usage = "bench [--json] [--with N endpoints|notifications|handles] [NAME]";
	const char *unit, *only = NULL;
	bool json = false;

	counts_instructions = lodger_info->flags & START_PMU;
	if (argc == 2 && strcmp(argv[1], "--serve") == 0)
		return serve(); /* one of ours: ipc.c, switch.c, pager.c */
	if (argc == 2 && strcmp(argv[1], "--yield") == 0)
		return give_way();
	if (argc == 2 && strcmp(argv[1], "--supply") == 0)
		return supply();
	lodger_help(argc, argv, usage);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			json = true;
		} else if (strcmp(argv[i], "--with") == 0 && i + 2 < argc) {
			if (!have_handles(argv[i + 1], argv[i + 2]))
				lodger_usage(usage);
			i += 2;
		} else if (!only && argv[i][0] != '-') {
			only = argv[i];
		} else {
			lodger_usage(usage);
		}
	}
	if (only && !is_row(only)) {
		fprintf(stderr, "bench: no row '%s'; bench alone shows all\n", only);
		return EXIT_ERROR;
	}
	unit = counts_instructions ? "instructions" : "ns";
	if (json)
		printf("{\"unit\":\"%s\"", unit);
	else
		printf("%-22s %s\n", "unit", unit);
	for (unsigned int i = 0; i < NR_MEASUREMENTS; i++) {
		int64_t value;

		if (only && strcmp(only, measurements[i].name) != 0)
			continue;
		value = measure(&measurements[i]);
		(json ? show_json : show_text)(&measurements[i], value);
	}
	if (json)
		printf("}\n");
	return EXIT_OK;
}
