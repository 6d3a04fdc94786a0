/* SPDX-License-Identifier: MIT */
/*
 * mm/lazy_protocol.h, the lines that the kernel runs, under the C++11 memory model:
 * relacy runs 2 or 3 threads through their interleavings, and lets each load return
 * every value that the orders written there permit. tests/relacy/run.py builds it
 * once for each scenario and each planted mistake; docs/verification.md has the table.
 *
 * A thread stands for a CPU. Around the header this file plays its callers: the
 * switch, mmput, and of mm/lazy_slot.c what is not in the header. TTBR0 is no
 * variable. What counts is who walks: `root` is a plain variable that a CPU reads
 * while it has the mm loaded and that the freer writes, so
 *
 *  - a free while a CPU still walks is a data race, if nothing orders the two,
 *  - or a walk that finds the table gone,
 *
 * and both are reported, also where the interleaving happened to be harmless.
 *
 * An interrupt is played by its sender, under the lock `irqs_off` of the target. The
 * target takes that lock for what it does with interrupts off and for each walk.
 * That orders the two sides no more than call and answer do in the kernel.
 *
 * -DBUG_x weakens or breaks one thing. mmput's drop of mm_users, the kernel's
 * atomic_dec_and_test, is played by ref_put.
 */
#include <relacy/relacy.hpp>

/* ---- what lazy_protocol.h asks for ---- */

#define MO_relaxed	rl::mo_relaxed
#define MO_acquire	rl::mo_acquire
#define MO_release	rl::mo_release
#define MO_acq_rel	rl::mo_acq_rel

#ifdef BUG_STORE_RELAXED	/* slot_store */
#define MO_STORE(order)	rl::mo_relaxed
#else
#define MO_STORE(order)	MO_##order
#endif
#ifdef BUG_LOAD_RELAXED		/* slot_has */
#define MO_LOAD(order)	rl::mo_relaxed
#else
#define MO_LOAD(order)	MO_##order
#endif
#ifdef BUG_XCHG_RELAXED		/* handover_give, handover_take */
#define MO_XCHG(order)	rl::mo_relaxed
#else
#define MO_XCHG(order)	MO_##order
#endif
#ifdef BUG_CAS_RELAXED		/* handover_revoke */
#define MO_CAS(order)	rl::mo_relaxed
#else
#define MO_CAS(order)	MO_##order
#endif
#if defined(BUG_PUT_RELAXED)	/* ref_put */
#define MO_ADD(order)	rl::mo_relaxed
#elif defined(BUG_PUT_RELEASE)	/* the last one acquires nothing */
#define ADD_relaxed	rl::mo_relaxed
#define ADD_acq_rel	rl::mo_release
#define MO_ADD(order)	ADD_##order
#elif defined(BUG_PUT_ACQUIRE)	/* the others release nothing */
#define ADD_relaxed	rl::mo_relaxed
#define ADD_acq_rel	rl::mo_acquire
#define MO_ADD(order)	ADD_##order
#else
#define MO_ADD(order)	MO_##order
#endif

#define K_ATOMIC(type)		rl::atomic<type>
#define K_LOAD(p, order)	(*(p))($).load(MO_LOAD(order))
#define K_STORE(p, v, order)	(*(p))($).store(v, MO_STORE(order))
#define K_XCHG(p, v, order)	(*(p))($).exchange(v, MO_XCHG(order))
#define K_ADD(p, n, order)	(*(p))($).fetch_add(n, MO_ADD(order))
template <typename T> static bool cas(rl::atomic<T> *p, T old, T v, rl::memory_order mo)
{
	return (*p)($).compare_exchange_strong(old, v, mo, rl::mo_relaxed);
}
#define K_CAS(p, old, new_, order) cas<struct mm *>(p, old, new_, MO_CAS(order))

struct mm {
	rl::atomic<int> users, count;
	rl::var<int> root;	/* 1: a table; 0: freed */
	rl::var<int> listed;	/* [list] a zombie */
	int frees;		/* of this execution */
};

#include "mm/lazy_protocol.h"

/* ---- the rest of the kernel, as far as it matters ---- */

