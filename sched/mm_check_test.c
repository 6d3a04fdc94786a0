/* SPDX-License-Identifier: MIT */
/*
 * The audits see what they are there to see. Each test spoils one thing that a rule
 * of docs/lazy-mm.md is about, runs all audits, makes it good again, and expects
 * exactly the findings that follow from it. An audit that finds nothing wrong in
 * a sound machine says nothing by that; this is why it is believed.
 *
 * A victim on CPU 1, a kernel thread that lodges in an mm or owns one, spoils
 * and repairs with IRQs off and stands in between with IRQs on, so that the machine
 * can be frozen, and preemption off, so that no switch sees the damage.
 *
 * The findings go to the log like all others, between two lines that say so.
 *
 * Each test was seen failing with its CHECK taken out of mm_check.c (those of counts:
 * with == loosened to one side), and the two that expect nothing with borrowers, or
 * users, not counted in check_mm.
 */
#include "arm64/barrier.h"
#include "core/audit.h"
#include "core/log.h"
#include "core/smp.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/string.h"
#include "mm/lazy.h"
#include "sched/rq.h"

enum role { LODGES, OWNS };

#define MAX_SAYS 3
/* A finding that only counted borrows make. */
#define IF_COUNTED(says) (lazy_borrow_counts() ? (says) : NULL)
#define UNLESS_SHOT(says) (lazy_strategy() != LAZY_SHOOTDOWN ? (says) : NULL)

struct damage {
	enum role role;
	struct mm *mm;	      /* the victim's; NULL: a fresh one */
	struct mm *other;     /* a bystander */
	struct task *sleeper; /* never started until the end */
	void (*spoil)(struct damage *d);
	void (*repair)(struct damage *d);
	/* How each finding that is expected begins, behind "audit: ". */
	const char *says[MAX_SAYS];
	u64 saved;
	u32 done, enough; /* [a] */
};

static void victim(void *arg)
{
	struct damage *d = arg;
	irqflags_t flags;

	for (;;) {
		kthread_use_mm(d->mm);
		if (d->role == LODGES)
			kthread_unuse_mm(d->mm);
		preempt_disable();
		if (current->active_mm == d->mm)
			break;
		preempt_enable(); /* switched away meanwhile, it lodges elsewhere */
	}
	flags = local_irq_save();
	if (d->spoil)
		d->spoil(d);
	local_irq_restore(flags);
	smp_store_release(&d->done, 1);
	while (!smp_load_acquire(&d->enough))
		cpu_yield_hint();
	flags = local_irq_save();
	if (d->repair)
		d->repair(d);
	local_irq_restore(flags);
	preempt_enable();
	if (d->role == OWNS)
		kthread_unuse_mm(d->mm);
}

static void nothing(void *arg)
{
}

/* The log's lines from seq on that an audit wrote and that say `what`. */
static unsigned int count_lines(u64 seq, const char *what)
{
	enum log_level level;
	unsigned int n = 0;
	char line[200];
	size_t len = strlen(what);

	while (log_read(&seq, &level, line, sizeof(line)) >= 0) {
		const char *p = strstr(line, "audit: ");

		if (p && !strncmp(p + strlen("audit: "), what, len))
			n++;
	}
	return n;
}

static u64 log_end(void)
{
	enum log_level level;
	char line[16];
	u64 seq = 0;

	while (log_read(&seq, &level, line, sizeof(line)) >= 0)
		;
	return seq;
}

static struct task *make(const char *name, void (*entry)(void *), void *arg)
{
	struct task_params p = {.name = name,
				.entry = entry,
				.arg = arg,
				.affinity = cpu_bit(1)};

	return task_create(&p);
}

static void run_to_end(struct task *t)
{
	task_start(t);
	task_join(t);
	task_put(t);
}

