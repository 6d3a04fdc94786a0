/* SPDX-License-Identifier: MIT */
/*
 * Threads: making, ending, finding them.
 *
 * References: one for the thread's life, dropped by whoever runs next on its CPU
 * after it is dead (finish_task_switch); one for the creator; one for each pointer
 * kept elsewhere. The last one frees the struct and the stack; it waits for
 * on_cpu, though after finish_task_switch that is always clear.
 *
 * Locking: task_list_lock for the list and ids.
 */
#include "arm64/frame.h"
#include "core/clock.h"
#include "core/smp.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/kmap.h"
#include "mm/lazy.h"
#include "mm/slab.h"
#include "sched/rq.h"
#include "sched/wait.h"

struct spinlock task_list_lock = SPINLOCK_INIT(RANK_TASK_LIST);
struct list task_list = LIST_INIT(task_list);
static u32 next_id = 1; /* [task_list_lock] */
static u32 nr_tasks;	/* [task_list_lock] */

static struct cache task_cache, fp_cache;
static struct wait_queue join_queue = WAIT_QUEUE_INIT(join_queue);

extern void task_first_run(void);
void task_enter_user(struct frame *f) __noreturn;

/* The boot CPU's thread exists before memory does; it becomes its idle thread. */
struct task boot_thread = {
	.ti.preempt = 0,
	.mm = NULL,
	.active_mm = &init_mm,
	.state = TASK_RUNNABLE,
	.prio = PRIO_IDLE,
	.is_idle = true,
	.on_cpu = 1,
	.affinity = cpu_bit(0),
	.refs = ATOMIC_INIT(1),
	.fp_cpu = FP_NO_CPU,
	.name = "idle/0",
};

/* For the ledger of references. */
static void who_runs(char name[LEDGER_NAME_MAX], u32 *id)
{
	str_copy(name, current->name, LEDGER_NAME_MAX);
	*id = current->id;
}

void task_init(void)
{
	ledger_who_fn = who_runs;
	cache_init(&task_cache, "task", sizeof(struct task), CACHE_LINE);
	cache_init(&fp_cache, "fpstate", sizeof(struct fpstate), 16);
	list_init(&boot_thread.rq_node);
	list_add_tail(&task_list, &boot_thread.all);
	nr_tasks = 1;
	mmgrab_lazy_tlb(&init_mm); /* the boot thread lodges there */
	task_set_cpu(&boot_thread, 0);
	runqueues[0].idle = &boot_thread;
	runqueues[0].curr = &boot_thread;
}

struct task *task_create(const struct task_params *p)
{
	struct task *t = cache_zalloc(&task_cache);
	irqflags_t flags;

	if (!t)
		return NULL;
	t->stack = kstack_alloc();
	if (!t->stack)
		goto no_stack;
	if (p->mm) {
		t->fp = cache_zalloc(&fp_cache);
		if (!t->fp)
			goto no_fp;
	}
	list_init(&t->rq_node);
	str_copy(t->name, p->name, sizeof(t->name));
	t->entry = p->entry;
	t->arg = p->arg;
	t->prio = p->prio ? p->prio : p->mm ? PRIO_DEFAULT : PRIO_KERNEL;
	t->base_prio = t->prio;
	t->affinity = p->affinity ? p->affinity : CPU_MASK_ALL;
	t->mm = p->mm;
	t->active_mm = p->mm; /* invariants 2 and 3 */
	t->is_user = p->mm != NULL;
	t->process = p->process;
	t->thread = p->thread;
	t->fp_cpu = FP_NO_CPU;
	atomic_set(&t->refs, 2);
	t->state = TASK_SLEEPING; /* until task_start */
	t->frame = (struct frame *)((u64)t->stack + KSTACK_SIZE) - 1;
	t->ctx.pc = (u64)task_first_run;
	t->ctx.sp = t->is_user ? (u64)t->frame : (u64)t->stack + KSTACK_SIZE;
	t->ctx.x19_x28[0] = (u64)p->entry; /* NULL: to EL0 */
	t->ctx.x19_x28[1] = (u64)p->arg;
	task_set_cpu(t, cpu_id());

	flags = spin_lock_irqsave(&task_list_lock);
	t->id = next_id++;
	nr_tasks++;
	list_add_tail(&task_list, &t->all);
	spin_unlock_irqrestore(&task_list_lock, flags);
	return t;

no_fp:
	kstack_free(t->stack);
no_stack:
	cache_free(&task_cache, t);
	return NULL;
}

void task_init_user(struct task *t, vaddr_t entry, vaddr_t sp, u64 x0, u64 tls)
{
	struct frame *f = t->frame;

	memset(f, 0, sizeof(*f));
	f->x[0] = x0;
	f->pc = entry;
	f->sp = sp;
	f->pstate = SPSR_EL0T | SPSR_F;
	t->user_tpidr = tls;
	t->user_tpidrro = 0;
	if (mm_is_32(t->mm)) {
		f->x[FRAME_SP32] = sp;
		f->sp = 0;
		f->pc = entry & ~1UL;
		f->pstate = SPSR_USR32 | SPSR_F | (entry & 1 ? SPSR_T : 0);
		t->user_tpidr = 0;
		t->user_tpidrro = tls;
	}
	t->user_sp = f->sp;
}

