/* SPDX-License-Identifier: MIT */
/*
 * What a thread does with its own mm: it lodges there of its own will, it changes to
 * another one; and what it may not do without one. lazy_test.c has the borrow.
 */
#include "core/extable.h"
#include "mm/region.h"
#include "sched/actor.h"
#include "sched/uaccess.h"

#define RW 3 /* PROT_READ | PROT_WRITE */

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
	ACTOR(a);
	struct mm *mm;

	if (!two_cpus())
		return;
	mm = mm_alloc("test", NULL);
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
	ACTOR(a);
	struct mm *mm = mm_alloc("test", NULL);

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
	for (int i = 0; i < 200; i++) {
		struct mm *next = mm_alloc("exec", NULL);

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
	ACTOR(a);
	struct mm *mm;

	if (!two_cpus())
		return;
	mm = mm_alloc("test", NULL);
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
	struct mm *mm = mm_alloc("test", NULL);
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
	struct mm *mm = mm_alloc("test", NULL);
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
	ACTOR(a);
	struct mm *mm;
	vaddr_t page = 0x100000;

	if (!two_cpus())
		return;
	mm = mm_alloc("test", NULL);
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
