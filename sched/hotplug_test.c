/* SPDX-License-Identifier: MIT */
/* CPUs that go and come back, with everything on them that one can have. */
#include "sched/hotplug.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/smp.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/random.h"
#include "lib/string.h"
#include "mm/lazy.h"
#include "sched/task.h"

#define ROUNDS 40
#define LAST (NR_CPUS - 1)

static u32 over; /* [a] the threads of a test may end */

/* A thread of a test. */
struct extra {
	struct task *task;
	struct mm *mm;
	u64 turns; /* [a] */
	u64 value;
};

static int start(struct extra *x, void (*fn)(void *), cpumask_t affinity)
{
	struct task_params p = { .name = "extra", .entry = fn, .arg = x,
				 .affinity = affinity, .prio = PRIO_DEFAULT };

	x->task = task_create(&p);
	if (!x->task)
		return -ENOMEM;
	task_start(x->task);
	return 0;
}

static void join(struct extra *x)
{
	task_join(x->task);
	task_put(x->task);
}

static bool all_online(void)
{
	if (READ_ONCE(cpu_online_mask) == CPU_MASK_ALL && NR_CPUS >= 3)
		return true;
	test_skip("needs all CPUs online, three at least");
	return false;
}

static void turn(struct extra *x)
{
	__atomic_add_fetch(&x->turns, 1, __ATOMIC_RELAXED);
}

static bool turns_within_ms(struct extra *x, u64 n, u64 ms)
{
	u64 end_ns = clock_ns() + ms * NSEC_PER_MSEC;

	n += READ_ONCE(x->turns);
	while (READ_ONCE(x->turns) < n && clock_ns() < end_ns)
		task_sleep_ns(NSEC_PER_MSEC);
	return READ_ONCE(x->turns) >= n;
}

static void spin(void *arg)
{
	struct extra *x = arg;

	while (!READ_ONCE(over)) {
		turn(x);
		WRITE_ONCE(x->value, cpu_id());
	}
}

static void sleep_often(void *arg)
{
	struct extra *x = arg;

	while (!READ_ONCE(over)) {
		task_sleep_ns(2 * NSEC_PER_MSEC);
		turn(x);
		WRITE_ONCE(x->value, cpu_id());
	}
}

static struct timer far;

static void never(struct timer *t)
{
}

static void start_timer(void *arg)
{
	timer_start(&far, clock_ns() + 60 * NSEC_PER_SEC);
}

/* Seen failing with sched_cpus left out of __schedule (it never comes to rest), with
 * timer_adopt left out (it waits a minute for its timer). */
TEST(hotplug, threads_and_timers_go_elsewhere)
{
	struct extra spins = { 0 }, sleeps = { 0 };
	int off;

	if (!all_online())
		return;
	WRITE_ONCE(over, 0);
	EXPECT_EQ(start(&spins, spin, cpu_bit(LAST)), 0);
	EXPECT_EQ(start(&sleeps, sleep_often, cpu_bit(LAST)), 0);
	timer_init(&far, "test", never);
	smp_call(cpu_bit(LAST), start_timer, NULL);
	EXPECT(turns_within_ms(&sleeps, 2, 1000));
	EXPECT_EQ(READ_ONCE(spins.value), LAST);
	off = cpu_off(LAST);
	EXPECT_EQ(off, 0);
	EXPECT_EQ(cpu_off(LAST), -EEXIST);
	EXPECT_NE(far.cpu, LAST);
	EXPECT(timer_stop(&far));
	EXPECT_EQ(task_set_affinity(current, cpu_bit(LAST)), -EINVAL);
	/* A second look at value: the first may be from before. */
	EXPECT(turns_within_ms(&sleeps, 3, 1000) && turns_within_ms(&spins, 3, 1000));
	EXPECT_NE(READ_ONCE(sleeps.value), LAST);
	EXPECT_NE(READ_ONCE(spins.value), LAST);

	EXPECT_EQ(cpu_on(LAST), 0);
	EXPECT_EQ(cpu_on(LAST), -EEXIST);
	EXPECT(turns_within_ms(&sleeps, 3, 1000) && turns_within_ms(&spins, 3, 1000));
	EXPECT_EQ(READ_ONCE(sleeps.value), LAST); /* they went back */
	WRITE_ONCE(over, 1);
	join(&spins);
	join(&sleeps);
	EXPECT_EQ(cpu_off(0), -EPERM);
	EXPECT_EQ(cpu_off(NR_CPUS), -ENODEV);
}