static struct machine {
	struct mm init_mm, a, b;
	struct lazy_slot slot;	/* of CPU 0, the one that lodges */
	rl::mutex irqs_off;	/* its interrupts */
	rl::mutex list;		/* mm_list_lock */
	struct mm *now;		/* CPU 0's TTBR0 [irqs_off] */
	rl::atomic<int> moved_a, moved_b; /* threads that left CPU 0: on_cpu is 0 */
} *m;

static void mm_set_up(struct mm *mm, int users, int count)
{
	mm->users($) = users;
	mm->count($) = count;
	mm->root($) = 1;
	mm->listed($) = 0;
	mm->frees = 0;
}

static void walk(struct mm *mm)
{
	if (mm != &m->init_mm)
		RL_ASSERT(mm->root($) == 1);
}

/* mm_free */
static void mm_free(struct mm *mm)
{
	RL_ASSERT(mm->root($) == 1);
	mm->root($) = 0;
	mm->frees++;
}

static void count_put(struct mm *mm)
{
	if (ref_put(&mm->count))
		mm_free(mm);
}

/* [CPU 0, irqs_off] */
static void switch_mm(struct mm *next)
{
	walk(m->now);		/* to the last moment */
#ifdef BUG_SLOT_FIRST
	slot_store(&m->slot, next);
	walk(m->now);
	m->now = next;
#else
	m->now = next;		/* MSR TTBR0, ISB */
	slot_store(&m->slot, next);
#endif
	walk(m->now);
}

static void slot_release(void)
{
	struct mm *mm = handover_take(&m->slot);

	if (mm)
		count_put(mm);
}

/* [CPU 0] while it idles: a walk that it never asked for */
static void idle(void)
{
	m->irqs_off.lock($);
	walk(m->now);
	m->irqs_off.unlock($);
}

/* [CPU 0] to next, whose real user holds mm_users (or init_mm) */
static void leave_for(struct mm *next)
{
	m->irqs_off.lock($);
#ifdef BUG_TAKE_EARLY
	slot_release();
#endif
	if (m->now != next)
		switch_mm(next);
	slot_release();
	m->irqs_off.unlock($);
}

/* lazy_evict(cpu 0, mm): leave_borrowed in an interrupt. Only if it lodges there. */
static void evict(struct mm *mm)
{
	m->irqs_off.lock($);
	if (m->now == mm) {
		switch_mm(&m->init_mm);
		slot_release();
	}
	m->irqs_off.unlock($);
}

/* finish_task_switch: on_cpu = 0, so the thread can go on elsewhere [ONCPU-1] */
static void leaves_cpu(rl::atomic<int> *moved)
{
#ifdef BUG_ONCPU_RELAXED
	(*moved)($).store(1, rl::mo_relaxed);
#else
	(*moved)($).store(1, rl::mo_release);
#endif
}

/* Is it ours to run on this CPU? Whoever comes last finds it for certain. */
static bool arrives(rl::atomic<int> *moved)
{
	int one = 1;

	return (*moved)($).compare_exchange_strong(one, 2, rl::mo_acquire, rl::mo_relaxed);
}

/* ---- SLOT: mm/lazy_slot.c, for one CPU ---- */

static void slot_last_user(struct mm *mm)
{
	struct mm *left;

	if (!slot_has(&m->slot, mm))
		return;
	K_ADD(&mm->count, 1, relaxed);
#ifndef BUG_GIVE_UNLOCKED
	m->list.lock($);
#endif
#ifdef BUG_GIVE_BLIND
	left = K_XCHG(&m->slot.handed, mm, acq_rel);
#else
	left = handover_give(&m->slot, mm);
#endif
#ifndef BUG_GIVE_UNLOCKED
	m->list.unlock($);
#endif
	if (left)
		count_put(left);
}

static bool revoke(struct mm *mm)
{
	bool loaded = false;

#ifndef BUG_GIVE_UNLOCKED
	m->list.lock($);
#endif
#ifdef BUG_REVOKE_BLIND
	if (K_LOAD(&m->slot.handed, relaxed) == mm &&
	    K_CAS(&m->slot.handed, mm, (struct mm *)0, acq_rel))
#else
	if (handover_revoke(&m->slot, mm))
#endif
		count_put(mm);
	else
		loaded = slot_has(&m->slot, mm);
#ifndef BUG_GIVE_UNLOCKED
	m->list.unlock($);
#endif
	return loaded;
}