static void expect_findings(struct damage d)
{
	struct mm *own = d.mm ? NULL : mm_alloc("spoilt", NULL);
	unsigned int expected = 0, found, said = 0;
	struct task *t;
	u64 seq;

	if (!cpu_online(1) || (d.role == LODGES && lazy_strategy() == LAZY_EAGER)) {
		test_skip(cpu_online(1) ? "nobody lodges" : "needs CPU 1");
		if (own)
			mmput(own);
		return;
	}
	if (!d.mm)
		d.mm = own;
	d.other = mm_alloc("other", NULL);
	d.sleeper = make("sleeper", nothing, NULL);
	t = make("victim", victim, &d);
	EXPECT(d.mm && d.other && d.sleeper && t);
	EXPECT_EQ(task_set_affinity(current, cpu_bit(0)), 0);

	log_info("test: findings that are meant to be:");
	seq = log_end();
	task_start(t);
	while (!smp_load_acquire(&d.done))
		sched_yield();
	found = audit_run_all();
	smp_store_release(&d.enough, 1);
	task_join(t);
	task_put(t);
	for (int i = 0; i < MAX_SAYS && d.says[i]; i++) {
		expected++;
		said += count_lines(seq, d.says[i]);
	}
	log_info("test: end of findings that are meant to be");

	run_to_end(d.sleeper);
	mmput(d.other);
	if (own)
		mmput(own);
	EXPECT_EQ(found, expected);
	EXPECT_EQ(said, expected);
}

#define FINDS(name_, ...)                                      \
	TEST(mm_check, name_)                                  \
	{                                                      \
		expect_findings((struct damage){__VA_ARGS__}); \
	}

/* ---- nothing: neither a lodger nor an owner is a finding ---- */

FINDS(a_lodger_is_no_finding, .role = LODGES)
FINDS(an_owner_is_no_finding, .role = OWNS)

/* ---- counts ---- */

static void count_up(struct damage *d)
{
	atomic_inc(&d->mm->mm_count);
}

static void count_down(struct damage *d)
{
	atomic_dec(&d->mm->mm_count);
}

FINDS(finds_a_count_too_high, .role = LODGES, .spoil = count_up,
      .repair = count_down, .says = {"4: mm"})

static void pin_uncounted(struct damage *d)
{
	atomic_inc(&d->mm->pins);
}

static void unpin_uncounted(struct damage *d)
{
	atomic_dec(&d->mm->pins);
}

FINDS(finds_a_count_too_low, .role = OWNS, .spoil = pin_uncounted,
      .repair = unpin_uncounted, .says = {"4: mm"})

static void no_users(struct damage *d)
{
	d->saved = (u64)atomic_read(&d->mm->mm_users);
	atomic_set(&d->mm->mm_users, 0);
}

static void users_back(struct damage *d)
{
	atomic_set(&d->mm->mm_users, (s32)d->saved);
}

FINDS(finds_an_owner_of_a_dead_mm, .role = OWNS, .spoil = no_users,
      .repair = users_back, .says = {"26: victim/", "mm"})

/* Before the shootdown a freed mm may be loaded. */
static void no_count(struct damage *d)
{
	d->saved = (u64)atomic_read(&d->mm->mm_count);
	atomic_set(&d->mm->mm_count, 0);
}

static void count_back(struct damage *d)
{
	atomic_set(&d->mm->mm_count, (s32)d->saved);
}

FINDS(finds_a_freed_mm_loaded, .role = OWNS, .spoil = no_count,
      .repair = count_back, .says = {UNLESS_SHOT("12: CPU 1 ")})

static void init_unused(struct damage *d)
{
	atomic_dec(&init_mm.mm_users);
}

static void init_used(struct damage *d)
{
	atomic_inc(&init_mm.mm_users);
}

FINDS(finds_init_mm_without_users, .role = OWNS, .spoil = init_unused,
      .repair = init_used, .says = {"1: init_mm has 0 users"})

/* ---- threads ---- */

FINDS(finds_an_owner_of_init_mm, .role = OWNS, .mm = &init_mm,
      .says = {"1: victim/"})

