/* SPDX-License-Identifier: MIT */
/*
 * Everything but the context switch that changes what a thread's address space is:
 * leaving it for good, doing without it for a while, borrowing one for real.
 *
 * Each changes mm, active_mm and TTBR0 with IRQs off, so that neither a switch nor
 * mm_check sees them apart.
 */
#include "arm64/irqflags.h"
#include "core/clock.h"
#include "core/smp.h"
#include "kernel/bug.h"
#include "mm/lazy.h"
#include "mm/race.h"
#include "sched/rq.h"

/* Anonymous, IRQs off: leave what is borrowed, if anything. */
static void lodge_in_init_mm(void)
{
	struct task *t = current;
	struct mm *borrowed = t->active_mm;

	if (borrowed == &init_mm)
		return;
	mmgrab_lazy_tlb(&init_mm);
	t->active_mm = &init_mm;
	switch_mm_other(&init_mm);
	this_lazy_cpu()->lazy_since_ticks = read_sysreg(cntvct_el0);
	mmdrop_lazy_tlb(borrowed);
}

/* See mm/lazy.h: the shootdown's question to this CPU. IRQs off. */
static bool leave_borrowed(struct mm *mm)
{
	struct task *t = current;

	ASSERT(irqs_disabled());
	if (t->mm || t->active_mm != mm)
		return false;
	RACE(evicted, mm);
	lodge_in_init_mm();
	return true;
}

void lazy_sched_init(void)
{
	lazy_leave_fn = leave_borrowed;
}

/* From real to lazy, on the same mm if the strategy lodges; the caller keeps the
 * mm_users. IRQs off. */
static struct mm *become_lazy(struct task *t)
{
	struct mm *mm = t->mm;

	t->active_mm = enter_lazy_tlb(mm);
	RACE(become_lazy, mm);
	t->mm = NULL;
	this_lazy_cpu()->lazy_since_ticks = read_sysreg(cntvct_el0);
	return mm;
}

/* From lazy to real; consumes an mm_users of mm. Returns what was borrowed, to
 * be dropped by the caller. IRQs off. */
static struct mm *become_real(struct task *t, struct mm *mm)
{
	struct mm *borrowed = t->active_mm;

	t->mm = mm;
	t->active_mm = mm;
	RACE(become_real, mm);
	if (borrowed != mm)
		switch_mm_other(mm);
	else
		lazy_reveal(mm);
	this_lazy_cpu()->lazy_since_ticks = 0;
	return borrowed;
}

/* Invariant 9: grab, mm = NULL, mmput. The borrow travels to whoever runs next. */
void exit_mm(void)
{
	struct task *t = current;
	irqflags_t flags;
	struct mm *mm;

	if (t->lazy_depth) { /* dying in a voluntary lodging */
		ASSERT(!t->mm);
		mm = t->lazy_saved_mm;
		t->lazy_saved_mm = NULL;
		t->lazy_depth = 0;
		mmput(mm);
		return;
	}
	if (!t->mm) /* anonymous, or it has left already */
		return;
	flags = local_irq_save();
	mm = become_lazy(t);
	local_irq_restore(flags);
	mmput(mm);
}

/*
 * A real thread does without user memory. It keeps its mm_users in lazy_saved_mm,
 * so the mm stays whole, and is scheduled like an anonymous thread.
 */
void start_lazy_tlb(void)
{
	struct task *t = current;
	irqflags_t flags;

	ASSERT(t->mm || t->lazy_depth);
	if (t->lazy_depth++)
		return;
	flags = local_irq_save();
	t->lazy_saved_mm = become_lazy(t);
	this_lazy_cpu()->voluntary++;
	local_irq_restore(flags);
}

void end_lazy_tlb(void)
{
	struct task *t = current;
	struct mm *borrowed;
	irqflags_t flags;

	ASSERT(t->lazy_depth && !t->mm);
	if (--t->lazy_depth)
		return;
	flags = local_irq_save();
	borrowed = become_real(t, t->lazy_saved_mm);
	t->lazy_saved_mm = NULL;
	mmdrop_lazy_tlb(borrowed);
	local_irq_restore(flags);
}

/* The caller holds an mm_users of mm and keeps it; we take another. */
void kthread_use_mm(struct mm *mm)
{
	struct task *t = current;
	struct mm *borrowed;
	irqflags_t flags;

	ASSERT(!t->mm && !t->is_user);
	mmget(mm);
	flags = local_irq_save();
	borrowed = become_real(t, mm);
	mmdrop_lazy_tlb(borrowed);
	local_irq_restore(flags);
}

void kthread_unuse_mm(struct mm *mm)
{
	struct task *t = current;
	irqflags_t flags;

	ASSERT(t->mm == mm && !t->is_user);
	flags = local_irq_save();
	become_lazy(t);
	local_irq_restore(flags);
	mmput(mm);
}

/* Invariant 20: mm, active_mm and TTBR0 change in one IRQ-off section. */
void exec_mm(struct mm *new_mm)
{
	struct task *t = current;
	irqflags_t flags = local_irq_save();
	struct mm *old = t->mm;

	ASSERT(old && !t->lazy_depth);
	if (BUG(exec_irqs_on))
		local_irq_restore(flags);
	t->mm = new_mm;
	t->active_mm = new_mm;
	RACE(exec, old);
	if (BUG(exec_irqs_on)) {
		clock_delay_us(20);
		flags = local_irq_save();
	}
	switch_mm_other(new_mm);
	local_irq_restore(flags);
	mmput(old);
}

void lazy_settle_cpu(void)
{
	ASSERT(irqs_disabled());
	if (!current->mm)
		lodge_in_init_mm();
	mmdrop_stale();
}

static void quiesce(void *arg)
{
	lazy_settle_cpu();
}

void lazy_quiesce(void)
{
	smp_call(CPU_MASK_ALL, quiesce, NULL);
}
