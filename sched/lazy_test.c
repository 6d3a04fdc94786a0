/* SPDX-License-Identifier: MIT */
/*
 * The scheme of docs/lazy-mm.md, step by step. Real users are kernel threads that
 * took an address space with kthread_use_mm: to the switch they are the same.
 * Each comment says how its test was seen failing.
 */
#include "core/clock.h"
#include "core/extable.h"
#include "core/smp.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "mm/lazy.h"
#include "mm/region.h"
#include "sched/mm_check.h"
#include "sched/uaccess.h"
#include "sched/wait.h"

#define ROUNDS 50
#define RW 3 /* PROT_READ | PROT_WRITE */

/* One side of a two-thread play on given CPUs. */
struct actor {
	void (*play)(struct actor *a);
	struct mm *mm;
	struct actor *other;
	struct wait_queue queue;
	u32 stage;	    /* [a] how far it has come */
	u32 go;		    /* [a] how far it may go */
	struct task *task;
	u64 value[4];
	int err;
};

static void reach(struct actor *a, u32 stage)
{
	smp_store_release(&a->stage, stage);
	wait_wake_all(&a->queue);
}

static void await(struct actor *a, u32 stage)
{
	wait_event_uninterruptible(&a->queue, smp_load_acquire(&a->stage) >= stage,
				   "test");
}

static void actor_main(void *arg)
{
	struct actor *a = arg;

	a->play(a);
	reach(a, ~0U);
}

static int actor_start(struct actor *a, u32 cpu, void (*play)(struct actor *),
		       struct mm *mm)
{
	struct task_params p = { .name = "actor", .entry = actor_main, .arg = a,
				 .affinity = cpu_bit(cpu) };

	a->play = play;
	a->mm = mm;
	wait_queue_init(&a->queue);
	a->task = task_create(&p);
	if (!a->task)
		return -ENOMEM;
	task_start(a->task);
	return 0;
}

static void actor_join(struct actor *a)
{
	task_join(a->task);
	task_put(a->task);
}

static u64 read_lazy(u32 cpu, u64 offset)
{
	return READ_ONCE(*(u64 *)((u8 *)&lazy_cpus[cpu] + offset));
}
#define COUNTER(cpu, field) read_lazy(cpu, offsetof(struct lazy_cpu, field))

static bool two_cpus(void)
{
	if (cpu_online(1) && cpu_online(2))
		return true;
	test_skip("needs CPUs 1 and 2");
	return false;
}

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
	struct actor user = { .other = NULL }, kernel = { .other = NULL };
	struct mm *mm;

	if (!two_cpus())
		return;
	mm = mm_alloc("test");
	EXPECT(mm);
	user.other = &kernel;
	wait_queue_init(&kernel.queue);
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
	struct mm *mm = mm_alloc("test");
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
	struct actor lodger = { .other = NULL };
	struct mm *mm = mm_alloc("test");
	u64 zombies = lazy_totals.zombies_created, page = 0x100000, pages, rss = 0;
	struct mm *zombie, *next = mm_alloc("next");
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
	struct actor a = { .other = NULL };
	struct mm *mm, *zombie, *loaded;
	unsigned int findings;
	u32 id;

	if (!two_cpus())
		return;
	mm = mm_alloc("test");
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

/* ---- voluntary lodging ---- */

static void voluntary(struct actor *a)
{
	kthread_use_mm(a->mm);
	start_lazy_tlb();
	a->err |= current->mm != NULL;
	start_lazy_tlb(); /* nested */
	task_set_affinity(current, cpu_bit(2)); /* and migrated */
	sched_yield();
	a->err |= cpu_id() != 2;
	end_lazy_tlb();
	a->err |= current->mm != NULL;
	a->err |= atomic_read(&a->mm->mm_users) != 2;
	task_sleep_ns(NSEC_PER_MSEC);
	end_lazy_tlb();
	a->err |= current->mm != a->mm || current->active_mm != a->mm;
	a->err |= ttbr0_read().base != a->mm->pgd;
	kthread_unuse_mm(a->mm);
}