static void active_other(struct damage *d)
{
	current->active_mm = d->other;
}

static void active_back(struct damage *d)
{
	current->active_mm = d->mm;
}

FINDS(finds_an_owner_with_another_active_mm, .role = OWNS,
      .spoil = active_other, .repair = active_back,
      .says = {"2: victim/", "CPU 1: TTBR0 ", "CPU 1: loaded "})

static void active_none(struct damage *d)
{
	current->active_mm = NULL;
}

FINDS(finds_a_lodger_without_active_mm, .role = LODGES, .spoil = active_none,
      .repair = active_back, .says = {"3: victim/", IF_COUNTED("4: mm")})

static void sleeper_borrows(struct damage *d)
{
	d->sleeper->active_mm = d->mm;
}

static void sleeper_returns(struct damage *d)
{
	d->sleeper->active_mm = NULL;
}

FINDS(finds_a_sleeper_that_borrows, .role = OWNS, .spoil = sleeper_borrows,
      .repair = sleeper_returns, .says = {"3: sleeper/", IF_COUNTED("4: mm")})

/* ---- the register ---- */

static void load(const struct mm *mm, u64 asid)
{
	write_sysreg(mm->pgd | asid << TTBR_ASID_SHIFT, ttbr0_el1);
	isb();
}

static void other_root(struct damage *d)
{
	d->saved = ttbr0_read().asid;
	load(d->other, d->saved);
}

static void other_asid(struct damage *d)
{
	u32 asid = 1;

	d->saved = ttbr0_read().asid;
	while (asid_belongs_to_cpu(1, asid))
		asid++;
	load(d->mm, asid);
}

static void register_back(struct damage *d)
{
	load(d->mm, d->saved);
}

FINDS(finds_another_root_in_ttbr0, .role = LODGES, .spoil = other_root,
      .repair = register_back, .says = {"CPU 1: TTBR0 "})
FINDS(finds_a_foreign_asid_in_ttbr0, .role = LODGES, .spoil = other_asid,
      .repair = register_back, .says = {"14: CPU 1 carries"})

static void other_loaded(struct damage *d)
{
	lazy_cpus[1].slot.loaded = d->other;
}

static void loaded_back(struct damage *d)
{
	lazy_cpus[1].slot.loaded = d->mm;
}

FINDS(finds_that_loaded_is_wrong, .role = LODGES, .spoil = other_loaded,
      .repair = loaded_back, .says = {"CPU 1: loaded "})

/* Load mm under a number of this generation that nobody has taken. */
static void untaken_asid(struct damage *d)
{
	u64 asid = 1;

	do {
		if (asid >> asid_bits()) { /* none is left: begin the next */
			atomic_set(&d->mm->context_id, 0);
			switch_mm_other(d->mm);
			asid = 1;
		}
		atomic_set(&d->mm->context_id,
			   asid_generation() * ASID_GENERATION | asid++);
		switch_mm_other(d->mm);
	} while (asid_check() == 0);
}

static void taken_asid(struct damage *d)
{
	atomic_set(&d->mm->context_id, 0);
	switch_mm_other(d->mm);
}

FINDS(finds_an_asid_that_is_not_taken, .role = OWNS, .spoil = untaken_asid,
      .repair = taken_asid, .says = {"14: 1 ASIDs"})

/* ---- queues ---- */

static void queue_longer(struct damage *d)
{
	struct rq *rq = this_rq();

	raw_spin_lock(&rq->lock);
	rq->nr_queued++;
	raw_spin_unlock(&rq->lock);
}

static void queue_shorter(struct damage *d)
{
	struct rq *rq = this_rq();

	raw_spin_lock(&rq->lock);
	rq->nr_queued--;
	raw_spin_unlock(&rq->lock);
}

FINDS(finds_a_wrong_queue_length, .role = LODGES, .spoil = queue_longer,
      .repair = queue_shorter, .says = {"rq: 1 "})