static void slot_mmput(struct mm *mm)
{
	bool last;

	if (!ref_put(&mm->users))
		return;
	slot_last_user(mm);
	m->list.lock($);
	mm->listed($) = mm->count($).load(rl::mo_relaxed) > 1;
	last = ref_put(&mm->count);
	m->list.unlock($);
	if (last)
		mm_free(mm);
}

/* slot_reap for this one, if it is a zombie by now. True: it has been ended. */
static bool slot_reap(struct mm *mm)
{
	int n;

	m->list.lock($);
	n = mm->frees || !(int)mm->listed($) ? 0 : mm->count($).load(rl::mo_relaxed);
	/* inc_not_zero */
	while (n && !mm->count($).compare_exchange_strong(n, n + 1, rl::mo_relaxed,
							    rl::mo_relaxed))
		;
	if (n)
		mm->listed($) = 0;
	m->list.unlock($);
	if (!n)
		return false;
	if (revoke(mm))
		evict(mm);
#ifndef BUG_REVOKE_ONCE
	revoke(mm);
#endif
	count_put(mm);
	return true;
}

/* ---- the scenarios ---- */

template <typename T, int threads> struct scenario : rl::test_suite<T, threads> {
	struct machine machine;

	void set_up(struct mm *loaded)
	{
		m = &machine;
		mm_set_up(&m->init_mm, 1, 1);
		mm_set_up(&m->a, 1, 1);
		mm_set_up(&m->b, 1, 1);
		m->now = loaded;
		m->slot.loaded($) = loaded;
		m->slot.handed($) = (struct mm *)0;
		m->moved_a($) = 0;
		m->moved_b($) = 0;
	}
};

/*
 * REFCOUNT. Two real users of a, one on CPU 0 and one on CPU 1. The first goes to
 * sleep: CPU 0 lodges in a, grabbed while that user was real. It wakes on CPU 2, or
 * else on CPU 0 again, and exits; the second exits on CPU 1, where it lodges until
 * it is switched away.
 */
struct refcount : scenario<refcount, 3> {
	void before()
	{
		set_up(&machine.a);
		m->a.users($) = 2;
	}

	void put_user()
	{
		if (ref_put(&m->a.users))
			count_put(&m->a);
	}

	void thread(unsigned int cpu)
	{
		if (cpu == 0) {
			walk(&m->a);
#ifndef BUG_NO_GRAB
			ref_get(&m->a.count);
#endif
			leaves_cpu(&m->moved_a);
			walk(&m->a);
			/* Somebody real comes: TTBR0 has left a. */
#ifndef BUG_NO_GRAB
			count_put(&m->a);
#endif
			if (arrives(&m->moved_a))
				put_user();
		} else if (cpu == 1) {
			walk(&m->a);
#ifdef BUG_PUT_FIRST
			put_user();
			ref_get(&m->a.count);
#else
			ref_get(&m->a.count);
			put_user();
#endif
			walk(&m->a);
			count_put(&m->a);
		} else if (arrives(&m->moved_a)) {
			put_user();
		}
	}

	void after()
	{
		RL_ASSERT(m->a.frees == 1);
	}
};

/*
 * SHOOTDOWN. CPU 0 loads a for its only real user, which then moves to CPU 1 (or
 * comes back) and exits there; CPU 0 lodges, and at some time leaves by itself.
 */
struct shootdown : scenario<shootdown, 2> {
	void before() { set_up(&machine.init_mm); }

	void exit_mm()
	{
		if (!ref_put(&m->a.users) || !ref_put(&m->a.count))
			return;
#ifndef BUG_NOT_ASKED
		if (slot_has(&m->slot, &m->a))
			evict(&m->a);
#endif
		mm_free(&m->a);
	}

