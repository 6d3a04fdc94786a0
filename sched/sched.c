/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: which thread runs.
 *
 * Fixed priorities; within one, round robin by slices of CONFIG_SCHED_SLICE_MS. A
 * slice is a timer only while there is someone to share with: a CPU with one
 * runnable thread, or none, takes no tick. Who is pushed aside by a higher one
 * goes on with the rest of its slice: with a whole one, a thread that wakes more
 * often than slices end would keep the next of the line from its turn for ever.
 *
 * States. A running task is rq->curr and in no list. It becomes TASK_SLEEPING only
 * here, under the lock and in one step with the switch; a wake-up that came
 * before leaves wake_pending, and the task does not go to sleep. A task is moved to
 * another CPU only while it is in a list or just woken, never while it runs:
 * taken out under its old queue's lock it is TASK_RUNNABLE and not on_rq, which
 * nobody else touches, and is put in under the new one's.
 *
 * Locking: rq->lock, IRQs off. It is held across the switch: taken by prev in
 * schedule(), released by next in finish_task_switch(). So a task that is not
 * curr is always wholly switched out to whoever holds its queue's lock.
 */
#include "core/audit.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/smp.h"
#include "core/timer.h"
#include "lib/string.h"
#include "mm/lazy.h"
#include "sched/rq.h"

struct rq runqueues[NR_CPUS];
void (*user_dying_fn)(void);

struct rq *task_rq_lock(struct task *t)
{
	for (;;) {
		u32 cpu = READ_ONCE(t->ti.cpu);
		struct rq *rq = &runqueues[cpu];

		raw_spin_lock(&rq->lock);
		if (likely(READ_ONCE(t->ti.cpu) == cpu))
			return rq;
		raw_spin_unlock(&rq->lock);
	}
}

void resched_cpu(struct rq *rq)
{
	struct task *curr = rq->curr;

	ASSERT(spin_held(&rq->lock));
	if (curr->ti.work.need_resched)
		return;
	WRITE_ONCE(curr->ti.work.need_resched, 1);
	if (rq != this_rq())
		smp_send_resched(curr->ti.cpu);
}

/* [lock] */
static inline void slice_set(struct rq *rq, u64 end_ticks)
{
	rq->slice = SLICE_ON;
	timer_set_slice(rq->timer, end_ticks);
}

/* Start a slice for curr at `now` if it has to share, or else none. [lock] */
static inline void slice_start(struct rq *rq, struct task *curr, u64 now)
{
	if (unlikely(rq->ready && rq_top_prio(rq) == curr->prio)) {
		slice_set(rq, now + (curr->slice_left_ticks ?: rq->slice_ticks));
		curr->slice_left_ticks = 0;
	} else if (rq->slice != SLICE_NONE) {
		rq->slice = SLICE_NONE;
		timer_set_slice(rq->timer, ~0ULL);
	}
}

/* What curr, which is pushed aside, has left of its slice. [lock] */
static u64 slice_left(const struct rq *rq)
{
	u64 now = read_sysreg(cntvct_el0), end = rq->timer->slice_ticks;

	if (rq->slice == SLICE_NONE) /* it did not share: a whole one */
		return rq->slice_ticks;
	return rq->slice == SLICE_ON && end > now ? end - now : 0;
}

static void slice_update(struct rq *rq, struct task *curr)
{
	slice_start(rq, curr, read_sysreg(cntvct_el0));
}

static void on_slice_end(void)
{
	struct rq *rq = this_rq();

	raw_spin_lock(&rq->lock);
	rq->slice = SLICE_OVER;
	rq->slices++;
	rq->curr->ti.work.need_resched = 1;
	raw_spin_unlock(&rq->lock);
	balance_slice(rq);
}

/* curr, which had the CPU to itself, has to share from now on. [lock] */
static void resched_slice(struct rq *rq)
{
	if (rq == this_rq())
		slice_update(rq, rq->curr);
	else
		resched_cpu(rq); /* only that CPU can set its own timer */
}

/* The CPU goes from prev to next at the time returned. [lock] */
static inline u64 account(struct task *prev, struct task *next)
{
	u64 now = read_sysreg(cntvct_el0);

	prev->runtime_ticks += now - prev->run_start_ticks;
	next->run_start_ticks = now;
	next->switches++;
	return now;
}

static struct task *pick_next(struct rq *rq)
{
	int prio = rq_top_prio(rq);
	struct task *t;

	if (prio < 0)
		return rq->idle;
	t = list_first(&rq->list[prio], struct task, rq_node);
	rq_dequeue(rq, t);
	return t;
}

enum why { PREEMPTED, YIELDED, SLEEPS, DIES };

