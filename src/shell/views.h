/* SPDX-License-Identifier: MIT */
/*
 * Snapshots of threads and CPUs for commands that show them. The shell looks at
 * things that live: what it prints was true at the moment of the snapshot, and
 * nothing is locked while it prints.
 */
#pragma once

#include "ipc/endpoint.h"
#include "mm/lazy.h"
#include "shell/shell.h"
#include "task/process.h"

/* What a thread in each enum ipc_wait waits for. */
extern const char *const ipc_wait_names[];

struct thread_view {
	u32 id, pid, cpu, mm_id;
	char name[TASK_NAME_MAX];
	bool user;	   /* has an EL0 side; pid is valid */
	bool has_mm;	   /* mm_id and bits are valid */
	u8 bits;	   /* 64, or 32: AArch32 */
	bool idle;	   /* a CPU's idle thread */
	bool running;	   /* on a CPU now */
	u8 state, prio;
	cpumask_t affinity;
	u64 runtime_ns, switches;
	const char *wait_what;
	struct ipc_info ipc;
};

const char *thread_state_text(const struct thread_view *v);
/* What it waits for, if it does. */
struct value thread_wait_text(const struct thread_view *v);

/* Walks all threads: those of processes by pid, then the kernel's by id. Begin
 * with {0}; a walk that is given up before it has returned false ends with
 * thread_walk_end(). */
struct thread_walk {
	u32 pid;
	u32 last_id;
	struct process *process;
	bool kernel;
};
bool thread_walk_next(struct thread_walk *w, struct thread_view *v);
void thread_walk_end(struct thread_walk *w);

/* What a CPU had loaded, read on that CPU with interrupts off: the register
 * beside the rule. */
struct cpu_view {
	bool valid;
	char task[TASK_NAME_MAX + 12]; /* "hello/7", "[shell]", "idle" */
	const char *kind;	       /* user, lazy, use_mm */
	struct ttbr0 ttbr0;
	u32 mm_id;
	bool mm_dead;		       /* a zombie */
	paddr_t pgd;		       /* what the rule says */
	u32 asid;
	bool lazy;
	u64 lazy_us;		       /* since when it lodges */
};
void cpu_views_get(struct cpu_view views[NR_CPUS]);
