/* SPDX-License-Identifier: MIT */
/* See timer_object.h. */
#include "ipc/timer_object.h"
#include "core/clock.h"
#include "mm/slab.h"
#include "sched/wait.h"

struct timer_object {
	struct object object;
	struct notification *notification; /* [I] referenced */
	u64 bits;			   /* [I] */
	struct mutex set;		   /* one sets it at a time */
	struct timer timer;		   /* [set] but for what fires */
};

static struct cache cache;

static void fires(struct timer *timer)
{
	struct timer_object *t = container_of(timer, struct timer_object, timer);

	notification_signal(t->notification, t->bits);
}

static void release(struct object *o)
{
	struct timer_object *t = container_of(o, struct timer_object, object);

	timer_stop(&t->timer);
	object_put(&t->notification->object);
	cache_free(&cache, t);
}

struct object *timer_object_create(struct notification *n, u64 bits)
{
	static const struct object_ops ops = { .release = release };
	struct timer_object *t = cache_zalloc(&cache);

	if (!t)
		return NULL;
	object_init(&t->object, OBJ_TIMER, &ops);
	object_get(&n->object);
	t->notification = n;
	t->bits = bits;
	mutex_init(&t->set);
	timer_init(&t->timer, "program", fires);
	return &t->object;
}

void timer_object_set(struct object *o, u64 ns)
{
	struct timer_object *t = container_of(o, struct timer_object, object);

	mutex_lock(&t->set);
	timer_stop(&t->timer); /* nor does it fire right now: it may be started */
	if (ns != WAIT_FOREVER_NS)
		timer_start(&t->timer, clock_deadline_ns(ns));
	mutex_unlock(&t->set);
}

void timer_object_init(void)
{
	cache_init(&cache, "timer object", sizeof(struct timer_object), 0);
}
