/* SPDX-License-Identifier: MIT */
/*
 * The audits of the scheme: stop the machine, compare what every thread and every
 * CPU's register say with what the rules say. The numbers are the invariants of
 * docs/lazy-mm.md.
 *
 * smp_freeze stops each CPU where it has interrupts on, so everything that is
 * changed with interrupts off is consistent here, and no lock that is only held
 * with interrupts off is held.
 */
#include "core/audit.h"
#include "core/clock.h"
#include "core/smp.h"
#include "mm/lazy.h"
#include "sched/rq.h"
#include "sched/mm_check.h"
#include "sched/wait.h"


static u64 ttbr0_of[NR_CPUS];

static void read_ttbr0(void *arg)
{
	ttbr0_of[cpu_id()] = read_sysreg(ttbr0_el1);
}

/* ---- in the stopped machine ---- */

static unsigned int wrong;

#define CHECK(cond, ...)                                                   \
	do {                                                               \
		if (!(cond)) {                                             \
			wrong++;                                           \
			audit_report(__VA_ARGS__);                         \
		}                                                          \
	} while (0)

static void check_tasks(void)
{
	struct task *t;

	list_for_each(t, &task_list, all) {
		bool running = READ_ONCE(runqueues[t->ti.cpu].curr) == t;

		CHECK(t->mm != &init_mm, "1: %s/%u has init_mm as its own", t->name,
		      t->id);
		CHECK(!t->mm || t->active_mm == t->mm,
		      "2: %s/%u: active_mm is not its mm", t->name, t->id);
		if (t->mm)
			CHECK(atomic_read(&t->mm->mm_users) > 0,
			      "26: %s/%u runs on a dead mm", t->name, t->id);
		else if (running)
			CHECK(t->active_mm, "3: %s/%u runs on no mm", t->name, t->id);
		else
			CHECK(!t->active_mm, "3: %s/%u borrows while off its CPU",
			      t->name, t->id);
	}
}

static void check_cpus(void)
{
	for_each_online_cpu(cpu) {
		const struct task *t = runqueues[cpu].curr;
		const struct mm *mm = t->active_mm;
		paddr_t base = ttbr0_of[cpu] & TTBR_BADDR_MASK;
		u32 asid = (u32)(ttbr0_of[cpu] >> TTBR_ASID_SHIFT);

		if (!mm)
			continue; /* reported above */
		CHECK(base == mm->pgd,
		      "CPU %u: TTBR0 0x%llx, active_mm mm%u has its root at 0x%llx",
		      cpu, (unsigned long long)base, mm->id,
		      (unsigned long long)mm->pgd);
		CHECK(t->mm || mm == &init_mm || lazy_strategy() != LAZY_EAGER,
		      "CPU %u lodges in mm%u: nobody should", cpu, mm->id);
		CHECK(lazy_cpus[cpu].slot.loaded == mm, "CPU %u: loaded is not active_mm",
		      cpu);
		CHECK(asid_belongs_to_cpu(cpu, asid),
		      "14: CPU %u carries ASID %u, which is not reserved for it", cpu,
		      asid);
		CHECK(mm_known_frozen(mm) && (atomic_read(&mm->mm_count) > 0 ||
				       lazy_strategy() == LAZY_SHOOTDOWN),
		      "12: CPU %u has a freed mm loaded", cpu);
	}
}

/* One that is off has left everything before it left the mask. */
static void check_cpus_off(void)
{
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		CHECK(cpu_online(cpu) || lazy_cpus[cpu].slot.loaded == &init_mm,
		      "22: CPU %u is off and has an address space loaded", cpu);
}

static void forget(struct mm *mm, void *arg)
{
	mm->tally = (struct mm_tally){ 0 };
}

/* Who holds what, in one pass: the machine stands still meanwhile. */
static void count_holders(void)
{
	struct task *t;

	mm_for_each_frozen(forget, NULL);
	list_for_each(t, &task_list, all) {
		struct mm *real = t->mm ? t->mm : t->lazy_saved_mm;

		if (real && mm_known_frozen(real))
			real->tally.real++;
		if (!t->mm && t->active_mm && mm_known_frozen(t->active_mm))
			t->active_mm->tally.lazy++;
	}
	for_each_online_cpu(cpu) { /* parked: to be dropped by who comes next */
		struct mm *mm = runqueues[cpu].prev_mm;

		if (mm && mm_known_frozen(mm))
			mm->tally.lazy++;
	}
}

static void check_mm(struct mm *mm, void *arg)
{
	struct mm_tally n = mm->tally;
	s32 users = atomic_read(&mm->mm_users), count = atomic_read(&mm->mm_count);
	s32 expected = (s32)atomic_read(&mm->pins);

	/* The users' one is held until exit_mmap is done (mmput). */
	if (users > 0 || mm->dead_ns == 0)
		expected++;
	if (lazy_borrow_counts())
		expected += (s32)n.lazy;
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) /* none unless handed over */
		expected += lazy_cpus[cpu].slot.handed == mm;
	if (mm == &init_mm)
		CHECK(users > 0 && count > 0, "1: init_mm has %d users, count %d",
		      users, count);
	CHECK(users >= (s32)n.real, "mm%u: mm_users %d, but %u threads use it",
	      mm->id, users, n.real);
	/* Zero: being freed right now by someone we stopped. */
	CHECK(count == expected || count == 0,
	      "4: mm%u: mm_count %d, expected %d (users %d, %u lazy, %d pins)",
	      mm->id, count, expected, users, n.lazy, (s32)atomic_read(&mm->pins));
}

static void check_frozen(void *arg)
{
	read_ttbr0(NULL);
	check_tasks();
	check_cpus();
	check_cpus_off();
	count_holders();
	mm_for_each_frozen(check_mm, NULL);
}

static unsigned int mm_check_asids(void)
{
	unsigned int n = asid_check();

	if (n)
		audit_report("14: %u ASIDs are loaded but not taken", n);
	return n;
}

unsigned int mm_check(void)
{
	static struct mutex one_at_a_time = MUTEX_INIT(one_at_a_time);
	unsigned int n;

	mutex_lock(&one_at_a_time);
	wrong = 0;
	smp_freeze_with(read_ttbr0, check_frozen, NULL);
	n = wrong + mm_check_asids();
	mutex_unlock(&one_at_a_time);
	return n;
}

struct audit mm_audit = { .name = "mm", .run = mm_check };

/* ---- run queues ---- */

static unsigned int rq_check(void)
{
	unsigned int bad = 0;

	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		irqflags_t flags = local_irq_save();
		struct rq *rq = &runqueues[cpu];
		u32 n = 0;

		raw_spin_lock(&rq->lock);
		for (int prio = 0; prio < NR_PRIOS; prio++) {
			struct task *t;

			if (list_empty(&rq->list[prio]) != !(rq->ready & 1U << prio))
				bad++;
			list_for_each(t, &rq->list[prio], rq_node) {
				n++;
				if (t->ti.cpu != cpu || t->prio != prio || !t->on_rq ||
				    t->state != TASK_RUNNABLE || t == rq->curr)
					bad++;
			}
		}
		if (n != rq->nr_queued || (n && !cpu_online(cpu)))
			bad++;
		if (rq->curr && (rq->curr->on_rq || rq->curr->ti.cpu != cpu))
			bad++;
		raw_spin_unlock(&rq->lock);
		local_irq_restore(flags);
	}
	if (bad)
		audit_report("rq: %u inconsistencies", bad);
	return bad;
}

struct audit rq_audit = { .name = "rq", .run = rq_check };