/*
 * Invariant 21. Seen failing with end_lazy_tlb that trusts TTBR0 to hold what it
 * left, with the drop left out of it (the audit's invariant 4), with the mm_users
 * given back by start_lazy_tlb, and with a start or an end that does not count how
 * deep it is (a panic: it goes on without its mm).
 */
TEST(lazy, voluntary_lodging_nests_and_migrates)
{
	struct actor a = { .other = NULL };
	struct mm *mm;

	if (!two_cpus())
		return;
	mm = mm_alloc("test");
	EXPECT(mm);
	EXPECT_EQ(actor_start(&a, 1, voluntary, mm), 0);
	actor_join(&a);
	EXPECT_EQ(a.err, 0);
	EXPECT_EQ(atomic_read(&mm->mm_users), 1);
	mmput(mm);
}

static void die_lodging(struct actor *a)
{
	kthread_use_mm(a->mm);
	start_lazy_tlb();
	task_exit();
}

/* The borrow and the saved user both come back. Seen failing with exit_mm that
 * looks at current->mm only, and with the mm_users given back by start_lazy_tlb. */
TEST(lazy, death_while_lodging_voluntarily)
{
	struct actor a = { .other = NULL };
	struct mm *mm = mm_alloc("test");

	EXPECT(mm);
	EXPECT_EQ(actor_start(&a, 0, die_lodging, mm), 0);
	actor_join(&a);
	EXPECT_EQ(atomic_read(&mm->mm_users), 1);
	mmput(mm);
}

/* ---- exec ---- */

static void exec_often(struct actor *a)
{
	kthread_use_mm(a->mm);
	for (int i = 0; i < 4 * ROUNDS; i++) {
		struct mm *next = mm_alloc("exec");

		if (!next) {
			a->err = -ENOMEM;
			break;
		}
		exec_mm(next);
		a->err |= current->mm != next || current->active_mm != next ||
			  ttbr0_read().base != next->pgd;
		if (i % 4 == 0)
			sched_yield();
	}
	a->mm = current->mm;
	kthread_unuse_mm(a->mm);
}

/* In an interrupt, wherever it hit: mm, active_mm and TTBR0 agree. */
static void look(void *arg)
{
	const struct task *t = current;
	const struct mm *mm = t->active_mm;

	if (!mm || (t->mm && t->mm != mm) || ttbr0_read().base != mm->pgd)
		((struct actor *)arg)->value[0]++;
}

/* Invariants 2 and 20. Seen failing with switch_mm left out of exec_mm, with the old
 * mm not put, and with IRQs on for a moment behind the store to mm. */
TEST(lazy, exec_changes_all_three)
{
	struct actor a = { .other = NULL };
	struct mm *mm;

	if (!two_cpus())
		return;
	mm = mm_alloc("test");
	EXPECT(mm);
	EXPECT_EQ(task_set_affinity(current, cpu_bit(0)), 0);
	EXPECT_EQ(actor_start(&a, 1, exec_often, mm), 0);
	while (smp_load_acquire(&a.stage) != ~0U)
		smp_call(cpu_bit(1), look, &a);
	actor_join(&a);
	EXPECT_EQ(a.err, 0);
	EXPECT_EQ(a.value[0], 0);
	EXPECT_EQ(atomic_read(&mm->mm_users), 1);
	mmput(mm);
}

/* ---- what an anonymous thread may not ---- */

/* Invariant 17. Seen failing with the test for current->mm left out of either copy,
 * which then succeeds through the borrowed table. */
