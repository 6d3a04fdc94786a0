/* SPDX-License-Identifier: MIT */
/* How urgent a thread is, and where it may run: changed while it runs, waits or sleeps. */
#include "kernel/errno.h"
#include "sched/rq.h"

/* [lock] */
static void run_at(struct rq *rq, struct task *t, u8 prio)
{
	if (t->prio == prio)
		return;
	if (t->on_rq) {
		rq_dequeue(rq, t);
		t->prio = prio;
		rq_enqueue(rq, t, false);
	} else {
		t->prio = prio;
	}
	if (t->on_rq || t == rq->curr)
		resched_cpu(rq); /* whoever runs: let the queue look again */
}

void task_set_prio(struct task *t, u8 prio)
{
	irqflags_t flags = local_irq_save();
	struct rq *rq = task_rq_lock(t);

	t->base_prio = prio;
	/* While it owes a reply it keeps what it has inherited. */
	run_at(rq, t, t->ipc.caller ? MAX(t->prio, prio) : prio);
	raw_spin_unlock(&rq->lock);
	local_irq_restore(flags);
}

void task_inherit_prio(struct task *t, u8 prio)
{
	irqflags_t flags = local_irq_save();
	struct rq *rq = task_rq_lock(t);

	run_at(rq, t, MAX(t->prio, prio));
	raw_spin_unlock(&rq->lock);
	local_irq_restore(flags);
}

void task_drop_prio(struct task *t)
{
	irqflags_t flags = local_irq_save();
	struct rq *rq = task_rq_lock(t);

	run_at(rq, t, t->base_prio);
	raw_spin_unlock(&rq->lock);
	local_irq_restore(flags);
}

int task_set_affinity(struct task *t, cpumask_t mask)
{
	irqflags_t flags;
	bool move = false;
	struct rq *rq;
	u32 cpu;

	mask &= CPU_MASK_ALL;
	if (!(mask & READ_ONCE(sched_cpus)))
		return -EINVAL;
	flags = local_irq_save();
	rq = task_rq_lock(t);
	t->affinity = mask;
	cpu = t->ti.cpu;
	if (!(mask & cpu_bit(cpu))) {
		if (t == rq->curr) {
			resched_cpu(rq); /* it moves when it is switched out */
		} else if (t->on_rq) {
			rq_dequeue(rq, t);
			move = true;
		} else { /* asleep: when it wakes, and not by the fast path of IPC */
			t->ipc_slow = 1;
		}
	}
	raw_spin_unlock(&rq->lock);
	if (move)
		task_place(t, balance_choose_cpu(t, cpu));
	local_irq_restore(flags);
	if (t == current && !(mask & cpu_bit(cpu)))
		schedule();
	return 0;
}