static void use_and_go(void *arg)
{
	struct extra *x = arg;

	kthread_use_mm(x->mm);
	kthread_unuse_mm(x->mm);
}

/* Invariant 22. Seen failing with settle doing nothing (an assertion). */
TEST(hotplug, leaves_what_it_lodges_in)
{
	struct extra user = { 0 };
	struct mm *mm;
	u32 id;

	if (!all_online())
		return;
	mm = mm_alloc("test", NULL);
	EXPECT(mm);
	id = mm->id;
	user.mm = mm;
	EXPECT_EQ(start(&user, use_and_go, cpu_bit(LAST)), 0);
	join(&user);
	/* Its idle thread lodges there now, unless somebody came by. */
	EXPECT_EQ(cpu_off(LAST), 0);
	EXPECT_EQ(READ_ONCE(lazy_cpus[LAST].slot.loaded), &init_mm);
	mmput(mm);
	EXPECT_EQ(READ_ONCE(lazy_cpus[LAST].slot.handed), NULL);
	EXPECT_EQ(audit_run_all(), 0);
	for (int ms = 0; ms < 1000; ms++) { /* the free itself may be lazyd's */
		mm = mm_find(id);
		if (!mm)
			break;
		mmdrop(mm);
		task_sleep_ns(NSEC_PER_MSEC);
	}
	EXPECT_EQ(mm, NULL);
	EXPECT_EQ(cpu_on(LAST), 0);
}

/* ---- all at once ---- */

static void count_call(void *arg)
{
	__atomic_add_fetch((u64 *)arg, 1, __ATOMIC_RELAXED);
}

/* Calls, from anywhere to everywhere: each CPU that is said to have run it has. */
static void call_often(void *arg)
{
	struct extra *x = arg;

	while (!READ_ONCE(over)) {
		u64 ran = 0;
		unsigned int sent = smp_call(CPU_MASK_ALL, count_call, &ran);

		if (ran != sent + 1)
			x->value++;
		turn(x);
	}
}

/* Address spaces whose last user goes while others lodge in them. */
static void use_often(void *arg)
{
	struct extra *x = arg;

	while (!READ_ONCE(over)) {
		struct mm *mm = mm_alloc("test", NULL);

		if (!mm)
			continue;
		kthread_use_mm(mm);
		sched_yield();
		kthread_unuse_mm(mm);
		mmput(mm);
		turn(x);
		/* So that lazyd, which is more urgent than we, keeps up. */
		task_sleep_ns(NSEC_PER_MSEC);
	}
}

/* Seen failing with timer_cpu_stop left out: a CPU that came back believed its event
 * to be set. */
TEST(hotplug, under_load)
{
	static struct extra x[5];
	u32 seed = 1, errors = 0;

	if (!all_online())
		return;
	WRITE_ONCE(over, 0);
	memset(x, 0, sizeof(x));
	EXPECT_EQ(start(&x[0], call_often, CPU_MASK_ALL), 0);
	EXPECT_EQ(start(&x[1], call_often, CPU_MASK_ALL), 0);
	EXPECT_EQ(start(&x[2], use_often, CPU_MASK_ALL), 0);
	EXPECT_EQ(start(&x[3], use_often, CPU_MASK_ALL), 0);
	EXPECT_EQ(start(&x[4], sleep_often, CPU_MASK_ALL), 0);
	for (int i = 0; i < ROUNDS && !errors; i++) {
		u32 cpu = 1 + random_below(&seed, NR_CPUS - 1);

		errors += cpu_online(cpu) ? cpu_off(cpu) != 0 : cpu_on(cpu) != 0;
		if (i % 8 == 0)
			errors += audit_run_all();
	}
	for (u32 cpu = 1; cpu < NR_CPUS; cpu++)
		if (!cpu_online(cpu))
			errors += cpu_on(cpu) != 0;
	for (int i = 0; i < 5; i++)
		errors += !turns_within_ms(&x[i], 2, 5000);
	WRITE_ONCE(over, 1);
	for (int i = 0; i < 5; i++)
		join(&x[i]);
	EXPECT_EQ(errors, 0);
	EXPECT_EQ(x[0].value + x[1].value, 0);
	EXPECT_EQ(audit_run_all(), 0);
}
