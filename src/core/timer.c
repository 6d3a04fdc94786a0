/* SPDX-License-Identifier: MIT */
/*
 * A tree of timers per CPU, ordered by expiry. The hardware event is set to the
 * earlier of the first timer and the scheduler's slice; armed_ticks remembers what
 * it is set to, so that a later time costs nothing until it is needed.
 *
 * Locking: timers[cpu].lock guards the tree and t->cpu, t->queued, t->expires_ns
 * of what is in it. fn runs without the lock, IRQs off; `running` names it, and
 * timer_stop waits for it.
 */
#include "core/timer.h"
#include "core/clock.h"
#include "core/spinlock.h"

static struct timer_queue {
	struct spinlock lock;
	struct avl tree;	/* [lock] */
	struct timer *running;	/* [lock] */
	struct timer *first;	/* [lock] */
} timers[NR_CPUS] __aligned(CACHE_LINE) = {
	[0 ... NR_CPUS - 1] = {
		.lock = SPINLOCK_INIT(RANK_TIMER),
	},
};

#define NOTHING_TO_COME .slice_ticks = ~0ULL, .armed_ticks = ~0ULL, .first_ticks = ~0ULL
struct timer_cpu timer_cpus[NR_CPUS] = {
	[0 ... NR_CPUS - 1] = { NOTHING_TO_COME },
};
static void (*slice_handler)(void);

static struct timer *node_timer(const struct avl_node *n)
{
	return container_of(n, struct timer, node);
}

static int by_expiry(const struct avl_node *a, const struct avl_node *b)
{
	u64 x = node_timer(a)->expires_ns, y = node_timer(b)->expires_ns;

	return x < y ? -1 : x > y;
}

/* When it comes to something to be done. Others only take timers out of our queue, so
 * without the lock this is at worst too early. */
static inline u64 next_ticks(const struct timer_cpu *tc)
{
	return MIN(READ_ONCE(tc->first_ticks), tc->slice_ticks);
}

void timer_rearm(void)
{
	struct timer_cpu *tc = &timer_cpus[cpu_id()];
	u64 when = next_ticks(tc);

	ASSERT(irqs_disabled());
	if (when != tc->armed_ticks) {
		tc->armed_ticks = when;
		clock_event_set(when);
	}
}

void timer_init(struct timer *t, const char *name, void (*fn)(struct timer *))
{
	*t = (struct timer){ .name = name, .fn = fn };
}

static void set_first(struct timer_queue *q, struct timer *t)
{
	q->first = t;
	WRITE_ONCE(timer_cpus[q - timers].first_ticks,
		   t ? clock_boot_ticks + clock_ns_to_ticks(t->expires_ns) : ~0ULL);
}

static void update_first(struct timer_queue *q)
{
	struct avl_node *n = avl_first(&q->tree);

	set_first(q, n ? node_timer(n) : NULL);
}

/* Lock the queue that t is in, or was in last. */
static struct timer_queue *timer_lock(struct timer *t)
{
	for (;;) {
		u32 cpu = READ_ONCE(t->cpu);
		struct timer_queue *q = &timers[cpu];

		raw_spin_lock(&q->lock);
		if (READ_ONCE(t->cpu) == cpu)
			return q;
		raw_spin_unlock(&q->lock);
	}
}

static void timer_dequeue(struct timer_queue *q, struct timer *t)
{
	avl_remove(&q->tree, &t->node);
	t->queued = false;
	if (t == q->first)
		update_first(q);
}

void timer_start(struct timer *t, u64 expires_ns)
{
	irqflags_t flags = local_irq_save();
	struct timer_queue *q = timer_lock(t), *own = &timers[cpu_id()];

	if (t->queued)
		timer_dequeue(q, t);
	if (q != own) {
		t->cpu = cpu_id(); /* the old lock still held: nobody sees half */
		raw_spin_unlock(&q->lock);
		q = own;
		raw_spin_lock(&q->lock);
	}
	t->expires_ns = expires_ns;
	t->queued = true;
	avl_insert(&q->tree, &t->node, by_expiry);
	if (!q->first || expires_ns < q->first->expires_ns)
		set_first(q, t);
	raw_spin_unlock(&q->lock);
	timer_rearm();
	local_irq_restore(flags);
}

void timer_adopt(u32 from)
{
	struct timer_queue *q = &timers[from], *own = &timers[cpu_id()];
	struct avl_node *n;

	ASSERT(irqs_disabled() && q != own && !q->running);
	while ((n = avl_first(&q->tree)) != NULL) {
		avl_remove(&q->tree, n);
		node_timer(n)->cpu = cpu_id();
		avl_insert(&own->tree, n, by_expiry);
	}
	update_first(q);
	update_first(own);
	timer_rearm();
}

bool timer_any(u32 cpu)
{
	return READ_ONCE(timer_cpus[cpu].first_ticks) != ~0ULL;
}

void timer_cpu_stop(void)
{
	struct timer_cpu *tc = &timer_cpus[cpu_id()];

	ASSERT(irqs_disabled() && !timer_any(cpu_id()));
	*tc = (struct timer_cpu){ NOTHING_TO_COME, .fired = tc->fired };
	clock_event_set(~0ULL);
}

bool timer_stop(struct timer *t)
{
	bool pending = false;

	for (;;) {
		irqflags_t flags = local_irq_save();
		struct timer_queue *q = timer_lock(t);
		/* On our own CPU it can only be running because it called us. */
		bool wait = q->running == t && q != &timers[cpu_id()];

		if (t->queued) {
			timer_dequeue(q, t);
			pending = true;
		}
		raw_spin_unlock(&q->lock);
		local_irq_restore(flags);
		if (!wait)
			return pending;
		cpu_yield_hint();
	}
}

/* Do what is due. */
static __noinline void fire(struct timer_cpu *tc, u64 now)
{
	struct timer_queue *q = &timers[tc - timer_cpus];

	tc->armed_ticks = 0;
	raw_spin_lock(&q->lock);
	while (tc->first_ticks <= now) {
		struct timer *t = q->first;

		timer_dequeue(q, t);
		q->running = t;
		raw_spin_unlock(&q->lock);
		t->fn(t);
		raw_spin_lock(&q->lock);
		q->running = NULL;
	}
	raw_spin_unlock(&q->lock);
	if (tc->slice_ticks <= now) {
		tc->slice_ticks = ~0ULL;
		slice_handler();
	}
	timer_rearm();
}

/* The event is used up, and has to be set again. */
void timer_interrupt(void)
{
	struct timer_cpu *tc = &timer_cpus[cpu_id()];
	u64 now = read_sysreg(cntvct_el0); /* not before the exception */
	u64 next = next_ticks(tc);

	tc->fired++;
	if (next <= now) {
		fire(tc, now);
	} else {
		tc->armed_ticks = next;
		clock_event_set(next);
	}
}

void timer_set_slice_handler(void (*fn)(void))
{
	slice_handler = fn;
}

unsigned int timer_list(u32 cpu, struct timer_info *out, unsigned int max)
{
	struct timer_queue *q = &timers[cpu];
	irqflags_t flags = spin_lock_irqsave(&q->lock);
	unsigned int n = 0;

	for (struct avl_node *a = avl_first(&q->tree); a && n < max;
	     a = avl_next(a), n++)
		out[n] = (struct timer_info){ .name = node_timer(a)->name,
					      .expires_ns = node_timer(a)->expires_ns,
					      .cpu = cpu };
	spin_unlock_irqrestore(&q->lock, flags);
	return n;
}