/* IRQs off; returns with IRQs off, perhaps on another CPU. */
static void __schedule(enum why why)
{
	struct task *prev = current, *next;
	struct rq *rq = this_rq();
	bool here;

	ASSERT(irqs_disabled());
	ASSERT(prev->ti.preempt == 0);
	raw_spin_lock(&rq->lock);
	if (why == SLEEPS && prev->wake_pending) {
		prev->wake_pending = false;
		if (!prev->ti.work.need_resched) {
			raw_spin_unlock(&rq->lock);
			return;
		}
		why = PREEMPTED; /* it stays awake, but somebody is waiting */
	}
	prev->ti.work.need_resched = 0;
	if (why == DIES) {
		/* The fast paths do not set it, and here it matters. */
		WRITE_ONCE(prev->on_cpu, 1);
		smp_store_release(&prev->state, TASK_DEAD); /* [ONCPU-2] */
	} else if (why == SLEEPS) {
		prev->state = TASK_SLEEPING;
	} else if (prev != rq->idle) {
		int top = rq_top_prio(rq);
		bool pushed = why == PREEMPTED && top > prev->prio;

		here = prev->affinity & READ_ONCE(sched_cpus) & cpu_bit(cpu_id());
		if (here && top < prev->prio) { /* nobody to share with */
			slice_update(rq, prev);
			raw_spin_unlock(&rq->lock);
			return;
		}
		/* Pushed aside by a higher one it keeps its place in front for
		 * the rest of its slice; but while another CPU idles it need not
		 * wait. If it does not stay here, finish_task_switch sends it on. */
		if (pushed)
			prev->slice_left_ticks = slice_left(rq);
		if (here && !(pushed && prev->affinity & READ_ONCE(cpu_idle_mask)))
			rq_enqueue(rq, prev, pushed && prev->slice_left_ticks);
	}
	next = pick_next(rq);
	if (next == rq->idle && prev != rq->idle && balance_pull(rq))
		next = pick_next(rq);
	if (next == prev) { /* the idle thread, again */
		raw_spin_unlock(&rq->lock);
		return;
	}
	slice_start(rq, next, account(prev, next));
	context_switch(rq, prev, next);
}

void schedule(void)
{
	irqflags_t flags = local_irq_save();

	__schedule(PREEMPTED);
	local_irq_restore(flags);
}

/*
 * The common case by itself: the next of the same priority comes, and we go to the
 * end of the line, so neither the mask nor the count of the queue changes.
 */
int sched_yield(void)
{
	struct task *prev = current, *next;
	struct rq *rq;

	ASSERT(preemptible());
	local_irq_disable();
	rq = this_rq();
	raw_spin_lock(&rq->lock);
	if (likely(rq->ready >> prev->prio == 1 && !prev->ti.work.need_resched)) {
		next = list_first(&rq->list[prev->prio], struct task, rq_node);
		list_rotate_in(&rq->list[prev->prio], &prev->rq_node);
		next->on_rq = false;
		prev->on_rq = true;
		slice_set(rq, account(prev, next) + rq->slice_ticks);
		context_switch(rq, prev, next);
	} else {
		raw_spin_unlock(&rq->lock);
		__schedule(YIELDED);
	}
	local_irq_enable();
	return 0;
}

void sched_sleep(void)
{
	irqflags_t flags = local_irq_save();

	__schedule(SLEEPS);
	local_irq_restore(flags);
}

void sched_die(void)
{
	local_irq_disable();
	__schedule(DIES);
	panic("a dead task runs");
}

void preempt_schedule(void)
{
	schedule();
}

/* From entry.S: an interrupt of kernel code that may be preempted. IRQs off. */
void preempt_schedule_irq(void);
void preempt_schedule_irq(void)
{
	__schedule(PREEMPTED);
}

void user_exit_work(void)
{
	struct thread_info *ti = current_thread();

	/* IRQs are off when we look and stay off if there is nothing. */
	while (READ_ONCE(ti->work_bits)) {
		if (ti->work.dying) {
			local_irq_enable();
			if (user_dying_fn)
				user_dying_fn();
			task_exit();
		}
		__schedule(PREEMPTED);
	}
}

/* [lock] */
static void enqueue_and_kick(struct rq *rq, struct task *t)
{
	rq_enqueue(rq, t, false);
	if (t->prio > rq->curr->prio)
		resched_cpu(rq);
	else if (t->prio == rq->curr->prio && rq->slice == SLICE_NONE)
		resched_slice(rq);
}

