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
	u64 first_ns;		/* [lock] expiry of the first, or ~0 */
} timers[NR_CPUS] __aligned(CACHE_LINE) = {
	[0 ... NR_CPUS - 1] = {
		.lock = SPINLOCK_INIT(RANK_TIMER),
		.first_ns = ~0ULL,
	},
};

struct timer_cpu timer_cpus[NR_CPUS] = { /* [own CPU, IRQs off] */
	[0 ... NR_CPUS - 1] = { .slice_ticks = ~0ULL, .armed_ticks = ~0ULL },
};

u64 timer_fired[NR_CPUS];
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

void timer_rearm(void)
{
	struct timer_cpu *tc = &timer_cpus[cpu_id()];
	u64 first_ns = READ_ONCE(timers[cpu_id()].first_ns), when = ~0ULL;

	ASSERT(irqs_disabled());
	if (first_ns != ~0ULL)
		when = clock_boot_ticks + clock_ns_to_ticks(first_ns);
	when = MIN(when, tc->slice_ticks);
	if (when != tc->armed_ticks) {
		tc->armed_ticks = when;
		clock_event_set(when);
	}
}

void timer_init(struct timer *t, const char *name, void (*fn)(struct timer *))
{
	*t = (struct timer){ .name = name, .fn = fn };
}

static void update_first(struct timer_queue *q)
{
	struct avl_node *n = avl_first(&q->tree);

	q->first_ns = n ? node_timer(n)->expires_ns : ~0ULL;
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
	if (t->expires_ns == q->first_ns)
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
	if (expires_ns < q->first_ns)
		q->first_ns = expires_ns;
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

u64 timer_first_ns(u32 cpu)
{
	return READ_ONCE(timers[cpu].first_ns);
}

void timer_cpu_stop(void)
{
	struct timer_cpu *tc = &timer_cpus[cpu_id()];

	ASSERT(irqs_disabled() && timer_first_ns(cpu_id()) == ~0ULL);
	*tc = (struct timer_cpu){ .slice_ticks = ~0ULL, .armed_ticks = ~0ULL };
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

void timer_interrupt(void)
{
	struct timer_queue *q = &timers[cpu_id()];
	struct timer_cpu *tc = &timer_cpus[cpu_id()];
	u64 now = clock_ns();

	timer_fired[cpu_id()]++;
	tc->armed_ticks = 0; /* the event is used up: it must be set again */
	raw_spin_lock(&q->lock);
	while (q->first_ns <= now) {
		struct timer *t = node_timer(avl_first(&q->tree));

		timer_dequeue(q, t);
		q->running = t;
		raw_spin_unlock(&q->lock);
		t->fn(t);
		raw_spin_lock(&q->lock);
		q->running = NULL;
	}
	raw_spin_unlock(&q->lock);
	if (tc->slice_ticks <= clock_ticks()) {
		tc->slice_ticks = ~0ULL;
		slice_handler();
	}
	timer_rearm();
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
