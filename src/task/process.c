/* SPDX-License-Identifier: MIT */
/*
 * Processes and their threads: life and death.
 *
 * A process ends when its last thread does. Whoever decides that it must end
 * (exit, a fault, kill) sets `dying` once, so that no thread is added, and asks
 * every thread to die; each does at its way back to EL0 or out of a wait. The
 * last one gives back the memory and the handles before it says `done`, so
 * whoever waited finds everything returned, but for the last thread's own
 * kernel stack, which the next thread on its CPU frees.
 *
 * exec is the other one who ends threads: all but its own (exec.c).
 *
 * References to struct process: one per thread, one per handle (its own
 * HANDLE_SELF included), one per pointer from process_find and process_spawn.
 */
#include "task/process.h"
#include "core/clock.h"
#include "ipc/endpoint.h"
#include "ipc/device_object.h"
#include "ipc/memory_object.h"
#include "ipc/notification.h"
#include "ipc/timer_object.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/spawn.h"
#include "task/tty.h"

static struct cache process_cache, thread_cache;
static struct avl processes; /* [process_lock] by pid; not done */
static u32 next_pid = 1;     /* [process_lock] */
static u32 nr_processes;     /* [process_lock] */
struct spinlock process_lock = SPINLOCK_INIT(RANK_PROCESS);

static int by_pid(const struct avl_node *a, const struct avl_node *b)
{
	u32 x = container_of(a, struct process, by_pid)->pid;
	u32 y = container_of(b, struct process, by_pid)->pid;

	return x < y ? -1 : x > y;
}

static int pid_key(const void *key, const struct avl_node *n)
{
	u64 x = *(const u64 *)key, y = container_of(n, struct process, by_pid)->pid;

	return x < y ? -1 : x > y;
}

static void process_free(struct process *p)
{
	account_release(p->account, ACCOUNT_PROCESS);
	account_put(p->account);
	cache_free(&process_cache, p);
}

static void process_release(struct object *o)
{
	process_free(container_of(o, struct process, object));
}

static void thread_release(struct object *o)
{
	struct thread *t = container_of(o, struct thread, object);

	task_put(t->task);
	account_release(t->process->account, ACCOUNT_THREAD);
	process_put(t->process);
	cache_free(&thread_cache, t);
}

static const struct object_ops process_ops = { .release = process_release };
static const struct object_ops thread_ops = { .release = thread_release };

/* ---- beginning ---- */

struct process *process_from_locked(u64 pid)
{
	struct avl_node *n = avl_lower_bound(&processes, &pid, pid_key);

	return n ? container_of(n, struct process, by_pid) : NULL;
}

/* Into the table of processes, and so into a tree; unless the parent is about to end, which
 * has perhaps been killed with all its children, of which this is to be one. */
static int enlist(struct process *p)
{
	struct process *parent = NULL;
	int err = 0;

	spin_lock(&process_lock);
	if (p->parent_pid) {
		parent = process_from_locked(p->parent_pid);
		if (!parent || parent->pid != p->parent_pid || parent->dying)
			err = -ESRCH;
	}
	if (!err) {
		p->pid = next_pid++;
		p->root_pid = parent ? parent->root_pid : p->pid;
		nr_processes++;
		avl_insert(&processes, &p->by_pid, by_pid);
	}
	spin_unlock(&process_lock);
	return err;
}

int process_create(const char *name, u32 parent_pid, struct account *account,
		   struct process **out)
{
	struct process *p;
	int err = -ENOMEM;