void task_restart_user(vaddr_t entry, vaddr_t sp, u64 x0)
{
	struct task *t = current;

	ASSERT(preemptible() && t->mm);
	fp_reset();
	/* The frame of the system call that we are in: nobody returns by it. */
	task_init_user(t, entry, sp, x0, 0);
	/* They were saved only where we were switched out. */
	write_sysreg(0, tpidr_el0);
	write_sysreg(0, tpidrro_el0);
	task_enter_user(t->frame);
}

void task_set_tpidrro(u64 value)
{
	current->user_tpidrro = value; /* first: a switch in between loads it */
	write_sysreg(value, tpidrro_el0);
}

void task_start(struct task *t)
{
	task_wake(t);
}

void task_start_here(struct task *t)
{
	irqflags_t flags = local_irq_save();
	struct rq *rq = task_rq_lock(t);
	/* Not if a kill has woken it before. */
	bool here = t->state == TASK_SLEEPING && t->affinity & cpu_bit(cpu_id());

	if (here)
		t->state = TASK_RUNNABLE;
	raw_spin_unlock(&rq->lock);
	if (here)
		task_place(t, cpu_id());
	else
		task_wake(t);
	local_irq_restore(flags);
}

int kthread_run(const char *name, void (*entry)(void *), void *arg)
{
	struct task_params p = { .name = name, .entry = entry, .arg = arg };
	struct task *t = task_create(&p);

	if (!t)
		return -ENOMEM;
	task_start(t);
	task_put(t);
	return 0;
}

void task_get(struct task *t)
{
	atomic_inc(&t->refs);
}

void task_put(struct task *t)
{
	irqflags_t flags;

	if (!atomic_dec_and_test(&t->refs))
		return;
	ASSERT(t->state == TASK_DEAD && !t->on_rq);
	ASSERT(!t->mm && !t->active_mm);
	while (smp_load_acquire(&t->on_cpu)) /* [ONCPU-1] */
		cpu_yield_hint();
	flags = spin_lock_irqsave(&task_list_lock);
	list_del(&t->all);
	nr_tasks--;
	spin_unlock_irqrestore(&task_list_lock, flags);
	kstack_free(t->stack);
	if (t->fp)
		cache_free(&fp_cache, t->fp);
	cache_free(&task_cache, t);
}

void task_exit(void)
{
	struct task *t = current;

	exit_mm();
	ASSERT(t->ti.preempt == 0);
	/* Off until sched_die: a joiner of higher priority, which we are about to
	 * wake, would push us aside and then yield to nobody for ever. */
	local_irq_disable();
	WRITE_ONCE(t->exiting, true);
	wait_wake_all(&join_queue);
	sched_die();
}

void task_join(struct task *t)
{
	wait_event_uninterruptible(&join_queue, READ_ONCE(t->exiting), "join");
	/* It is on its last steps; it does not sleep any more. [ONCPU-1] */
	while (smp_load_acquire(&t->state) != TASK_DEAD || /* [ONCPU-2] */
	       smp_load_acquire(&t->on_cpu))
		sched_yield();
}

u32 task_count(void)
{
	return READ_ONCE(nr_tasks);
}

/* The list is in the order of ids: the first that is younger will do. One whose
 * last reference is gone is on its way out of the list. */
struct task *task_next(s64 *id)
{
	irqflags_t flags = spin_lock_irqsave(&task_list_lock);
	struct task *t, *found = NULL;

	list_for_each(t, &task_list, all) {
		if ((s64)t->id > *id && atomic_inc_not_zero(&t->refs)) {
			found = t;
			*id = t->id;
			break;
		}
	}
	spin_unlock_irqrestore(&task_list_lock, flags);
	return found;
}

/* The idle thread of a CPU that has never had one. */
static struct task *create_idle(u32 cpu)
{
	char name[] = "idle/0";
	struct task_params p = { .name = name, .prio = PRIO_LOW,
				 .affinity = cpu_bit(cpu) };
	struct task *t;

	name[5] = (char)('0' + cpu);
	t = task_create(&p);
	if (!t)
		return NULL;
	task_put(t); /* it lives for ever */
	t->prio = t->base_prio = PRIO_IDLE;
	t->is_idle = true;
	t->state = TASK_RUNNABLE;
	task_set_cpu(t, cpu);
	t->on_cpu = 1;
	t->active_mm = &init_mm;
	mmgrab_lazy_tlb(&init_mm);
	runqueues[cpu].idle = t;
	runqueues[cpu].curr = t;
	return t;
}

/* A CPU that was off begins again, on the stack it left, in init_mm as it left. */
struct thread_info *smp_prepare_thread(u32 cpu, void **stack_top)
{
	struct task *t = runqueues[cpu].idle ?: create_idle(cpu);

	if (!t)
		return NULL;
	ASSERT(t->active_mm == &init_mm);
	t->ti.preempt = 0;
	t->ti.work_bits = 0;
	*stack_top = (u8 *)t->stack + KSTACK_SIZE;
	return &t->ti;
}
