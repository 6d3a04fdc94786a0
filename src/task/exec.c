/* SPDX-License-Identifier: MIT */
/*
 * exec: another program in the place of the calling one. Process, handles and the
 * calling thread stay; address space, registers and name are new; all other threads
 * end.
 *
 *	1  the new address space is built, whole	exec_prepare
 *	2  the other threads are ended, and waited for	exec_alone
 *	3  the process is the new program's		exec_alone
 *	4  mm, active_mm, TTBR0; the old mm is put	exec_mm
 *	5  registers, and to EL0			task_restart_user
 *
 * Whatever can fail is in step 1 and in taking `exec`, and nobody but the caller notices
 * that: after an error it goes on with all its threads. From step 2 on nothing fails.
 * Up to step 3 the caller lodges: it needs no user memory of its own, builds by kernel
 * addresses and may sleep.
 *
 * What races, all decided under process_lock:
 *
 *	exec, exec	whoever takes `exec` first has marked the other one, which gives
 *			back what it has built and dies on its way to EL0.
 *	exec, exit	of another thread, its fault, or a kill. Whoever says `dying`
 *	or kill		before `exec` is taken: as above. Whoever says it later has
 *			marked the caller, too: it goes through with the exec and dies
 *			on its way to EL0, with that status, before the new program's
 *			first instruction.
 *	exec, last	thread_exit of all others: they leave the list as if ended. It
 *	thread_exit	is never the last one, because the caller is alive.
 *	exec, create	a thread that is counted (nr_threads) but not in the list yet is
 *			marked by thread_create when it enlists it; its creator is in the
 *			list for so long.
 *
 * So `alone` is: nobody but us counted, nobody but us in the list. A thread leaves the
 * list when it has left its address space (thread_end), so then the old mm has
 * no user but us, and all handles of threads say `done`. The wait cannot be broken off:
 * all others are marked, and whoever is leaves every wait that could be long.
 *
 * Lodgers are none of exec's business: kernel threads on other CPUs may have the old
 * mm loaded when the last mm_users is put. That is the end of an mm as at an exit.
 */
#include "task/exec.h"
#include "ipc/endpoint.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/program.h"

static int exec_prepare(const struct spawn *s, struct exec *e, const char **why)
{
	struct elf_image *elf;
	int err = program_check(s, &elf, why);

	if (err)
		return err;
	e->mm = mm_alloc(s->args, current_process()->account);
	err = e->mm ? program_load(e->mm, current->handles, s, elf, current_process()->pid,
				   &e->start, why) :
		      -ENOMEM;
	kfree(elf);
	if (err && e->mm)
		mmput(e->mm);
	return err;
}

static bool alone(struct process *p, struct thread *self)
{
	bool is;

	spin_lock(&process_lock);
	is = p->nr_threads == 1 && p->threads.next == &self->node &&
	     p->threads.prev == &self->node;
	spin_unlock(&process_lock);
	return is;
}

/* Make this thread the only one, and the process the program's in mm: 0, or -EINTR if
 * somebody else has ended it already. */
static int exec_alone(struct mm *mm, const char *name)
{
	struct process *p = current_process();
	struct thread *self = current->thread, *t;

	spin_lock(&process_lock);
	if (p->dying || p->exec) { /* we are marked */
		spin_unlock(&process_lock);
		return -EINTR;
	}
	p->exec = true;
	list_for_each(t, &p->threads, node)
		if (t != self)
			task_kill(t->task);
	spin_unlock(&process_lock);

	wait_event_uninterruptible(&p->wait, alone(p, self), "exec");

	spin_lock(&process_lock);
	p->mm = mm; /* the thread holds both until exec_mm is done */
	p->exec = false;
	str_copy(p->name, name, sizeof(p->name));
	str_copy(current->name, name, sizeof(current->name));
	spin_unlock(&process_lock);
	return 0;
}

int exec_begin(const struct spawn *s, struct exec *e, const char **why)
{
	int err;

	start_lazy_tlb();
	err = exec_prepare(s, e, why);
	if (!err) {
		err = exec_alone(e->mm, s->args);
		if (err)
			mmput(e->mm);
	}
	end_lazy_tlb();
	return err;
}

void exec_finish(const struct exec *e)
{
	ipc_thread_ends(); /* what it owes, the new program knows nothing of */
	exec_mm(e->mm);
	task_restart_user(e->start.entry, e->start.sp, e->start.arg);
}
