/* SPDX-License-Identifier: MIT */
/*
 * The scheme of docs/lazy-mm.md, step by step: the borrow, what it counts, and the end
 * of an address space in which somebody lodges. Real users are kernel threads that
 * took an address space with kthread_use_mm: to the switch they are the same.
 * Each comment says how its test was seen failing.
 */
#include "mm/region.h"
#include "sched/actor.h"
#include "sched/mm_check.h"

#define ROUNDS 50
#define RW 3 /* PROT_READ | PROT_WRITE */

static u64 read_lazy(u32 cpu, u64 offset)
{
	return READ_ONCE(*(u64 *)((u8 *)&lazy_cpus[cpu] + offset));
}
#define COUNTER(cpu, field) read_lazy(cpu, offsetof(struct lazy_cpu, field))

/* ---- user -> kernel -> same user ---- */

static void yield_often(struct actor *a)
{
	for (int i = 0; i < ROUNDS; i++)
		sched_yield();
}

static void use_and_yield(struct actor *a)
{
	u32 cpu = cpu_id();

	kthread_use_mm(a->mm);
	await(a->other, 1);
	sched_yield();
	a->value[0] = COUNTER(cpu, ttbr0_writes);
	a->value[1] = COUNTER(cpu, tlbi_all);
	a->value[2] = COUNTER(cpu, switch_uk);
	for (int i = 0; i < ROUNDS; i++) {
		sched_yield();
		/* We run here, so the other one does not; nor does it borrow. */
		a->err |= a->other->task->active_mm != NULL;
	}
	a->value[0] = COUNTER(cpu, ttbr0_writes) - a->value[0];
	a->value[1] = COUNTER(cpu, tlbi_all) - a->value[1];
	a->value[2] = COUNTER(cpu, switch_uk) - a->value[2];
	kthread_unuse_mm(a->mm);
}

static void ready_and_yield(struct actor *a)
{
	reach(a, 1);
	yield_often(a);
	yield_often(a);
}

/* Invariants 3 and 6; two writes for each visit if nobody lodges. Seen failing with
 * switch_mm called on every kernel -> user, with TTBR0 moved to init_mm and back on
 * user -> kernel, and with active_mm left set in the lodger on kernel -> user. */
TEST(lazy, same_user_costs_no_ttbr0_write)
{
	ACTOR(user);
	ACTOR(kernel);
	struct mm *mm;

	if (!two_cpus())
		return;
	mm = mm_alloc("test", NULL);
	EXPECT(mm);
	user.other = &kernel;
	EXPECT_EQ(actor_start(&user, 1, use_and_yield, mm), 0);
	EXPECT_EQ(actor_start(&kernel, 1, ready_and_yield, NULL), 0);
	actor_join(&user);
	actor_join(&kernel);
	mmput(mm);
	EXPECT_EQ(user.value[0],
		  lazy_strategy() == LAZY_EAGER ? 2 * user.value[2] : 0);
	EXPECT_EQ(user.value[1], 0); /* TLBIs */
	EXPECT(user.value[2] > 0);   /* it did lodge in between */
	EXPECT_EQ(user.err, 0);
}

/* ---- counts ---- */

/*
 * Invariants 4, 5, 9 and 19. Seen failing with the grab left out of become_lazy (a
 * panic: init_mm is freed), with the drop left out of kthread_use_mm, always or only
 * where mm is borrowed already, and with a grab at kernel -> kernel (the audit's
 * invariant 4).
 */
TEST(lazy, counts_follow_the_borrow)
{
	struct mm *mm = mm_alloc("test", NULL);
	s32 lazy = lazy_borrow_counts(), count;
	irqflags_t flags;
	bool same, loaded;

	EXPECT(mm);
	EXPECT_EQ(atomic_read(&mm->mm_users), 1);
	EXPECT_EQ(atomic_read(&mm->mm_count), 1);
	kthread_use_mm(mm);
	EXPECT_EQ(atomic_read(&mm->mm_users), 2);
	EXPECT_EQ(atomic_read(&mm->mm_count), 1);
	EXPECT(current->mm == mm && current->active_mm == mm);
	EXPECT_EQ(ttbr0_read().base, mm->pgd);

	kthread_unuse_mm(mm);
	flags = local_irq_save();
	/* Not switched meanwhile: then the borrow is ours, and counted. */
	same = current->mm == NULL && current->active_mm == mm;
	loaded = ttbr0_read().base == mm->pgd;
	count = atomic_read(&mm->mm_count);
	local_irq_restore(flags);
	EXPECT(current->mm == NULL);
	if (same) {
		EXPECT(loaded);
		EXPECT_EQ(count, 1 + lazy);
	}
	EXPECT_EQ(atomic_read(&mm->mm_users), 1);

	/* Taking what is borrowed already, many times: balanced (19). */
	for (int i = 0; i < ROUNDS; i++) {
		kthread_use_mm(mm);
		if (i % 3 == 0)
			sched_yield();
		kthread_unuse_mm(mm);
	}
	EXPECT_EQ(atomic_read(&mm->mm_users), 1);
	mmput(mm);
}

/* ---- exit elsewhere ---- */

