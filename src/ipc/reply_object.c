/* SPDX-License-Identifier: MIT */
/*
 * See reply_object.h. Who is kept waits as for any reply (IPC_REPLY), only that no thread
 * owes it: his `partner` is NULL, and `at` the object. He may stop waiting by himself, then
 * the object keeps nobody (undo_wait in ipc.c). Nobody inherits his priority.
 */
#include "ipc/reply_object.h"
#include "ipc/ipc.h"
#include "kernel/errno.h"
#include "mm/slab.h"

static struct cache reply_cache;

static void reply_release(struct object *o)
{
	struct reply *r = container_of(o, struct reply, object);
	irqflags_t flags = spin_lock_irqsave(&ipc_lock);

	if (r->client)
		ipc_finish(r->client, -EPIPE);
	spin_unlock_irqrestore(&ipc_lock, flags);
	cache_free(&reply_cache, r);
}

struct reply *reply_create(void)
{
	static const struct object_ops ops = { .release = reply_release };
	struct reply *r = cache_zalloc(&reply_cache);

	if (r)
		object_init(&r->object, OBJ_REPLY, &ops);
	return r;
}

int reply_keep(struct reply *r)
{
	irqflags_t flags = spin_lock_irqsave(&ipc_lock);
	struct task *t = current, *client = t->ipc.caller;
	int err = !client ? -ESRCH : r->client ? -EBUSY : 0;

	if (!err) {
		t->ipc.caller = NULL;
		client->ipc.partner = NULL;
		client->ipc.at = &r->object;
		r->client = client;
		task_drop_prio(t);
	}
	spin_unlock_irqrestore(&ipc_lock, flags);
	return err;
}

void reply_init(void)
{
	cache_init(&reply_cache, "reply", sizeof(struct reply), 0);
}
