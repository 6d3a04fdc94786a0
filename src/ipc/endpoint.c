/* SPDX-License-Identifier: MIT */
/*
 * An endpoint: who waits there, and its life. Locks: see ipc.c.
 */
#include "ipc/endpoint.h"
#include "abi/lodger.h"
#include "core/audit.h"
#include "ipc/ipc.h"
#include "kernel/errno.h"
#include "mm/slab.h"
#include "sched/rq.h"

static struct cache endpoint_cache;

/* [ipc_lock, IRQs off: until it sleeps] */
void ipc_list_receiver(struct endpoint *ep, struct task *t)
{
	struct rq *rq = this_rq();
	struct task **list;

	raw_spin_lock(&rq->lock);
	t->ipc.cpu = cpu_id();
	list = &ep->waiting[t->ipc.cpu];
	t->ipc.next = *list;
	t->ipc.link = list;
	if (t->ipc.next)
		t->ipc.next->ipc.link = &t->ipc.next;
	*list = t;
	raw_spin_unlock(&rq->lock);
}

/* [rq of the list's CPU] */
static void unlist(struct task *t)
{
	*t->ipc.link = t->ipc.next;
	if (t->ipc.next)
		t->ipc.next->ipc.link = t->ipc.link;
}

/* [ipc_lock] */
void ipc_unlist_receiver(struct task *t)
{
	struct rq *rq = &runqueues[t->ipc.cpu];

	raw_spin_lock(&rq->lock);
	unlist(t);
	raw_spin_unlock(&rq->lock);
}

/* A thread that receives here and has room for what comes from `from` (NULL: nothing), out
 * of its list, this CPU's first; or NULL, and *others: there was one without. [ipc_lock] */
struct task *ipc_take_receiver(struct endpoint *ep, const struct task *from, bool *others)
{
	for (u32 n = 0, cpu = cpu_id(); n < NR_CPUS; n++, cpu = (cpu + 1) % NR_CPUS) {
		struct rq *rq = &runqueues[cpu];
		struct task *t;

		raw_spin_lock(&rq->lock); /* [IPC-1] */
		t = ep->waiting[cpu];
		while (t && from && !ipc_has_room(t, from)) {
			*others = true;
			t = t->ipc.next;
		}
		if (t)
			unlist(t);
		raw_spin_unlock(&rq->lock);
		if (t)
			return t;
	}
	return NULL;
}

static struct task *sender(const struct avl_node *n)
{
	return container_of(n, struct task, ipc.sender);
}

static int more_urgent(const struct avl_node *a, const struct avl_node *b)
{
	struct task *s = sender(a), *t = sender(b);

	if (s->ipc.prio != t->ipc.prio)
		return s->ipc.prio > t->ipc.prio ? -1 : 1;
	return s->ipc.seq < t->ipc.seq ? -1 : 1;
}

/* [ipc_lock] */
struct task *ipc_take_sender(struct endpoint *ep)
{
	struct avl_node *n = avl_first(&ep->senders);

	if (!n)
		return NULL;
	avl_remove(&ep->senders, n);
	return sender(n);
}

/* [ipc_lock] */
void ipc_add_sender(struct endpoint *ep, struct task *t)
{
	t->ipc.seq = ep->seq++;
	t->ipc.prio = t->prio;
	avl_insert(&ep->senders, &t->ipc.sender, more_urgent);
}

/* ---- the object ---- */

static void endpoint_release(struct object *o)
{
	cache_free(&endpoint_cache, container_of(o, struct endpoint, object));
}

static void endpoint_named(struct object *o, u32 rights)
{
	struct endpoint *ep = container_of(o, struct endpoint, object);
	irqflags_t flags = spin_lock_irqsave(&ipc_lock);

	ep->receivers += (rights & RIGHT_RECEIVE) != 0;
	spin_unlock_irqrestore(&ipc_lock, flags);
}

/* Send one away that waits at a dead endpoint: false: there is none. */
static bool dismiss_one(struct endpoint *ep)
{
	irqflags_t flags = spin_lock_irqsave(&ipc_lock);
	struct task *t = ep->dead ? ipc_take_receiver(ep, NULL, NULL) ?: ipc_take_sender(ep) : NULL;

	if (t)
		ipc_finish(t, -EPIPE);
	spin_unlock_irqrestore(&ipc_lock, flags);
	return t;
}

/* The lock also where there is nothing to do: who has looked the endpoint up under it
 * (look_up) relies on the endpoint until it is released. */
static void endpoint_unnamed(struct object *o, u32 rights)
{
	struct endpoint *ep = container_of(o, struct endpoint, object);
	irqflags_t flags = spin_lock_irqsave(&ipc_lock);

	if (rights & RIGHT_RECEIVE && --ep->receivers == 0)
		ep->dead = true;
	spin_unlock_irqrestore(&ipc_lock, flags);
	while (dismiss_one(ep))
		;
}

struct endpoint *endpoint_create(void)
{
	static const struct object_ops ops = { .release = endpoint_release,
					       .named = endpoint_named,
					       .unnamed = endpoint_unnamed };
	struct endpoint *ep = cache_zalloc(&endpoint_cache);

	if (ep)
		object_init(&ep->object, OBJ_ENDPOINT, &ops);
	return ep;
}

void ipc_init(void)
{
	audit_register(&ipc_audit);
	ipc_ask_init();
	reply_init();
	cache_init(&endpoint_cache, "endpoint", sizeof(struct endpoint), 0);
}