	void thread(unsigned int cpu)
	{
		if (cpu == 1) {
			if (arrives(&m->moved_a))
				exit_mm();
			return;
		}
		leave_for(&m->a);
		leaves_cpu(&m->moved_a);
		idle();
		leave_for(&m->init_mm);
		if (arrives(&m->moved_a))
			exit_mm();
	}

	void after()
	{
		RL_ASSERT(m->a.frees == 1);
	}
};

/*
 * SLOT, two dead mms. CPU 0 lodges in a, whose last user exits on CPU 1. CPU 0
 * switches to b's user, who leaves, exits on CPU 2 (or at last on CPU 0), and CPU 0
 * lodges in b, then leaves it. What is left in the hand-over slot the deadline takes.
 */
struct slot : scenario<slot, 3> {
	void before() { set_up(&machine.a); }

	void thread(unsigned int cpu)
	{
		if (cpu == 1) {
			slot_mmput(&m->a);
			return;
		}
		if (cpu == 2) {
			if (arrives(&m->moved_b))
				slot_mmput(&m->b);
			return;
		}
		leave_for(&m->b);
		leaves_cpu(&m->moved_b);
		idle();
		leave_for(&m->init_mm);
		if (arrives(&m->moved_b))
			slot_mmput(&m->b);
	}

	void after()
	{
		slot_reap(&m->a);
		slot_reap(&m->b);
		RL_ASSERT(m->a.frees == 1 && m->b.frees == 1);
		RL_ASSERT(m->slot.handed($).load(rl::mo_relaxed) == (struct mm *)0);
	}
};

/*
 * SLOT and the deadline. CPU 0 lodges in a and at some time leaves it; a's last user
 * exits on CPU 1; CPU 2 reaps. A zombie that was reaped is gone in the end without
 * another switch of CPU 0.
 */
struct reap : scenario<reap, 3> {
	bool reaped;

	void before()
	{
		set_up(&machine.a);
		reaped = false;
	}

	void thread(unsigned int cpu)
	{
		if (cpu == 0) {
			idle();
			leave_for(&m->b);
		} else if (cpu == 1) {
			slot_mmput(&m->a);
		} else {
			reaped = slot_reap(&m->a);
		}
	}

	void after()
	{
		if (reaped)
			RL_ASSERT(m->a.frees == 1);
		slot_reap(&m->a);
		RL_ASSERT(m->a.frees == 1);
		RL_ASSERT(m->slot.handed($).load(rl::mo_relaxed) == (struct mm *)0);
	}
};

/*
 * SLOT, two dead mms and the deadline: as `slot`, but CPU 0 stays in b, and CPU 2
 * reaps b when it has exited there, while the gift of a may still be under way.
 */
struct reap2 : scenario<reap2, 3> {
	bool reaped;

	void before()
	{
		set_up(&machine.a);
		reaped = false;
	}

	void thread(unsigned int cpu)
	{
		if (cpu == 0) {
			leave_for(&m->b);
			leaves_cpu(&m->moved_b);
			idle();
		} else if (cpu == 1) {
			slot_mmput(&m->a);
		} else if (arrives(&m->moved_b)) {
			slot_mmput(&m->b);
			reaped = slot_reap(&m->b);
		}
	}

	void after()
	{
		if (reaped)
			RL_ASSERT(m->b.frees == 1);
		if (arrives(&m->moved_b))
			slot_mmput(&m->b);
		slot_reap(&m->a);
		slot_reap(&m->b);
		RL_ASSERT(m->a.frees == 1 && m->b.frees == 1);
		RL_ASSERT(m->slot.handed($).load(rl::mo_relaxed) == (struct mm *)0);
	}
};

#ifndef SCENARIO
#define SCENARIO refcount
#endif

int main(int argc, char **argv)
{
	rl::test_params p;
	bool good;

	p.iteration_count = 1000000000;
	if (argc > 1) {
		p.search_type = rl::fair_context_bound_scheduler_type;
		p.context_bound = (unsigned int)atoi(argv[1]);
	} else {
		p.search_type = rl::fair_full_search_scheduler_type;
	}
	good = rl::simulate<SCENARIO>(p);
	return good ? 0 : 1;
}
