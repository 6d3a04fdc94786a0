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

/* ---- memory ---- */

static uint64_t map(unsigned long pages)
{
	long addr = sys_vm_map(HANDLE_NONE, 0, pages * USER_PAGE_SIZE,
			       PROT_READ | PROT_WRITE, 0);

	if (addr < 0)
		lodger_die("map: %s", lodger_strerror((int)-addr));
	return (uint64_t)addr;
}

static void touch(uint64_t addr)
{
	*(volatile char *)addr = 1;
}

static int64_t run_fault(unsigned long count)
{
	uint64_t addr = map(count + 1);
	uint64_t start, cost;

	touch(addr); /* also makes the tables, which the others share */
	start = now();
	for (unsigned long i = 1; i <= count; i++)
		touch(addr + i * USER_PAGE_SIZE);
	cost = now() - start;
	sys_vm_unmap(addr, (count + 1) * USER_PAGE_SIZE);
	return (int64_t)cost;
}

static int64_t run_map(unsigned long count)
{
	uint64_t start = now();

	for (unsigned long i = 0; i < count; i++)
		sys_vm_unmap(map(1), USER_PAGE_SIZE);
	return (int64_t)(now() - start);
}

static int64_t run_map_touch(unsigned long count)
{
	uint64_t start = now();

	for (unsigned long i = 0; i < count; i++) {
		uint64_t addr = map(1);

		touch(addr);
		sys_vm_unmap(addr, USER_PAGE_SIZE);
	}
	return (int64_t)(now() - start);
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

static const struct measurement {
	const char *name;
	/* cost of `count` operations; < 0: cannot be measured here */
	int64_t (*run)(unsigned long count);
	unsigned long count; /* operations of one run, at most COUNT_MAX */
	bool exact;	     /* has taken off the cost of reading by itself */
} measurements[] = {
	{ "null_syscall", run_null, 64, true },
	{ "yield_alone", run_yield, 64, true },
	{ "yield_switch", run_switch, 64, true },
	{ "yield_process", run_switch_process, 64, true },
	{ "timer_interrupt", run_interrupt, 1, true },
	{ "fault_demand_zero", run_fault, 64, false },
	{ "map_unmap", run_map, 32, false },
	{ "map_touch_unmap", run_map_touch, 32, false },
	{ "thread_create_join", run_thread, 16, false },
	{ "spawn_exit_wait", run_spawn, 4, false },
	{ "ipc_call_thread", run_call_thread, 16, true },
	{ "ipc_round_trip_thread", run_round_trip_thread, 16, true },
	{ "ipc_call", run_call, 16, true },
	{ "ipc_round_trip", run_round_trip, 16, true },
	{ "signal", run_signal, 32, false },
	{ "signal_switch", run_signal_switch, 32, true },
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
	uint64_t best = UINT64_MAX, overhead = m->exact ? 0 : reading_cost();

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
		printf("%-22s -  (cannot be measured here)\n", m->name);
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

int main(int argc, char **argv)
{
	const char *usage = "bench [--json]";
	const char *unit;
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;

	counts_instructions = lodger_info->flags & START_PMU;
	if (argc == 2 && strcmp(argv[1], "--serve") == 0)
		return serve(); /* one of ours: ipc.c, switch.c */
	if (argc == 2 && strcmp(argv[1], "--yield") == 0)
		return give_way();
	lodger_help(argc, argv, usage);
	if (argc > 1 && !json)
		lodger_usage(usage);
	unit = counts_instructions ? "instructions" : "ns";
	if (json)
		printf("{\"unit\":\"%s\"", unit);
	else
		printf("%-22s %s\n", "unit", unit);
	for (unsigned int i = 0; i < NR_MEASUREMENTS; i++) {
		int64_t value = measure(&measurements[i]);

		(json ? show_json : show_text)(&measurements[i], value);
	}
	if (json)
		printf("}\n");
	return EXIT_OK;
}