TEST(lazy, anonymous_threads_have_no_user_memory)
{
	struct mm *mm = mm_alloc("test");
	vaddr_t page = 0x100000;
	u64 word = 0;

	EXPECT(mm);
	EXPECT_EQ(mm_map_anon(mm, &page, PAGE_SIZE, RW), 0);
	kthread_use_mm(mm);
	EXPECT_EQ(copy_to_user(page, &word, sizeof(word)), 0);
	EXPECT_EQ(copy_from_user(&word, page, sizeof(word)), 0);
	kthread_unuse_mm(mm);
	EXPECT_EQ(copy_to_user(page, &word, sizeof(word)), -EFAULT);
	EXPECT_EQ(copy_from_user(&word, page, sizeof(word)), -EFAULT);
	mmput(mm);
}

/* Invariant 17. Seen failing with CONFIG_BUG=fault_fills_borrowed: the fault of a
 * thread that merely lodges gets a page for it. */
TEST(lazy, faults_of_a_lodger_fill_nothing)
{
	struct mm *mm = mm_alloc("test");
	vaddr_t page = 0x100000;
	u32 word = 0;
	int err;

	EXPECT(mm);
	EXPECT_EQ(mm_map_anon(mm, &page, PAGE_SIZE, RW), 0);
	kthread_use_mm(mm);
	kthread_unuse_mm(mm);
	err = probe_read32(page, &word);
	EXPECT_EQ(err, -EFAULT);
	EXPECT_EQ(mm->rss_pages, 0);
	mmput(mm);
}

static void touch(struct actor *a)
{
	u32 word = 0;

	kthread_use_mm(a->mm);
	a->err = copy_to_user(0x100000, &word, sizeof(word));
	kthread_unuse_mm(a->mm);
	preempt_disable(); /* lodging, with the page in the TLB */
	a->value[0] = (u64)probe_read32(0x100000, &word);
	smp_store_release(&a->stage, 1);
	while (smp_load_acquire(&a->go) < 1)
		cpu_yield_hint();
	a->value[1] = (u64)probe_read32(0x100000, &word);
	preempt_enable();
}

/*
 * Invariants 11, 17 and 27. A lodger's stray access succeeds in silence as long as the
 * page is there, which is why DEBUG_LAZY_EPD0 exists; when the last user has gone it
 * faults, because the broadcast TLBI reached the lodger. Seen failing without the
 * tlb_flush_mm in user_tables_free.
 */
TEST(lazy, teardown_reaches_the_lodger)
{
	bool hidden = CONFIG_DEBUG_LAZY_EPD0 || lazy_strategy() == LAZY_EAGER;
	struct actor a = { .other = NULL };
	struct mm *mm;
	vaddr_t page = 0x100000;

	if (!two_cpus())
		return;
	mm = mm_alloc("test");
	EXPECT(mm);
	EXPECT_EQ(mm_map_anon(mm, &page, PAGE_SIZE, RW), 0);
	EXPECT_EQ(task_set_affinity(current, cpu_bit(0)), 0);
	EXPECT_EQ(actor_start(&a, 1, touch, mm), 0);
	while (smp_load_acquire(&a.stage) < 1)
		sched_yield();
	mmput(mm);
	smp_store_release(&a.go, 1);
	actor_join(&a);
	EXPECT_EQ(a.err, 0);
	EXPECT_EQ(a.value[0], hidden ? (u64)-EFAULT : 0);
	EXPECT_EQ(a.value[1], (u64)-EFAULT);
}

/*
 * Invariant 1: many borrow it, nobody kills it. Seen failing with an mm_count of
 * init_mm that starts at 0 (with REFCOUNT borrowers hide that from the test, not from
 * the audit behind it). An unbalanced drop in sched_start_cpu does not come as far as
 * this: __mmdrop panics at boot, or at the first test.
 */
TEST(lazy, init_mm_stays)
{
	EXPECT(atomic_read(&init_mm.mm_users) > 0);
	EXPECT(atomic_read(&init_mm.mm_count) > 0);
	EXPECT_EQ(mm_find(0), &init_mm);
	mmdrop(&init_mm);
}
