/* SPDX-License-Identifier: MIT */
/*
 * Processes: an address space, a handle table, threads. Each of process and
 * thread is an object that handles name and wait on.
 *
 * Lock: process_lock (rank PROCESS) guards the table of processes, every
 * process's list of threads and state, every thread's state.
 */
#pragma once

#include "mm/region.h"
#include "sched/wait.h"
#include "ipc/handle.h"

#define PROCESS_NAME_MAX 16

struct process {
	struct object object;
	u32 pid;		  /* [I] */
	u32 parent_pid;		  /* [I] 0: the kernel's shell */
	u32 root_pid;		  /* [I] of the ancestor that the kernel has started */
	char name[PROCESS_NAME_MAX]; /* [process_lock] exec changes it */
	struct mm *mm;		  /* [process_lock] its threads hold mm_users; NULL
				   * once the last one is on its way out */
	struct account *account;  /* [I] referenced */
	struct handle_table handles;
	struct list threads;	  /* [process_lock] */
	u32 nr_threads;		  /* [process_lock] living ones */
	bool dying;		  /* [process_lock] no new threads, no children */
	bool in_tree;		  /* [process_lock] of the one that is being killed */
	bool exec;		  /* [process_lock] a thread ends all others */
	bool done;		  /* [process_lock] status is final */
	bool foreground;	  /* [process_lock] reads the terminal */
	s64 status;		  /* [process_lock] see STATUS_* */
	u64 started_ns;		  /* [I] */
	u64 dead_runtime_ns;	  /* [process_lock] of threads that have ended */
	struct wait_queue wait;	  /* done */
	struct avl_node by_pid;	  /* [process_lock] while not done */
};

struct thread {
	struct object object;
	struct process *process;  /* [I] referenced */
	struct task *task;	  /* [I] referenced */
	struct list node;	  /* [process_lock] */
	bool done;		  /* [process_lock] */
	struct wait_queue wait;
};

extern struct spinlock process_lock;

struct thread_start {
	vaddr_t entry, sp;
	u64 arg, tls;
	cpumask_t affinity; /* 0: all */
	u8 prio;	    /* 0: default */
};

struct spawn {
	const struct image *image; /* what contains the ELF file: this, */
	struct memory *memory;	   /* or, if not NULL, this */
	u64 offset, len;	   /* where it is in there, bytes */
	const char *args;	   /* argc, then envc NUL-terminated strings, kernel memory */
	size_t args_len;	   /* bytes, NULs included */
	unsigned int argc, envc;
	u32 parent_pid;
	bool foreground;
	cpumask_t affinity;	   /* 0: all */
	u8 prio;		   /* 0: default */
	struct handle_table *from; /* the parent's; NULL: the kernel's own */
	u64 flags;		   /* SPAWN_*: what of them it does not get */
	struct account *account;   /* whose it is to share or to divide; NULL: the machine */
	u64 memory_pages;	   /* what it may use of that; 0: all */
	const u64 *handles;	   /* of them, what the program gets */
	unsigned int nr_handles;
};
/*
 * Create and start a process. Returns 0 and a reference in *out, or -ENOEXEC
 * (*why says what is wrong with the file), -ENOMEM, -EINVAL, -E2BIG, -ESRCH (the parent
 * is about to end), or for a handle that cannot be given -EBADF, -EPERM.
 */
int process_spawn(const struct spawn *s, struct process **out,
		  const char **why) __must_check;
/* End a process: status STATUS_KILLED if nothing else ended it before. */
void process_kill(struct process *p, s64 status);
/*
 * End the process of that pid, and all that it has started, and they (tree.c). How many,
 * without those that were about to end; or -ESRCH: there is none, not even of what it has
 * left behind. Thread context; needs no memory.
 */
int process_kill_tree(u32 pid, s64 status);
/* Wait for the end: 0 and *status, -ETIMEDOUT, -EINTR. deadline absolute. */
int process_wait(struct process *p, u64 deadline_ns, s64 *status);
/* By pid, with a reference (object_put), or NULL. */
struct process *process_find(u32 pid);
/* The next living process with pid above *pid, with a reference, or NULL. */
struct process *process_next(u32 *pid);
u32 process_count(void);

static inline struct process *current_process(void)
{
	return current->process;
}

static inline void process_put(struct process *p)
{
	object_put(&p->object);
}

/* One more thread of p: 0 and a reference in *out, -ESRCH (p is dying), -ENOMEM. */
int thread_create(struct process *p, const struct thread_start *start,
		  struct thread **out) __must_check;
int thread_wait(struct thread *t, u64 deadline_ns);
/* System calls' ends; called by the thread itself. */
void process_exit(s64 status) __noreturn;
void thread_exit(void) __noreturn;
void process_init(void);

/* For `ps` and `top`: a copy of what p is now. */
struct process_info {
	u32 pid, parent_pid, nr_threads, mm_id;
	u64 rss_pages, table_pages, runtime_ns, started_ns;
	u64 account_used, account_limit; /* pages; of its account, which others may share */
	u32 handles;
	char name[PROCESS_NAME_MAX];
};
void process_get_info(struct process *p, struct process_info *out);
/* Has it the terminal's input, the process of this thread or of one that it acts for? */
bool process_is_foreground(void);

extern struct object terminal_object;

/* ---- between process.c and tree.c, [process_lock] ---- */

/* The living process with that pid, or the first above it, or NULL. */
struct process *process_from_locked(u64 pid);
/* True if it was not about to end before. */
bool process_kill_locked(struct process *p, s64 status);
