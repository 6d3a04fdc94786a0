/* SPDX-License-Identifier: MIT */
/*
 * See views.h. Why process by process: task->mm of somebody else may go at any
 * moment, but process->mm does not while process_lock is held.
 */
#include "shell/views.h"

#include "core/clock.h"
#include "core/smp.h"
#include "lib/format.h"
#include "lib/string.h"
#include "sched/rq.h"

const char *const ipc_wait_names[] = {
	[IPC_NONE] = "",	 [IPC_RECEIVE] = "a message",
	[IPC_SEND] = "a receiver", [IPC_CALL] = "a receiver",
	[IPC_REPLY] = "a reply",     [IPC_SIGNAL] = "a signal",
};

const char *thread_state_text(const struct thread_view *v)
{
	if (v->running)
		return "running";
	return v->state == TASK_RUNNABLE ? "ready" :
	       v->state == TASK_SLEEPING ? "asleep" : "dead";
}

struct value thread_wait_text(const struct thread_view *v)
{
	return v->state == TASK_SLEEPING && v->wait_what ? v_str(v->wait_what) : v_none();
}

static void view_task(struct thread_view *v, struct task *t)
{
	v->id = t->id;
	v->cpu = READ_ONCE(t->ti.cpu);
	v->idle = t->is_idle;
	v->running = READ_ONCE(runqueues[v->cpu].curr) == t;
	v->state = READ_ONCE(t->state);
	v->prio = t->prio;
	v->affinity = t->affinity;
	v->runtime_ns = task_runtime_ns(t);
	v->switches = t->switches;
	v->wait_what = READ_ONCE(t->wait_what);
	ipc_get_info(t, &v->ipc);
	if (v->ipc.wait != IPC_NONE)
		v->wait_what = ipc_wait_names[v->ipc.wait];
	str_copy(v->name, t->name, sizeof(v->name));
}

/* The thread of the process with the smallest id above w->last_id. */
static bool next_of_process(struct thread_walk *w, struct thread_view *v)
{
	struct task *best = NULL;
	struct thread *th;

	spin_lock(&process_lock);
	list_for_each(th, &w->process->threads, node) {
		struct task *t = th->task;

		if (!th->done && t && t->id > w->last_id &&
		    (!best || t->id < best->id))
			best = t;
	}
	if (best) {
		view_task(v, best);
		v->user = true;
		v->pid = w->process->pid;
		v->has_mm = w->process->mm;
		if (v->has_mm) {
			v->mm_id = w->process->mm->id;
			v->bits = mm_is_32(w->process->mm) ? 32 : 64;
		}
		w->last_id = v->id;
	}
	spin_unlock(&process_lock);
	return best;
}

static bool next_of_kernel(struct thread_walk *w, struct thread_view *v)
{
	struct task *best = NULL, *t;
	irqflags_t flags = spin_lock_irqsave(&task_list_lock);

	list_for_each(t, &task_list, all)
		if (!t->is_user && t->id > w->last_id &&
		    (!best || t->id < best->id))
			best = t;
	if (best) {
		view_task(v, best);
		w->last_id = v->id;
	}
	spin_unlock_irqrestore(&task_list_lock, flags);
	return best;
}

bool thread_walk_next(struct thread_walk *w, struct thread_view *v)
{
	memset(v, 0, sizeof(*v));
	while (!w->kernel) {
		if (w->process && next_of_process(w, v))
			return true;
		thread_walk_end(w);
		w->process = process_next(&w->pid);
		w->last_id = 0;
		w->kernel = !w->process;
	}
	return next_of_kernel(w, v);
}

void thread_walk_end(struct thread_walk *w)
{
	if (w->process)
		process_put(w->process);
	w->process = NULL;
}

/* On the CPU itself, interrupts off: its thread, its mm and TTBR0 cannot change,
 * and what it has loaded cannot be freed. */
static void view_this_cpu(void *arg)
{
	struct cpu_view *v = (struct cpu_view *)arg + cpu_id();
	struct task *t = current;
	struct mm *mm = t->active_mm;
	u64 since = this_lazy_cpu()->lazy_since_ticks;

	v->ttbr0 = ttbr0_read();
	v->kind = !t->mm ? "lazy" : t->is_user ? "user" : "use_mm";
	v->mm_id = mm->id;
	v->mm_dead = mm != &init_mm && atomic_read(&mm->mm_users) == 0;
	v->pgd = mm->pgd;
	v->asid = atomic_read(&mm->context_id) & ASID_MASK;
	v->lazy = !t->mm && since != 0;
	if (v->lazy)
		v->lazy_us = clock_ticks_to_ns(clock_ticks() - since) /
			     NSEC_PER_USEC;
	if (t->is_idle)
		str_copy(v->task, "idle", sizeof(v->task));
	else if (t->is_user)
		fmt_snprintf(v->task, sizeof(v->task), "%s/%u", t->name,
			     t->process ? ((struct process *)t->process)->pid :
					  t->id);
	else
		fmt_snprintf(v->task, sizeof(v->task), "[%s]", t->name);
	v->valid = true;
}

void cpu_views_get(struct cpu_view views[NR_CPUS])
{
	memset(views, 0, NR_CPUS * sizeof(*views));
	smp_call(cpu_online_mask, view_this_cpu, views);
}
