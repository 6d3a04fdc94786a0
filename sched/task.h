/* SPDX-License-Identifier: MIT */
/*
 * Threads. struct task is what the scheduler knows of one; a user thread has a
 * real address space (mm), a kernel thread none: it lodges in active_mm.
 *
 * Field legend: [I] immutable after creation, [rq] lock of the run queue the
 * task belongs to (task->ti.cpu), [self] only the running thread itself,
 * [irq] changed with IRQs off by the thread itself, [list] task_list_lock.
 */
#pragma once

#include "abi/lodger.h"
#include "core/spinlock.h"
#include "core/timer.h"
#include "kernel/list.h"
#include "mm/mm.h"

#define TASK_NAME_MAX 16
#define NR_PRIOS 32
#define PRIO_IDLE 0	/* idle threads only */
#define PRIO_LOW 8
#define PRIO_DEFAULT 16
#define PRIO_SERVICE 18 /* servers, above who asks them */
#define PRIO_SHELL 20
#define PRIO_KERNEL 24
#define PRIO_MAX 31

enum task_state {
	TASK_RUNNABLE, /* running or in a queue */
	TASK_SLEEPING, /* until woken */
	TASK_DEAD,     /* never again */
};

/* What cpu_switch_to keeps (callee-saved registers of AAPCS64). */
struct cpu_context {
	u64 x19_x28[10];
	u64 fp, sp, pc;
};

/*
 * Where a thread stands in IPC (src/ipc). The fast path looks at it and at the
 * scheduler's state as one word, under the run queue's lock.
 */
enum ipc_wait {
	IPC_NONE,    /* it does not wait, or what it waited for is here */
	IPC_RECEIVE, /* in ep->waiting of the CPU it sleeps on */
	IPC_SEND,    /* in ep->senders: for somebody who receives, */
	IPC_CALL,    /* and then for the reply */
	IPC_REPLY,   /* for the reply of `partner`, or of who has `at`, a reply object */
	IPC_SIGNAL,  /* in n->waiters of a notification */
};

struct task_ipc {
	struct task *partner;	 /* [ipc_lock] IPC_REPLY: who has to reply, if a thread */
	struct task *caller;	 /* [own rq, ipc_lock] to whom it has to reply */
	struct object *at;	 /* [ipc_lock, or the notification's] where it waits */
	struct task *next;	 /* [rq of the list's CPU] in ep->waiting */
	struct task **link;	 /* [the same] what points at it there */
	u32 cpu;		 /* [ipc_lock] the list's CPU */
	struct avl_node sender;	 /* [ipc_lock] in ep->senders */
	u64 seq;		 /* [ipc_lock] its place there among those of its priority */
	u8 prio;		 /* [ipc_lock] at which it came */
	u64 badge;		 /* [ipc_lock] of the handle it sends by */
	struct list waiter;	 /* [the notification's lock] in n->waiters; */
	u64 bits;		 /* [the same] what came, then */
	const struct signal *interrupt;	 /* [irq] what an interrupt at EL0 has to signal */
	struct parcel *out, *in; /* [ipc_lock] handles it sends; that came with a message */
	u32 sent[IPC_HANDLES], nr_sent;	 /* [self] their numbers, free once they are sent */
	u32 room[IPC_HANDLES], nr_room;	 /* [self] numbers reserved for what comes, */
	u32 accept;		 /* [self] and how many of them there are to be */
	u64 asked_ticks;	 /* [self] when the kernel called for it (ask.c); 0: it did not */
	struct timer timer;	 /* [self] ends a wait; not on the stack, which may go */
};

struct fpstate {
	u64 v[64];
	u32 fpsr, fpcr;
} __aligned(16);

struct task {
	struct thread_info ti;	/* first: TPIDR_EL1 points at it */
	struct cpu_context ctx;	/* [self] while off the CPU */
	struct rq *rq;		/* [rq] &runqueues[ti.cpu] */
	/* The user's registers that the kernel does not use itself. */
	u64 user_tpidr, user_sp; /* [self] saved at a switch */
	u64 user_tpidrro;	/* [self] AArch32's TPIDRURO; 0 in AArch64 */