	if (!account_charge(account, ACCOUNT_PROCESS))
		return err;
	p = cache_zalloc(&process_cache);
	if (!p) {
		account_release(account, ACCOUNT_PROCESS);
		return err;
	}
	account_get(account);
	p->account = account;
	str_copy(p->name, name, sizeof(p->name));
	p->parent_pid = parent_pid;
	p->started_ns = clock_ns();
	list_init(&p->threads);
	wait_queue_init(&p->wait);
	if (handle_table_init(&p->handles, account))
		goto no_handles;
	p->mm = mm_alloc(name, account);
	if (!p->mm)
		goto no_mm;
	object_init(&p->object, OBJ_PROCESS, &process_ops);
	err = enlist(p);
	if (!err) {
		*out = p;
		return 0;
	}
	mmput(p->mm);
	handle_table_destroy(&p->handles);
	process_put(p);
	return err;

no_mm:
	handle_table_destroy(&p->handles);
no_handles:
	process_free(p);
	return err;
}

/* All that a process is known by is gone: tell whoever waits. */
static void process_finish(struct process *p)
{
	tty_process_ended(p->pid);
	handle_table_destroy(&p->handles);
	spin_lock(&process_lock);
	avl_remove(&processes, &p->by_pid);
	nr_processes--;
	p->done = true;
	spin_unlock(&process_lock);
	wait_wake_all(&p->wait);
}

void process_abandon(struct process *p)
{
	struct mm *mm = p->mm;

	spin_lock(&process_lock);
	p->mm = NULL;
	spin_unlock(&process_lock);
	mmput(mm);
	process_finish(p);
	process_put(p);
}

int thread_create(struct process *p, const struct thread_start *start,
		  struct thread **out)
{
	struct thread *t = cache_zalloc(&thread_cache);
	struct task_params params = {
		.name = p->name,
		.prio = start->prio,
		.affinity = start->affinity,
		.process = p,
		.thread = t,
	};
	struct mm *mm = NULL;

	if (!t)
		return -ENOMEM;
	if (!account_charge(p->account, ACCOUNT_THREAD)) {
		cache_free(&thread_cache, t);
		return -ENOMEM;
	}
	wait_queue_init(&t->wait);

	spin_lock(&process_lock);
	if (!p->dying && p->mm) {
		mm = p->mm;
		mmget(mm);
		p->nr_threads++; /* so that p does not finish under us */
	}
	spin_unlock(&process_lock);
	if (!mm) {
		account_release(p->account, ACCOUNT_THREAD);
		cache_free(&thread_cache, t);
		return -ESRCH;
	}
	params.mm = mm;
	t->task = task_create(&params);
	if (!t->task)
		goto no_task;
	object_init(&t->object, OBJ_THREAD, &thread_ops);
	t->task->handles = &p->handles;
	t->task->first_handles = p->handles.chunks[0];
	task_init_user(t->task, start->entry, start->sp, start->arg, start->tls);
	t->process = p;
	object_get(&p->object);
	object_get(&t->object); /* the running thread's own */
	spin_lock(&process_lock);
	list_add_tail(&p->threads, &t->node);
	if (p->dying || p->exec)
		task_kill(t->task);
	spin_unlock(&process_lock);
	*out = t;
	if (current->is_user)
		task_start(t->task);
	else /* the shell: it goes to sleep next */
		task_start_here(t->task);
	return 0;

no_task:
	mmput(mm);
	account_release(p->account, ACCOUNT_THREAD);
	cache_free(&thread_cache, t);
	spin_lock(&process_lock);
	p->nr_threads--;
	/* Our caller is a thread of p or holds it before its first: not the last. */
	spin_unlock(&process_lock);
	return -ENOMEM;
}

/* ---- ending ---- */

/* The calling thread leaves its process. */
static void thread_end(void)
{
	struct thread *t = current->thread;
	struct process *p = t->process;
	bool last, exec;

	ipc_thread_ends();
	spin_lock(&process_lock);
	last = --p->nr_threads == 0;
	if (last) {
		p->dying = true;
		p->mm = NULL;
	}
	spin_unlock(&process_lock);
	exit_mm();

	spin_lock(&process_lock);
	list_del(&t->node);
	p->dead_runtime_ns += task_runtime_ns(current);
	t->done = true;
	exec = p->exec;
	spin_unlock(&process_lock);
	wait_wake_all(&t->wait);
	if (last)
		process_finish(p);
	else if (exec) /* that thread waits to be the only one */
		wait_wake_all(&p->wait);
	/* Whoever interrupts us to look (mm cpus) finds no dangling pointers. */
	current->process = NULL;
	current->thread = NULL;
	current->handles = NULL;
	object_put(&t->object);
	task_exit();
}