/* Lodges in mm on its CPU: an anonymous thread that does not let go of the CPU. */
static void lodge(struct actor *a)
{
	kthread_use_mm(a->mm);
	kthread_unuse_mm(a->mm);
	preempt_disable();
	a->value[0] = ttbr0_read().base;
	smp_store_release(&a->stage, 1);
	while (smp_load_acquire(&a->go) < 1)
		cpu_yield_hint();
	a->value[1] = ttbr0_read().base;
	a->value[2] = (u64)current->active_mm;
	preempt_enable();
}

/*
 * Invariants 8 and 26. Seen failing, with REFCOUNT, with the root freed at
 * mm_users == 0 (a panic: freed twice), with exit_mmap put off to __mmdrop, and with
 * mmget_not_zero that does not look (a panic); with SHOOTDOWN, without the IPI; with
 * SLOT, without the hand-over.
 */
static void last_user_goes(bool by_exec)
{
	ACTOR(lodger);
	struct mm *mm = mm_alloc("test", NULL);
	u64 zombies = lazy_totals.zombies_created, page = 0x100000, pages, rss = 0;
	struct mm *zombie, *next = mm_alloc("next", NULL);
	bool dead = false;
	paddr_t pgd;
	u32 id;

	EXPECT(mm && next);
	EXPECT_EQ(mm_map_anon(mm, &page, PAGE_SIZE, RW), 0);
	EXPECT_EQ(mm_handle_fault(mm, page, FAULT_WRITE), 0);
	EXPECT_EQ(mm->rss_pages, 1);
	id = mm->id;
	/* Not on CPU 1 ourselves: lodge does not let anyone else run there. */
	EXPECT_EQ(task_set_affinity(current, cpu_bit(0)), 0);
	EXPECT_EQ(actor_start(&lodger, 1, lodge, mm), 0);
	while (smp_load_acquire(&lodger.stage) < 1)
		sched_yield();
	pgd = mm->pgd;
	if (by_exec) {
		kthread_use_mm(mm);
		mmput(mm);
	}
	pages = page_free_count();
	/* The last user, here; the borrower is on CPU 1. */
	if (by_exec)
		exec_mm(next);
	else
		mmput(mm);
	pages = page_free_count() - pages;
	zombie = mm_find(id);
	if (zombie) {
		rss = zombie->rss_pages;
		dead = !mmget_not_zero(zombie); /* 26 */
		mmdrop(zombie);
	}
	smp_store_release(&lodger.go, 1);
	actor_join(&lodger);
	if (by_exec)
		kthread_unuse_mm(next);
	else
		mmput(next);

	EXPECT_LT(0, pages); /* user pages went at once */
	EXPECT_EQ(lodger.value[0],
		  lazy_strategy() == LAZY_EAGER ? init_mm.pgd : pgd);
	if (lazy_makes_zombies())
		EXPECT_LT(zombies, lazy_totals.zombies_created);
	/* With SLOT it may be over already, if this took longer than the deadline. */
	if (lazy_borrow_counts() || (lazy_makes_zombies() && zombie)) {
		EXPECT(zombie == mm && dead);
		EXPECT_EQ(rss, 0);
	} else {
		EXPECT(zombie == NULL);
	}
	if (lazy_borrow_counts()) {
		EXPECT_EQ(lodger.value[1], pgd); /* the root outlived them */
	} else if (!lazy_makes_zombies() || lodger.value[1] != pgd) {
		EXPECT_EQ(lodger.value[1], init_mm.pgd);
		EXPECT_EQ(lodger.value[2], (u64)&init_mm);
	}
}

TEST(lazy, exit_on_another_cpu)
{
	if (two_cpus())
		last_user_goes(false);
}

/* The same, where the last user goes to another program. Seen failing, with SHOOTDOWN,
 * without the IPI; with the old mm not put by exec_mm. */
TEST(lazy, exec_on_another_cpu)
{
	if (two_cpus())
		last_user_goes(true);
}

static void die_owning(struct actor *a)
{
	kthread_use_mm(a->mm);
	reach(a, 1);
	while (!smp_load_acquire(&a->go))
		sched_yield();
	task_exit();
}

/*
 * Invariant 9, by the mm's last user. Seen failing with the mmput before the grab, or
 * no grab (both panic: freed twice, or init_mm freed), and, with SHOOTDOWN, with
 * shootdown_before_free that forgets its own CPU.
 */
TEST(lazy, last_user_exits)
{
	ACTOR(a);
	struct mm *mm, *zombie, *loaded;
	unsigned int findings;
	u32 id;

	if (!two_cpus())
		return;
	mm = mm_alloc("test", NULL);
	EXPECT(mm);
	id = mm->id;
	EXPECT_EQ(actor_start(&a, 1, die_owning, mm), 0);
	await(&a, 1);
	mmput(mm); /* now it is the actor's alone */
	smp_store_release(&a.go, 1);
	actor_join(&a);
	loaded = READ_ONCE(lazy_cpus[1].slot.loaded); /* CPU 1 idles on it */
	findings = mm_check();
	zombie = mm_find(id);
	if (zombie)
		mmdrop(zombie);
	EXPECT_EQ(findings, 0);
	/* With SLOT until the deadline only, and that may have passed. */
	if (lazy_borrow_counts())
		EXPECT(zombie == mm && loaded == mm);
	else if (lazy_makes_zombies())
		EXPECT(!zombie || loaded == mm);
	else
		EXPECT(zombie == NULL && loaded == &init_mm);
}
