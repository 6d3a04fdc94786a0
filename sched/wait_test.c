/* SPDX-License-Identifier: MIT */
/*
 * Sleeping and waking: nobody sleeps through what it waits for, nobody wakes before
 * its time, a mutex has one owner. Every wait has a deadline that only a lost
 * wake-up reaches.
 */
#include "sched/wait.h"
#include "core/clock.h"
#include "core/smp.h"
#include "kernel/errno.h"
#include "kernel/test.h"

#define DEADLINE_NS (20 * NSEC_PER_SEC)
#define CREW 8
static_assert(NR_CPUS <= CREW, "one for each CPU");

/* Threads of a test, on all CPUs in turn. */
static struct task *crew[CREW];
static struct wait_queue queue = WAIT_QUEUE_INIT(queue);
static struct wait_queue ended_queue = WAIT_QUEUE_INIT(ended_queue);
static u32 ended, wrong, tokens;
static u64 crew_deadline_ns;

static void add(u32 *counter, u32 n)
{
	__atomic_add_fetch(counter, n, __ATOMIC_SEQ_CST);
}

static void crew_end(void)
{
	add(&ended, 1);
	wait_wake_all(&ended_queue);
}

static bool crew_start(u32 n, void (*entry)(void *))
{
	u32 cpu = 0;

	ended = wrong = 0;
	crew_deadline_ns = clock_ns() + DEADLINE_NS;
	for (u32 i = 0; i < n; i++) {
		struct task_params p = { .name = "test", .entry = entry,
					 .arg = (void *)(u64)i };

		for (cpu = (cpu + 1) % NR_CPUS; !cpu_online(cpu);)
			cpu = (cpu + 1) % NR_CPUS;
		p.affinity = cpu_bit(cpu);
		crew[i] = task_create(&p);
		if (!crew[i])
			return false;
	}
	for (u32 i = 0; i < n; i++)
		task_start(crew[i]);
	return true;
}

/* All have ended. A crew that is stuck is left alone: the runner counts it. */
static bool crew_join(u32 n)
{
	if (wait_event(&ended_queue, READ_ONCE(ended) == n, crew_deadline_ns, "test"))
		return false;
	for (u32 i = 0; i < n; i++) {
		task_join(crew[i]);
		task_put(crew[i]);
	}
	return true;
}

/* ---- time ---- */

/* Seen failing (a hang) with the timer of wait_sleep not started. */
TEST(wait, gives_up_at_its_deadline)
{
	u64 start_ns = clock_ns();
	u32 looks = 0;

	EXPECT_EQ(wait_event(&queue, false, start_ns + 2 * NSEC_PER_MSEC, "test"),
		  -ETIMEDOUT);
	EXPECT_LE(start_ns + 2 * NSEC_PER_MSEC, clock_ns());
	/* In the past: one look must do, and what is so already is no timeout. */
	EXPECT_EQ(wait_event(&queue, looks++ > 5, start_ns, "test"), -ETIMEDOUT);
	EXPECT_LE(looks, 2);
	EXPECT_EQ(wait_event(&queue, true, start_ns, "test"), 0);
	EXPECT_EQ(wait_event(&queue, true, 0, "test"), 0);
	EXPECT(list_empty(&queue.waiters));
}

static void sleeper(void *arg)
{
	u64 ns = ((u64)arg * 3 % CREW) * 300 * NSEC_PER_USEC, start_ns = clock_ns();

	if (task_sleep_ns(ns) != 0 || clock_ns() < start_ns + ns)
		add(&wrong, 1);
	crew_end();
}

/* Seen failing with task_sleep_ns that sleeps once, woken in between. */
TEST(wait, sleeps_as_long_as_asked)
{
	bool ok = crew_start(CREW, sleeper);

	for (u32 i = 0; ok && i < CREW; i++)
		task_wake(crew[i]); /* somebody else's wake-up is no reason */
	EXPECT(ok && crew_join(CREW));
	EXPECT_EQ(wrong, 0);
}

/* ---- waking ---- */

static u32 looked[CREW];

