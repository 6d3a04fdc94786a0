/* SPDX-License-Identifier: MIT */
/* See notification.h. */
#include "ipc/notification.h"
#include "abi/lodger.h"
#include "kernel/errno.h"
#include "mm/slab.h"

static struct cache notification_cache;

static void notification_release(struct object *o)
{
	cache_free(&notification_cache, container_of(o, struct notification, object));
}

struct notification *notification_create(void)
{
	static const struct object_ops ops = { .release = notification_release };
	struct notification *n = cache_zalloc(&notification_cache);

	if (n) {
		object_init(&n->object, OBJ_NOTIFICATION, &ops);
		wait_queue_init(&n->queue);
	}
	return n;
}

void notification_signal(struct notification *n, u64 bits)
{
	/* Release: who sees the bit sees what was done before. The queue's lock comes
	 * behind, as it does in wait_prepare before the last look: none is missed. */
	__atomic_fetch_or(&n->bits, bits, __ATOMIC_RELEASE);
	wait_wake_one(&n->queue);
}

static u64 take(struct notification *n)
{
	return READ_ONCE(n->bits) ? __atomic_exchange_n(&n->bits, 0, __ATOMIC_ACQUIRE) : 0;
}

s64 notification_wait(struct notification *n, u64 deadline_ns)
{
	u64 bits = 0;
	int err = wait_event(&n->queue, (bits = take(n)) != 0, deadline_ns, "signal");

	return bits ? (s64)bits : err;
}

void notification_init(void)
{
	cache_init(&notification_cache, "notification", sizeof(struct notification), 0);
}