	struct mm *mm;		/* [irq] the real one; NULL: anonymous */
	struct mm *active_mm;	/* [irq] what is loaded while it runs */
	struct mm *lazy_saved_mm; /* [self] start_lazy_tlb: to return to */
	u32 lazy_depth;		/* [self] nesting of start_lazy_tlb */

	union {
		struct {
			u8 state;    /* [rq] enum task_state */
			u8 ipc_wait; /* [ipc_lock or the notification's; rq if asleep]
				      * enum ipc_wait */
			u8 ipc_slow; /* [self, rq if asleep] there is more to do when
				      * its wait is over: not for the fast path */
			u8 unused;
		};
		u32 wait_word; /* [rq] all of them */
	};
	u8 prio;		/* [rq] what it runs at */
	u8 base_prio;		/* [rq] without what it inherits */
	bool on_rq;		/* [rq] linked into its queue's lists */
	bool is_user;		/* [I] has EL0 state */
	bool is_idle;		/* [I] */
	bool wake_pending;	/* [rq] woken before it slept */
	bool exiting;		/* [self] in task_exit: will not sleep again */
	u8 on_cpu;		/* set by the scheduler; cleared with release once
				 * the stack and registers are no more in use */
	cpumask_t affinity;	/* [rq] */
	struct list rq_node;	/* [rq] */
	u64 slice_left_ticks;	/* [rq] when pushed aside; 0: a whole slice */
	u64 run_start_ticks;	/* [rq] */
	u64 runtime_ticks;	/* [rq] CPU time */
	u64 switches;		/* [rq] to it, by the scheduler: not by a message */

	void *stack;		/* [I] kernel stack, lowest address */
	atomic_t refs;		/* one for living, one per pointer kept */
	u32 id;			/* [I] */
	char name[TASK_NAME_MAX]; /* [self] exec changes it; always ended by a NUL */
	struct list all;	/* [list] */
	void (*entry)(void *arg); /* [I] kernel threads */
	void *arg;		/* [I] */
	const char *wait_what;	/* [self] for `ps`: what it sleeps on */
	struct task_ipc ipc;
	struct handle_table *handles; /* [self] its process's; NULL: a kernel thread */
	struct handle *first_handles; /* [self] their first chunk */
	struct frame *frame;	/* [self] what an exception from EL0 has saved, at the top of
				 * the stack; for a while, a message that is not there */
	void *process;		/* [self] src/task's struct process; NULL: kernel's, */
	void *thread;		/* [self] and struct thread;         or at its end */

	u8 fp_cpu;		/* [irq] CPU whose registers hold our state; 0xff */
	struct fpstate *fp;	/* [self] user threads */
};

static inline struct task *current_task(void)
{
	return (struct task *)current_thread();
}
#define current current_task()

extern struct task boot_thread; /* CPU 0's idle thread; TPIDR_EL1 at entry */
extern struct spinlock task_list_lock;
extern struct list task_list; /* [task_list_lock] all tasks */

/* ---- creation ---- */
struct task_params {
	const char *name;
	void (*entry)(void *arg);
	void *arg;
	u8 prio;	    /* 0: PRIO_DEFAULT (user) or PRIO_KERNEL */
	cpumask_t affinity; /* 0: all */
	struct mm *mm;	    /* user thread: consumes the caller's mm_users */
	void *process, *thread;
};
/* Not yet running; one reference for the caller beside its life's. NULL: no
 * memory (then mm was not consumed). */
struct task *task_create(const struct task_params *p) __must_check;
void task_start(struct task *t);
/* The same, on this CPU: for a creator that is about to sleep. What t will touch
 * first is warm here, and no other CPU need be woken. */
void task_start_here(struct task *t);
/* Shorthand: create, start and drop the reference; 0 or -ENOMEM. */
int kthread_run(const char *name, void (*entry)(void *), void *arg) __must_check;
void task_get(struct task *t);
void task_put(struct task *t);
/* End the calling thread. For a user thread the mm is left first. */
void task_exit(void) __noreturn;
/* Wait until t has left its stack and CPU for good. */
void task_join(struct task *t);