/* A token is taken by one. */
static bool take_token(u32 who)
{
	u32 have = READ_ONCE(tokens);

	WRITE_ONCE(looked[who], looked[who] + 1);
	/* Another may take one at the same time: there may still be one left. */
	while (have > 0)
		if (__atomic_compare_exchange_n(&tokens, &have, have - 1, false,
						__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return true;
	return false;
}

static void taker(void *arg)
{
	if (wait_event(&queue, take_token((u32)(u64)arg), crew_deadline_ns, "test"))
		add(&wrong, 1);
	crew_end();
}

/* Until all of the crew sleep. */
static bool all_asleep(void)
{
	u32 asleep = 0;

	while (asleep < CREW && clock_ns() < crew_deadline_ns) {
		asleep = 0;
		for (u32 i = 0; i < CREW; i++)
			asleep += READ_ONCE(crew[i]->state) == TASK_SLEEPING &&
				  READ_ONCE(looked[i]) > 0;
		task_sleep_ns(100 * NSEC_PER_USEC);
	}
	return asleep == CREW;
}

static u32 looks(void)
{
	u32 n = 0;

	for (u32 i = 0; i < CREW; i++)
		n += READ_ONCE(looked[i]);
	return n;
}

/* wake_one with nothing to have lets one look, wake_all lets all; and with n tokens n
 * get through. Seen failing without `break` in wait_wake_one, and with one in
 * wait_wake_all. */
TEST(wait, wakes_one_or_all)
{
	u32 before, one, all;
	bool ok;

	tokens = 0;
	for (u32 i = 0; i < CREW; i++)
		looked[i] = 0;
	ok = crew_start(CREW, taker) && all_asleep();
	before = looks();
	wait_wake_one(&queue);
	ok = ok && all_asleep();
	task_sleep_ns(2 * NSEC_PER_MSEC);
	one = looks();
	wait_wake_all(&queue);
	while (looks() < one + CREW && clock_ns() < crew_deadline_ns)
		task_sleep_ns(100 * NSEC_PER_USEC);
	ok = ok && all_asleep();
	all = looks();
	for (u32 i = 0; i < CREW; i++) {
		add(&tokens, 1);
		wait_wake_one(&queue);
	}
	EXPECT(ok && crew_join(CREW));
	EXPECT_EQ(one - before, 1);
	EXPECT_EQ(all - one, CREW);
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(tokens, 0);
	EXPECT(list_empty(&queue.waiters));
}

static u32 stage; /* 1: it has looked and seen nothing; 2: it was woken */

static bool look_slowly(void)
{
	bool so = READ_ONCE(tokens);

	if (!so && stage == 0) {
		smp_store_release(&stage, 1);
		while (smp_load_acquire(&stage) != 2 && clock_ns() < crew_deadline_ns)
			sched_yield();
	}
	return so;
}

static void look_or_wake(void *arg)
{
	if (arg == NULL) {
		if (wait_event(&queue, look_slowly(), crew_deadline_ns, "test"))
			add(&wrong, 1);
	} else {
		while (smp_load_acquire(&stage) != 1 && clock_ns() < crew_deadline_ns)
			sched_yield();
		WRITE_ONCE(tokens, 1);
		wait_wake_all(&queue);
		smp_store_release(&stage, 2);
	}
	crew_end();
}

/* Woken between its last look and its sleep, a thread must not sleep. Seen failing (at
 * the deadline) with wake_pending not set in task_wake. */
TEST(wait, loses_no_wake_up)
{
	for (u32 round = 0; round < 10; round++) {
		stage = tokens = 0;
		EXPECT(crew_start(2, look_or_wake) && crew_join(2));
		EXPECT_EQ(wrong, 0);
	}
}

static int answer[2];
static u32 answers;

static void condemned(void *arg)
{
	answer[0] = wait_event(&queue, false, WAIT_FOREVER_NS, "test");
	answer[1] = wait_event(&queue, false, WAIT_FOREVER_NS, "test");
	smp_store_release(&answers, 2);
	wait_wake_all(&ended_queue);
	/* What may not be broken off is not. */
	wait_event_uninterruptible(&queue, READ_ONCE(tokens), "test");
	add(&wrong, READ_ONCE(tokens) != 1);
	crew_end();
}

/* Seen failing with task_dying not looked at before the sleep, and with it heeded by
 * a wait that may not be broken off. */
TEST(wait, who_is_to_die_waits_no_more)
{
	tokens = answers = 0;
	EXPECT(crew_start(1, condemned));
	task_sleep_ns(NSEC_PER_MSEC);
	task_kill(crew[0]);
	EXPECT_EQ(wait_event(&ended_queue, smp_load_acquire(&answers),
			     crew_deadline_ns, "test"), 0);
	wait_wake_all(&queue); /* for nothing */
	task_sleep_ns(NSEC_PER_MSEC);
	WRITE_ONCE(tokens, 1);
	wait_wake_all(&queue);
	EXPECT(crew_join(1));
	EXPECT_EQ(answer[0], -EINTR);
	EXPECT_EQ(answer[1], -EINTR);
	EXPECT_EQ(wrong, 0);
}

/* ---- mutex ---- */

static struct mutex mutex = MUTEX_INIT(mutex);
static u64 counter, mirror; /* [mutex] */

#define ROUNDS 80

static void locker(void *arg)
{
	for (u32 i = 0; i < ROUNDS; i++) {
		mutex_lock(&mutex);
		if (mutex.owner != current || counter != mirror)
			add(&wrong, 1);
		counter++;
		if (i % 16 == (u64)arg)
			task_sleep_ns(10 * NSEC_PER_USEC);
		else if (i % 4 == 0)
			sched_yield();
		mirror++;
		mutex_unlock(&mutex);
	}
	crew_end();
}

/* Two threads a CPU want it all the time. Seen failing with mutex_try that always
 * succeeds, and (a deadline) with wait_wake_one left out of mutex_unlock. */
TEST(wait, mutex_has_one_owner)
{
	counter = mirror = 0;
	EXPECT(crew_start(CREW, locker) && crew_join(CREW));
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(counter, CREW * ROUNDS);
	EXPECT_EQ(mirror, counter);
	EXPECT(!mutex.owner && list_empty(&mutex.queue.waiters));
}

/* ---- everybody stands still, and everybody wants it ---- */

static void freeze_count(void *arg)
{
	counter++; /* nobody else runs */
}

static void freezer(void *arg)
{
	for (u32 i = 0; i < 2; i++)
		smp_freeze(freeze_count, NULL);
	crew_end();
}

/* Seen failing with `busy` not looked at in smp_freeze. */
TEST(wait, freezes_from_everywhere)
{
	counter = 0;
	EXPECT(crew_start(NR_CPUS, freezer) && crew_join(NR_CPUS));
	EXPECT_EQ(counter, NR_CPUS * 2);
}
