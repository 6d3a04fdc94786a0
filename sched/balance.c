/* SPDX-License-Identifier: MIT */
/*
 * Which CPU. Three moments: a task wakes (choose), a CPU has nothing to do
 * (pull), a slice ends (push the surplus). cpu_idle_mask is a hint without a lock:
 * a wrong guess costs a detour, never correctness.
 */
#include "arm64/atomic.h"
#include "core/smp.h"
#include "sched/rq.h"

cpumask_t cpu_idle_mask, sched_cpus = cpu_bit(0);

/* Where t, awake and in no list, should run. Any locks. */
u32 balance_choose_cpu(struct task *t, u32 home)
{
	cpumask_t allowed = t->affinity & READ_ONCE(sched_cpus), idle;
	struct rq *rq = &runqueues[home];

	if (!allowed) /* its CPUs are gone: run it anywhere rather than never */
		allowed = READ_ONCE(sched_cpus);
	idle = allowed & READ_ONCE(cpu_idle_mask);
	if (allowed & cpu_bit(home)) {
		const struct task *curr = READ_ONCE(rq->curr);

		/* Home is warm: stay unless it is busy with something as urgent
		 * and another one idles. */
		if (!idle || idle & cpu_bit(home) || READ_ONCE(curr->prio) < t->prio)
			return home;
	}
	/* Claim it, so that the next one to wake does not choose it too before it
	 * has taken the interrupt; its idle loop sets the bit again. */
	for (; idle; idle &= idle - 1) {
		u32 cpu = (u32)__builtin_ctz(idle);

		if (atomic_and_full(&cpu_idle_mask, ~cpu_bit(cpu)) & cpu_bit(cpu))
			return cpu;
	}
	return allowed & cpu_bit(home) ? home : (u32)__builtin_ctz(allowed);
}

/* A task of rq that may run on `cpu`, the most urgent one; or NULL. [lock] */
static struct task *find_movable(struct rq *rq, u32 cpu)
{
	u32 ready = rq->ready;

	while (ready) {
		int prio = 31 - __builtin_clz(ready);
		struct task *t;

		list_for_each(t, &rq->list[prio], rq_node)
			if (t->affinity & cpu_bit(cpu) && !sched_owes_dsb(t))
				return t;
		ready &= ~(1U << prio);
	}
	return NULL;
}

/*
 * rq, whose lock is held, has nothing to run: take a task from the longest queue.
 * The victim's lock is only tried: two CPUs may pull from each other.
 */
bool balance_pull(struct rq *rq)
{
	u32 self = (u32)(rq - runqueues), most = 0, from = self;
	struct rq *victim;
	struct task *t;

	if (!(READ_ONCE(sched_cpus) & cpu_bit(self)))
		return false;
	for_each_online_cpu(cpu) {
		const struct rq *o = &runqueues[cpu];
		u32 n = READ_ONCE(o->nr_queued);

		/* One that is idle is about to take what it was just given. */
		if (READ_ONCE(o->curr) == o->idle)
			continue;
		if (cpu != self && n > most) {
			most = n;
			from = cpu;
		}
	}
	if (most == 0)
		return false;
	victim = &runqueues[from];
	if (!arch_spin_trylock(&victim->lock.locked))
		return false;
	if (CONFIG_DEBUG_ASSERT)
		victim->lock.holder = (u8)(self + 1);
	t = find_movable(victim, self);
	if (t) {
		rq_dequeue(victim, t);
		task_set_cpu(t, self);
	}
	if (CONFIG_DEBUG_ASSERT)
		victim->lock.holder = 0;
	arch_spin_unlock(&victim->lock.locked);
	if (!t)
		return false;
	rq_enqueue(rq, t, false);
	rq->steals++;
	return true;
}

/* A slice ended here: if another CPU idles or has far less to do, send it one of
 * ours. IRQs off, no lock held. */
void balance_slice(struct rq *rq)
{
	u32 self = (u32)(rq - runqueues), least = READ_ONCE(rq->nr_queued), to = self;
	struct task *t;

	if (least == 0)
		return;
	for_each_online_cpu(cpu) {
		const struct rq *o = &runqueues[cpu];
		/* An idle CPU counts for one less than a busy one. */
		u32 n = READ_ONCE(o->nr_queued) +
			!(READ_ONCE(cpu_idle_mask) & cpu_bit(cpu));

		if (cpu != self && n < least && READ_ONCE(sched_cpus) & cpu_bit(cpu)) {
			least = n;
			to = cpu;
		}
	}
	if (to == self)
		return;
	raw_spin_lock(&rq->lock);
	t = find_movable(rq, to);
	if (t)
		rq_dequeue(rq, t);
	raw_spin_unlock(&rq->lock);
	if (t)
		task_place(t, to);
}
