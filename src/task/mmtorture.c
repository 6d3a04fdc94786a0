/* SPDX-License-Identifier: MIT */
/* mmtorture: the workers, CPUs off and on, other strategies, and the verdict. */
#include "task/mmtorture.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "kernel/errno.h"
#include "lib/format.h"
#include "lib/random.h"
#include "lib/string.h"
#include "mm/lazy.h"
#include "mm/race.h"
#include "sched/hotplug.h"
#include "sched/task.h"
#include "task/leak.h"

#define ROUND_NS (5 * NSEC_PER_MSEC)
#define PATIENCE 10

u32 torture_over;
static struct torture_result result;
static u32 failed; /* [a] result.failure is being written, or is */

const struct torture_kind torture_kinds[NR_TORTURE_EVENTS] = {
#define TORTURE_KIND(name, what) { #name, what },
	TORTURE_EVENTS(TORTURE_KIND)
#undef TORTURE_KIND
};

void torture_count(enum torture_event event)
{
	__atomic_add_fetch(&result.events[event], 1, __ATOMIC_RELAXED);
}

void torture_fail(const char *fmt, ...)
{
	va_list ap;

	if (__atomic_exchange_n(&failed, 1, __ATOMIC_RELAXED))
		return;
	va_start(ap, fmt);
	fmt_vsnprintf(result.failure, sizeof(result.failure), fmt, ap);
	va_end(ap);
}

static void plug(u32 *random)
{
	u32 cpu = 1 + random_below(random, NR_CPUS - 1);
	bool on = !cpu_online(cpu);
	int err;

	if (!cpus[cpu].present)
		return;
	err = on ? cpu_on(cpu) : cpu_off(cpu);
	if (err)
		torture_fail("cpu %s %u: %d, %s", on ? "on" : "off", cpu, err,
			     cpus[cpu].state);
	torture_count(on ? TORTURE_cpu_on : TORTURE_cpu_off);
}

static int all_cpus_on(cpumask_t mask)
{
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		if (mask & cpu_bit(cpu) && !cpu_online(cpu) && cpu_on(cpu))
			return -EIO;
	return 0;
}

/* Rather one under which something is still to be met. */
static void change_strategy(u32 *random)
{
	u32 s = random_below(random, NR_LAZY_STRATEGIES);

	for (int tries = 0; tries < 8 && !race_unmet(1U << s); tries++)
		s = random_below(random, NR_LAZY_STRATEGIES);
	lazy_set_strategy((enum lazy_strategy)s);
	result.strategies++;
}

/* Of all windows that this kernel has. */
static u32 unmet(void)
{
	return race_unmet(CONFIG_MMU_LAZY_TLB_LAB ? 15 : 1U << lazy_strategy());
}

/* A kind of event that has not been yet; NR_TORTURE_EVENTS: none. */
static u32 missing_event(void)
{
	u32 e = 0;

	while (e < NR_TORTURE_EVENTS &&
	       (result.events[e] || (e == TORTURE_no_memory && !CONFIG_FAILPOINTS)))
		e++;
	return e;
}

static bool enough(u64 begin_ns, u64 ns)
{
	u64 now = clock_ns();

	return now >= begin_ns + PATIENCE * ns ||
	       (now >= begin_ns + ns && !unmet() && missing_event() == NR_TORTURE_EVENTS);
}

static int run_workers(u64 ns, u32 seed, bool (*stop)(void))
{
	static struct torture_worker workers[TORTURE_WORKERS];
	u32 random = seed, started = 0;
	u64 begin_ns = clock_ns();
	int err = 0;

	for (; started < TORTURE_WORKERS && !err; started += !err) {
		struct torture_worker *w = &workers[started];
		struct task_params p = { .name = "torture", .arg = w,
					 .entry = torture_worker_main,
					 .prio = PRIO_DEFAULT };

		w->random = seed * 31 + started;
		w->task = task_create(&p);
		if (w->task)
			task_start(w->task);
		else
			err = -ENOMEM;
	}
	while (!err && !enough(begin_ns, ns) && !READ_ONCE(failed)) {
		task_sleep_ns(ROUND_NS);
		plug(&random);
		if (CONFIG_MMU_LAZY_TLB_LAB && random_below(&random, 8) == 0)
			change_strategy(&random);
		if (random_below(&random, 4) == 0) {
			result.findings += audit_run_all();
			torture_count(TORTURE_audit);
		}
		if (result.findings)
			torture_fail("audits found something: see dmesg");
		if (stop())
			err = -EINTR;
	}
	result.ns = clock_ns() - begin_ns;
	WRITE_ONCE(torture_over, 1);
	while (started > 0) {
		started--;
		task_join(workers[started].task);
		task_put(workers[started].task);
	}
	return err;
}

/* A run that did not have it proves nothing. */
static void judge_coverage(void)
{
	u32 event = missing_event();

	if (event < NR_TORTURE_EVENTS)
		torture_fail("never happened: %s", torture_kinds[event].name);
	if (unmet()) {
		struct race_info info;

		race_get_info((enum race_point)__builtin_ctz(unmet()), &info);
		torture_fail("never met: %s", info.name);
	}
}

int mmtorture(u64 ns, u32 seed, bool (*stop)(void), struct torture_result *out)
{
	enum lazy_strategy strategy = lazy_strategy();
	cpumask_t online = READ_ONCE(cpu_online_mask);
	u64 rollovers = asid_rollovers;
	struct leak_counts before;
	char left[120];
	int err = -ENOMEM;

	if (online == cpu_bit(0))
		return -ENODEV;
	memset(&result, 0, sizeof(result));
	leak_begin(&before);
	WRITE_ONCE(failed, 0);
	WRITE_ONCE(torture_over, 0);
	if (torture_pool_fill()) {
		race_start(seed);
		err = run_workers(ns, seed, stop);
		race_start(0);
	}
	torture_pool_empty();
	if (all_cpus_on(online))
		torture_fail("a CPU does not come back");
	if (CONFIG_MMU_LAZY_TLB_LAB)
		lazy_set_strategy(strategy);
	if (!leak_end(&before, left, sizeof(left)))
		torture_fail("%s", left);
	if (!err)
		judge_coverage();
	result.rollovers = asid_rollovers - rollovers;
	*out = result;
	return err;
}