bool process_kill_locked(struct process *p, s64 status)
{
	bool first = !p->dying;
	struct thread *t;

	if (first) {
		p->dying = true;
		p->status = status;
	}
	list_for_each(t, &p->threads, node)
		task_kill(t->task);
	return first;
}

void process_kill(struct process *p, s64 status)
{
	spin_lock(&process_lock);
	process_kill_locked(p, status);
	spin_unlock(&process_lock);
}

void process_exit(s64 status)
{
	process_kill(current_process(), status);
	thread_end();
	__builtin_unreachable();
}

void thread_exit(void)
{
	thread_end();
	__builtin_unreachable();
}

/* ---- waiting, finding ---- */

int process_wait(struct process *p, u64 deadline_ns, s64 *status)
{
	int err = wait_event(&p->wait, READ_ONCE(p->done), deadline_ns, "process");

	if (err)
		return err;
	/* The lock orders us behind the one who set done. */
	spin_lock(&process_lock);
	*status = p->status;
	spin_unlock(&process_lock);
	return 0;
}

int thread_wait(struct thread *t, u64 deadline_ns)
{
	return wait_event(&t->wait, READ_ONCE(t->done), deadline_ns, "thread");
}

struct process *process_find(u32 pid)
{
	struct avl_node *n;
	u64 key = pid;
	struct process *p = NULL;

	spin_lock(&process_lock);
	n = avl_find(&processes, &key, pid_key);
	if (n) {
		p = container_of(n, struct process, by_pid);
		object_get(&p->object);
	}
	spin_unlock(&process_lock);
	return p;
}

struct process *process_next(u32 *pid)
{
	struct process *p;

	spin_lock(&process_lock);
	p = process_from_locked((u64)*pid + 1);
	if (p) {
		object_get(&p->object);
		*pid = p->pid;
	}
	spin_unlock(&process_lock);
	return p;
}

u32 process_count(void)
{
	return READ_ONCE(nr_processes);
}

void process_get_info(struct process *p, struct process_info *out)
{
	struct thread *t;

	memset(out, 0, sizeof(*out));
	spin_lock(&process_lock);
	out->pid = p->pid;
	out->parent_pid = p->parent_pid;
	out->nr_threads = p->nr_threads;
	out->started_ns = p->started_ns;
	out->handles = p->handles.used;
	out->account_used = READ_ONCE(p->account->used);
	out->account_limit = p->account->limit;
	str_copy(out->name, p->name, sizeof(out->name));
	out->runtime_ns = p->dead_runtime_ns;
	list_for_each(t, &p->threads, node)
		out->runtime_ns += task_runtime_ns(t->task);
	if (p->mm) {
		out->mm_id = p->mm->id;
		out->rss_pages = READ_ONCE(p->mm->rss_pages);
		out->table_pages = READ_ONCE(p->mm->table_pages);
	}
	spin_unlock(&process_lock);
}

static bool is_foreground(const struct task *t)
{
	const struct process *p = t->process;

	return p && READ_ONCE(p->foreground);
}

bool process_is_foreground(void)
{
	return ipc_acts_for(is_foreground);
}

void process_init(void)
{
	cache_init(&process_cache, "process", sizeof(struct process), 0);
	cache_init(&thread_cache, "thread", sizeof(struct thread), 0);
	ipc_init();
	notification_init();
	memory_object_init();
	timer_object_init();
	device_object_init();
	user_dying_fn = thread_end;
}