/* The thread with the smallest id above *id, with a reference (task_put), or
 * NULL; *id becomes its id. To walk all: start with -1. */
struct task *task_next(s64 *id);
u32 task_count(void);

/* ---- scheduling ---- */
void schedule(void);
int sched_yield(void); /* always 0: it is a system call as it stands, */
int sched_fast_yield(void); /* but for where this does (sched/yield.S) */
/* Make a sleeping task runnable; true if it was asleep. Any context. */
bool task_wake(struct task *t);
/* The same; if it may run here it does: for who is about to sleep. */
bool task_wake_here(struct task *t);
void task_set_prio(struct task *t, u8 prio);
/* Run at least at prio, or only at its own again: for who is served. Any context. */
void task_inherit_prio(struct task *t, u8 prio);
void task_drop_prio(struct task *t);
/* Returns once no CPU is in a section under its run queue's lock that it was in when
 * this was called. Any context without one of these locks. */
void sched_synchronize(void);
/* 0, or -EINVAL if no online CPU is in it. */
int task_set_affinity(struct task *t, cpumask_t mask);
/* Ask a user thread to end: it does before it returns to EL0, and its
 * interruptible waits return -EINTR. */
void task_kill(struct task *t);
bool task_dying(const struct task *t);
/* Sleep at least ns: 0, or -EINTR (only if the caller is to die). */
int task_sleep_ns(u64 ns);

/* ---- for a user-mode return ---- */
/* For an AArch32 program bit 0 of entry says that it is T32. */
void task_init_user(struct task *t, vaddr_t entry, vaddr_t sp, u64 x0, u64 tls);
/* The calling user thread starts anew: all registers but these are zero. IRQs on,
 * nothing held. */
void task_restart_user(vaddr_t entry, vaddr_t sp, u64 x0) __noreturn;
/* The calling AArch32 thread's thread pointer. */
void task_set_tpidrro(u64 value);
void user_exit_work(void); /* from entry.S, IRQs off */
/* What a user thread that is to die does before task_exit: set by src/task. */
extern void (*user_dying_fn)(void);

/* ---- lazy address spaces (sched/lazy.c) ---- */
/* A real thread does without user memory for a while; may nest. */
void start_lazy_tlb(void);
void end_lazy_tlb(void);
/* A kernel thread takes a real mm (it holds mm_users) and gives it back. */
void kthread_use_mm(struct mm *mm);
void kthread_unuse_mm(struct mm *mm);
/* Leave the real mm for good (exit): afterwards the thread lodges in it. */
void exit_mm(void);
/* Replace the real mm (exec); consumes the caller's mm_users of new. Thread context,
 * IRQs on, no locks, not lodging. */
void exec_mm(struct mm *new_mm);
/* Make every CPU that lodges move to init_mm: zombies without pins end. For tests:
 * with REFCOUNT an idle CPU keeps what it lodges in for as long as it idles. */
void lazy_quiesce(void);
/* The same for this CPU; IRQs off. */
void lazy_settle_cpu(void);
/* Another strategy (enum lazy_strategy), in a laboratory build: 0 or -ENOSYS. */
int lazy_set_strategy(unsigned int strategy);
void lazy_sched_init(void);
int lazyd_start(void) __must_check; /* 0 or -ENOMEM */

void sched_init(void);
void task_init(void);
void sched_start_cpu(void) __noreturn; /* become this CPU's idle thread */
u64 task_runtime_ns(const struct task *t);

/* EL0 touched FP/SIMD: load the thread's own state (sched/fpu.c). */
void fp_trap(void);

struct rq_info {
	u32 nr_running, curr_id;
	u64 idle_ns, switches, steals, ticks;
	char curr_name[TASK_NAME_MAX];
	bool idle, tick_on;
};
void rq_get_info(u32 cpu, struct rq_info *out);