/* Put a runnable task that is in no list where it is to run. */
void task_place(struct task *t, u32 cpu)
{
	struct rq *rq = &runqueues[cpu];

	ASSERT(irqs_disabled());
	raw_spin_lock(&rq->lock);
	task_set_cpu(t, cpu);
	enqueue_and_kick(rq, t);
	raw_spin_unlock(&rq->lock);
}

static bool wake(struct task *t, bool to_here)
{
	irqflags_t flags = local_irq_save();
	struct rq *rq = task_rq_lock(t);
	bool woken = t->state == TASK_SLEEPING;
	u32 cpu, here = cpu_id();

	if (!woken) {
		t->wake_pending = true;
		raw_spin_unlock(&rq->lock);
		local_irq_restore(flags);
		return false;
	}
	t->state = TASK_RUNNABLE;
	if (sched_owes_dsb(t) && cpu_online(t->ti.cpu)) {
		cpu = t->ti.cpu;
		/* If it may not stay it goes on from there. */
		if (!(t->affinity & READ_ONCE(sched_cpus) & cpu_bit(cpu)))
			t->ti.work.need_resched = 1;
	} else if (to_here && t->affinity & READ_ONCE(sched_cpus) & cpu_bit(here)) {
		cpu = here;
	} else {
		cpu = balance_choose_cpu(t, t->ti.cpu);
	}
	if (likely(cpu == t->ti.cpu)) {
		enqueue_and_kick(rq, t);
		raw_spin_unlock(&rq->lock);
	} else {
		raw_spin_unlock(&rq->lock);
		task_place(t, cpu);
	}
	local_irq_restore(flags);
	return true;
}

bool task_wake(struct task *t)
{
	return wake(t, false);
}

bool task_wake_here(struct task *t)
{
	return wake(t, true);
}

void sched_synchronize(void)
{
	irqflags_t flags = local_irq_save();

	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		raw_spin_lock(&runqueues[cpu].lock);
		raw_spin_unlock(&runqueues[cpu].lock);
	}
	local_irq_restore(flags);
}

void task_kill(struct task *t)
{
	irqflags_t flags = local_irq_save();
	struct rq *rq = task_rq_lock(t);

	WRITE_ONCE(t->ti.work.dying, 1);
	if (t == rq->curr)
		resched_cpu(rq); /* interrupt it, so that it looks */
	else if (t->state == TASK_SLEEPING)
		t->ipc_slow = 1; /* a message that wakes it first must not skip the look */
	raw_spin_unlock(&rq->lock);
	task_wake(t);
	local_irq_restore(flags);
}

bool task_dying(const struct task *t)
{
	return READ_ONCE(t->ti.work.dying);
}

u64 task_runtime_ns(const struct task *t)
{
	u64 ticks = READ_ONCE(t->runtime_ticks);

	/* A running one's current stretch is not in yet: a good guess will do. */
	if (READ_ONCE(runqueues[READ_ONCE(t->ti.cpu)].curr) == t)
		ticks += read_sysreg(cntvct_el0) - READ_ONCE(t->run_start_ticks);
	return clock_ticks_to_ns(ticks);
}

void rq_get_info(u32 cpu, struct rq_info *out)
{
	irqflags_t flags = local_irq_save();
	struct rq *rq = &runqueues[cpu];

	raw_spin_lock(&rq->lock);
	*out = (struct rq_info){
		.nr_running = rq->nr_queued + (rq->curr && rq->curr != rq->idle),
		.idle_ns = rq->idle ? task_runtime_ns(rq->idle) : 0,
		.switches = lazy_switches(&lazy_cpus[cpu]),
		.steals = rq->steals,
		.ticks = rq->slices,
		.curr_id = rq->curr ? rq->curr->id : 0,
		.idle = rq->curr == rq->idle,
		.tick_on = rq->curr && rq_top_prio(rq) == rq->curr->prio,
	};
	if (rq->curr)
		str_copy(out->curr_name, rq->curr->name, sizeof(out->curr_name));
	raw_spin_unlock(&rq->lock);
	local_irq_restore(flags);
}

void sched_init(void)
{
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		spin_init(&runqueues[cpu].lock, RANK_RQ);
		runqueues[cpu].lazy = &lazy_cpus[cpu];
		runqueues[cpu].timer = &timer_cpus[cpu];
		runqueues[cpu].slice_ticks =
			clock_ns_to_ticks(CONFIG_SCHED_SLICE_MS * NSEC_PER_MSEC);
		for (int i = 0; i < NR_PRIOS; i++)
			list_init(&runqueues[cpu].list[i]);
	}
	timer_set_slice_handler(on_slice_end);
	audit_register(&rq_audit);
	audit_register(&mm_audit);
}
