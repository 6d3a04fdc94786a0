/* SPDX-License-Identifier: MIT */
/*
 * The SLOT strategy: who keeps a dead address space, and for how long. CPU 1 is the
 * lodger; nothing else runs there. In a laboratory build the tests choose SLOT
 * themselves, otherwise they are skipped where another strategy is built in.
 */
#include "core/clock.h"
#include "core/smp.h"
#include "kernel/test.h"
#include "mm/lazy.h"
#include "sched/mm_check.h"
#include "sched/rq.h"

#define NEVER_NS (~0ULL)
/* What may pass at most until a deadline of 10 ms is seen on a busy host. */
#define PATIENCE_NS (5 * NSEC_PER_SEC)

static enum lazy_strategy was;
static u64 was_ns;

static bool begin(u64 deadline_ns)
{
	was = lazy_strategy();
	was_ns = lazy_zombie_ns;
	if (!cpu_online(1) || lazy_set_strategy(LAZY_SLOT)) {
		test_skip(cpu_online(1) ? "another strategy is built in" : "needs CPU 1");
		return false;
	}
	lazy_zombie_ns = deadline_ns;
	task_set_affinity(current, ~cpu_bit(1));
	return true;
}

static void end(void)
{
	lazy_zombie_ns = was_ns;
	lazy_set_strategy(was);
}

static void visit(void *arg)
{
	kthread_use_mm(arg);
	kthread_unuse_mm(arg);
}

/* CPU 1 loads mm; its idle thread lodges there afterwards. */
static bool visit_on_cpu1(struct mm *mm)
{
	struct task_params p = { .name = "visitor", .entry = visit, .arg = mm,
				 .affinity = cpu_bit(1) };
	struct task *t = task_create(&p);

	if (!t)
		return false;
	task_start(t);
	task_join(t);
	task_put(t);
	return true;
}

static bool is_there(u32 id)
{
	struct mm *mm = mm_find(id);

	if (mm)
		mmdrop(mm);
	return mm;
}

static u64 ipis(void)
{
	u64 n = 0;

	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		n += READ_ONCE(lazy_cpus[cpu].ipi_sent);
	return n;
}

/*
 * A switch on the CPU that was handed it ends it, without an interrupt. Seen failing
 * with slot_release left out of mmdrop_lazy_tlb (it lives to its deadline: an IPI)
 * and with slot_last_user that hands over nothing (freed while loaded: audit 12).
 */
TEST(slot, ended_by_the_next_switch)
{
	struct mm *mm, *other;
	bool made, ended, handed;
	u64 sent;
	u32 id;

	if (!begin(NEVER_NS))
		return;
	mm = mm_alloc("zombie", NULL);
	other = mm_alloc("other", NULL);
	EXPECT(mm && other);
	id = mm->id;
	made = visit_on_cpu1(mm);
	sent = ipis();
	mmput(mm);
	handed = READ_ONCE(lazy_cpus[1].slot.handed) == mm && is_there(id);
	made = visit_on_cpu1(other) && made;
	ended = !is_there(id);
	sent = ipis() - sent;
	mmput(other);
	end();
	EXPECT(made);
	EXPECT(handed);
	EXPECT(ended);
	EXPECT_EQ(sent, 0);
}

/* A CPU that stays is made to leave. Seen failing without lazyd's timer (it stays
 * for ever). */
TEST(slot, ended_by_its_deadline)
{
	struct mm *mm, *loaded;
	u64 start_ns;
	bool there = true;
	u32 id;

	if (!begin(10 * NSEC_PER_MSEC))
		return;
	mm = mm_alloc("zombie", NULL);
	EXPECT(mm);
	id = mm->id;
	EXPECT(visit_on_cpu1(mm));
	start_ns = clock_ns();
	mmput(mm);
	while (there && clock_ns() - start_ns < PATIENCE_NS) {
		task_sleep_ns(NSEC_PER_MSEC);
		there = is_there(id);
	}
	start_ns = clock_ns() - start_ns;
	loaded = READ_ONCE(lazy_cpus[1].slot.loaded);
	end();
	EXPECT(!there);
	EXPECT_LE(10 * NSEC_PER_MSEC, start_ns); /* and not before */
	EXPECT(loaded == &init_mm);
}

/*
 * When memory runs out, at once. Seen failing without lazy_reclaim in page_alloc.
 */
TEST(slot, ended_when_memory_is_short)
{
	struct list hoard = LIST_INIT(hoard);
	struct page *p;
	struct mm *mm;
	bool made, ended;
	u32 id;

	if (!begin(NEVER_NS))
		return;
	mm = mm_alloc("zombie", NULL);
	EXPECT(mm);
	id = mm->id;
	made = visit_on_cpu1(mm);
	mmput(mm);
	made = made && is_there(id);
	while ((p = page_alloc(MAX_ORDER, PAGE_KERNEL)) != NULL)
		list_add(&hoard, &p->node);
	ended = !is_there(id);
	while (!list_empty(&hoard)) {
		p = list_first(&hoard, struct page, node);
		list_del(&p->node);
		page_free(p);
	}
	end();
	EXPECT(made);
	EXPECT(ended);
}

/* ---- the steps by themselves, on a slot of nobody ---- */

/*
 * A gift that comes late finds or becomes the one that is given back; what is loaded
 * is kept. Seen failing with handover_give that looks at the slot only once.
 */
TEST(slot, gifts_that_cross)
{
	struct mm *a = mm_alloc("a", NULL), *b = mm_alloc("b", NULL);
	struct lazy_slot s = { .loaded = NULL };

	EXPECT(a && b);
	slot_store(&s, a);
	EXPECT(handover_give(&s, a) == NULL);
	EXPECT(s.handed == a);
	EXPECT(!handover_revoke(&s, a)); /* it is loaded */
	slot_store(&s, b); /* the CPU goes on and looks too early */
	EXPECT(handover_give(&s, b) == a);
	EXPECT(s.handed == b);
	/* One that read the slot before all that: */
	EXPECT(handover_give(&s, a) == a);
	EXPECT(s.handed == b);
	s.handed = a; /* as if its exchange had come before the other's look */
	EXPECT(handover_give(&s, b) == a);
	EXPECT(s.handed == b);
	slot_store(&s, &init_mm);
	EXPECT(!handover_revoke(&s, a));
	EXPECT(handover_revoke(&s, b));
	EXPECT(handover_take(&s) == NULL);
	s.handed = b;
	EXPECT(handover_take(&s) == b && s.handed == NULL);
	mmput(a);
	mmput(b);
}

/* ---- the laboratory ---- */

/* From each strategy to each, while CPU 1 lodges in an mm that lives and in one that
 * dies under the next rule; the audits at the end of the test look at every count.
 * Seen failing without the lodgers of init_mm counted over (audit 4). */
TEST(slot, any_strategy_after_any)
{
	enum lazy_strategy before = lazy_strategy();
	bool ok = CONFIG_MMU_LAZY_TLB_LAB;

	if (!cpu_online(1) || !ok) {
		test_skip("not a laboratory build");
		return;
	}
	for (unsigned int from = 0; from < NR_LAZY_STRATEGIES; from++)
		for (unsigned int to = 0; to < NR_LAZY_STRATEGIES; to++) {
			struct mm *mm = mm_alloc("lives", NULL), *dies = mm_alloc("dies", NULL);

			ok = ok && lazy_set_strategy(from) == 0 && mm && dies &&
			     visit_on_cpu1(dies) && visit_on_cpu1(mm);
			if (dies)
				mmput(dies);
			ok = ok && lazy_set_strategy(to) == 0 && visit_on_cpu1(mm) &&
			     mm_check() == 0;
			if (mm)
				mmput(mm);
			ok = ok && mm_check() == 0;
		}
	lazy_set_strategy(before);
	EXPECT(ok);
}
