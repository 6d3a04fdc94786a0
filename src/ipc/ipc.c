/* SPDX-License-Identifier: MIT */
/*
 * Messages, the whole of it. src/ipc/fast.S does the common case beside: a call, or a
 * reply with the next receive, between two threads of one CPU of which the other already
 * waits. Whatever it cannot do without looking further it leaves to this.
 *
 * A thread that waits has its message in the frame on top of its stack, and that is where
 * an answer goes. Its C stack below has nothing that is needed: who is woken by the fast
 * path leaves it as it is. So nothing is held across a wait: no lock, no reference, no
 * timer on the stack. An endpoint stays without a reference: before it goes, whoever
 * waits there is sent away (endpoint_unnamed).
 *
 * Locks. ipc_lock, IRQs off, guards all of this against each other. The fast path does
 * not take it, only its CPU's run queue lock, under which it
 *
 *	- takes the first of ep->waiting[its CPU], if that sleeps there (wait_word);
 *	- gives a reply to its ipc.caller, if that sleeps on the same CPU;
 *	- puts itself into ep->waiting[its CPU], if there are no senders.
 *
 * Hence here, beside ipc_lock: a list is changed under its CPU's run queue lock;
 * somebody else's ipc.caller under his; and before a sender goes to sleep it is in
 * ep->senders first and looks at the lists then [IPC-1]: a fast path that finds no
 * sender has its own thread in the list before the look, since both hold that lock.
 * A thread in a list sleeps, or will with IRQs off since then: nobody else can run on
 * that CPU before.
 *
 * Who waits is one thread's to wake: a receiver's who took it out of its list, a
 * sender's who took it out of the tree, a caller's who owes it the reply. It may also
 * wake by itself, to die or at its deadline; then it is no longer asleep, which the fast
 * path sees, and takes ipc_lock to undo its wait.
 */
#include "arm64/frame.h"
#include "core/audit.h"
#include "core/clock.h"
#include "ipc/endpoint.h"
#include "ipc/handle.h"
#include "ipc/ipc.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/rq.h"
#include "sched/wait.h"

static struct spinlock ipc_lock = SPINLOCK_INIT(RANK_IPC);
static struct cache endpoint_cache;

/* Registers of a call (abi/lodger.h). */
#define X_STATUS 8
#define X_HANDLE 9 /* in */
#define X_BADGE 9  /* out */
#define X_HANDLES 10
#define X_TIMEOUT 11

/* ---- a message, an answer ---- */

static void answer(struct task *t, s64 status)
{
	struct frame *f = task_user_frame(t);

	memset(f->x, 0, IPC_WORDS * sizeof(u64));
	f->x[X_STATUS] = (u64)status;
	f->x[X_BADGE] = 0;
}

/* What comes with it, and is there room for it? [ipc_lock] */
static bool has_room(const struct task *to, const struct task *from)
{
	return !from->ipc.out || from->ipc.out->count <= to->ipc.nr_room;
}

static void deliver(struct task *from, struct task *to, u64 status, u64 badge)
{
	struct frame *f = task_user_frame(to);

	memcpy(f->x, task_user_frame(from)->x, IPC_WORDS * sizeof(u64));
	f->x[X_STATUS] = status;
	f->x[X_BADGE] = badge;
	to->ipc.in = from->ipc.out;
	from->ipc.out = NULL;
}

/* What t waited for is in its frame. [ipc_lock] */
static void complete(struct task *t)
{
	t->ipc.partner = NULL;
	t->ipc_wait = IPC_NONE;
}

static void finish(struct task *t, s64 status)
{
	answer(t, status);
	complete(t);
	task_wake(t);
}

/* server, who is not in its fast path, owes client the reply. [ipc_lock] */
static void owe(struct task *server, struct task *client)
{
	server->ipc.caller = client;
	client->ipc.partner = server;
	client->ipc_wait = IPC_REPLY;
	task_inherit_prio(server, client->prio);
}

/* ---- who waits at an endpoint ---- */

static struct endpoint *endpoint_of(const struct task *t)
{
	return container_of(t->ipc.at, struct endpoint, object);
}

/* [ipc_lock, IRQs off: until it sleeps] */
static void list_receiver(struct endpoint *ep, struct task *t)
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
static void unlist_receiver(struct task *t)
{
	struct rq *rq = &runqueues[t->ipc.cpu];

	raw_spin_lock(&rq->lock);
	unlist(t);
	raw_spin_unlock(&rq->lock);
}

/* A thread that receives here and has room for what comes from `from` (NULL: nothing), out
 * of its list, this CPU's first; or NULL, and *others: there was one without. [ipc_lock] */
static struct task *take_receiver(struct endpoint *ep, const struct task *from, bool *others)
{
	for (u32 n = 0, cpu = cpu_id(); n < NR_CPUS; n++, cpu = (cpu + 1) % NR_CPUS) {
		struct rq *rq = &runqueues[cpu];
		struct task *t;

		raw_spin_lock(&rq->lock); /* [IPC-1] */
		t = ep->waiting[cpu];
		while (t && from && !has_room(t, from)) {
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
static struct task *take_sender(struct endpoint *ep)
{
	struct avl_node *n = avl_first(&ep->senders);

	if (!n)
		return NULL;
	avl_remove(&ep->senders, n);
	return sender(n);
}

/* ---- waiting ---- */

static void deadline_passed(struct timer *timer)
{
	task_wake(container_of(timer, struct task, ipc.timer));
}

/* t waits no more for what it waits for. [ipc_lock] */
static void undo_wait(struct task *t)
{
	struct task *server = t->ipc.partner;

	switch ((enum ipc_wait)t->ipc_wait) {
	case IPC_RECEIVE: /* awake(): it is in no list any more */
		break;
	case IPC_SEND:
	case IPC_CALL:
		avl_remove(&endpoint_of(t)->senders, &t->ipc.sender);
		break;
	case IPC_REPLY: {
		struct rq *rq = task_rq_lock(server);

		server->ipc.caller = NULL;
		raw_spin_unlock(&rq->lock);
		task_drop_prio(server);
		break;
	}
	case IPC_NONE:
		break;
	}
	t->ipc.partner = NULL;
	t->ipc_wait = IPC_NONE;
}

/* t has been asleep: is its wait to end, although nobody has ended it? [ipc_lock] */
static void awake(struct task *t, u64 deadline_ns)
{
	if (t->ipc_wait == IPC_RECEIVE)
		unlist_receiver(t); /* awake it must not be in a list */
	if (t->ipc_wait == IPC_NONE)
		return;
	if (task_dying(t)) {
		undo_wait(t);
		answer(t, -EINTR);
	} else if (deadline_ns != WAIT_FOREVER_NS && clock_ns() >= deadline_ns) {
		undo_wait(t);
		answer(t, -ETIMEDOUT);
	}
}

/* Sleep until t's wait is over. Called and returns with ipc_lock held. */
static void wait_for_it(struct task *t, u64 deadline_ns)
{
	while (t->ipc_wait != IPC_NONE) {
		if (t->ipc_wait == IPC_RECEIVE)
			list_receiver(endpoint_of(t), t);
		raw_spin_unlock(&ipc_lock); /* IRQs stay off */
		sched_sleep();
		raw_spin_lock(&ipc_lock);
		awake(t, deadline_ns);
	}
}

/* The same, with a timeout. Called with ipc_lock held, IRQs off; returns without. */
static void wait_until(struct task *t, u64 timeout_ns, irqflags_t flags)
{
	u64 deadline_ns = t->ipc_wait == IPC_NONE ? WAIT_FOREVER_NS :
						    clock_deadline_ns(timeout_ns);

	if (deadline_ns != WAIT_FOREVER_NS) {
		t->ipc_slow = 1;
		timer_init(&t->ipc.timer, "ipc", deadline_passed);
		timer_start(&t->ipc.timer, deadline_ns);
	}
	wait_for_it(t, deadline_ns);
	spin_unlock_irqrestore(&ipc_lock, flags);
	if (deadline_ns != WAIT_FOREVER_NS)
		timer_stop(&t->ipc.timer);
}

/* ---- handles that travel ---- */

/* Pack what x10 says. 0, or -EBADF, -ENOMEM. */
static int pack(struct task *t, u64 numbers)
{
	int err = parcel_pack(t->handles, numbers, &t->ipc.out);

	if (err) {
		t->ipc.out = NULL;
	} else if (t->ipc.out) {
		t->ipc_slow = 1;
		t->ipc.nr_sent = t->ipc.out->count;
		memcpy(t->ipc.sent, t->ipc.out->from, sizeof(t->ipc.sent));
	}
	return err;
}

/* As many numbers as t is to have; what fails is tried again next time. 0, -EMFILE, -ENOMEM,
 * -ESRCH. */
static int make_room(struct task *t)
{
	while (t->ipc.nr_room < t->ipc.accept) {
		int h = handle_reserve(t->handles);

		if (h < 0)
			return h;
		t->ipc.room[t->ipc.nr_room++] = (u32)h;
	}
	while (t->ipc.nr_room > t->ipc.accept)
		handle_unreserve(t->handles, (int)t->ipc.room[--t->ipc.nr_room]);
	return 0;
}

/* The calling thread's wait is over: what it sent comes back or is gone, what came is its. */
static void settle(struct task *t)
{
	struct parcel *in = t->ipc.in;

	t->frame->x[X_HANDLES] = 0;
	if (t->ipc.out)
		parcel_return(t->handles, t->ipc.out);
	else if (t->ipc.nr_sent)
		parcel_sent(t->handles, t->ipc.sent, t->ipc.nr_sent);
	if (in) {
		u32 used = in->count;

		t->frame->x[X_HANDLES] = parcel_unpack(t->handles, in, t->ipc.room);
		t->ipc.nr_room -= used;
		memmove(t->ipc.room, t->ipc.room + used, t->ipc.nr_room * sizeof(u32));
	}
	t->ipc.in = t->ipc.out = NULL;
	t->ipc.nr_sent = 0;
	t->ipc_slow = 0;
	(void)make_room(t);
}

int ipc_accept(u32 handles)
{
	int err;

	if (handles > IPC_HANDLES)
		return -EINVAL;
	current->ipc.accept = handles;
	err = make_room(current);
	if (err)
		current->ipc.accept = current->ipc.nr_room;
	return err;
}

void ipc_woken(void)
{
	irqflags_t flags = spin_lock_irqsave(&ipc_lock);

	awake(current, WAIT_FOREVER_NS);
	wait_for_it(current, WAIT_FOREVER_NS);
	spin_unlock_irqrestore(&ipc_lock, flags);
	settle(current);
}

/* ---- the calls ---- */

/* The endpoint behind the caller's handle, which stays while ipc_lock is held. */
static struct endpoint *look_up(u64 h, u32 right, u64 *badge)
{
	struct rq *rq = this_rq();
	struct object *o;

	raw_spin_lock(&rq->lock);
	o = handle_peek(current->handles, h, right, badge);
	raw_spin_unlock(&rq->lock);
	return o ? container_of(o, struct endpoint, object) : NULL;
}

/* ipc_lock is held, IRQs off, and released. */
static void do_send(struct frame *f, bool call, irqflags_t flags)
{
	u64 timeout_ns = f->x[X_TIMEOUT], badge = 0;
	struct endpoint *ep = look_up(f->x[X_HANDLE], RIGHT_CALL, &badge);
	struct task *t = current, *receiver = NULL;
	s64 err = !ep ? -EBADF : ep->dead ? -EPIPE : 0;
	bool others = false;

	if (!err) {
		/* [IPC-1] There before we look, or a fast path might miss us. */
		t->ipc.at = &ep->object;
		t->ipc.badge = badge;
		t->ipc.prio = t->prio;
		t->ipc.seq = ep->seq++;
		t->ipc_wait = call ? IPC_CALL : IPC_SEND;
		avl_insert(&ep->senders, &t->ipc.sender, more_urgent);
		receiver = take_receiver(ep, t, &others);
	}
	if (receiver) {
		avl_remove(&ep->senders, &t->ipc.sender);
		deliver(t, receiver, call ? 0 : IPC_SENT, badge);
		if (call)
			owe(receiver, t);
		else
			t->ipc_wait = IPC_NONE;
		complete(receiver);
		answer(t, 0);
		/* A server comes to its caller, so that the reply is near. */
		if (call)
			task_wake_here(receiver);
		else
			task_wake(receiver);
	} else if (!err && (others || timeout_ns == 0)) {
		undo_wait(t);
		err = others ? -EMFILE : -ETIMEDOUT;
	}
	if (err)
		answer(t, err);
	wait_until(t, timeout_ns, flags);
}

/* [ipc_lock] 0; -ESRCH: nobody waits for it any more; -EMFILE: who waits has no room for
 * the handles that come with it, and waits on. */
static s64 do_reply(void)
{
	struct task *t = current, *client = t->ipc.caller;

	if (!client)
		return -ESRCH;
	if (!has_room(client, t))
		return -EMFILE;
	t->ipc.caller = NULL;
	deliver(t, client, 0, 0);
	complete(client);
	task_wake_here(client);
	task_drop_prio(t);
	return 0;
}

/* ipc_lock is held, IRQs off, and released. */
static void do_receive(struct frame *f, irqflags_t flags)
{
	u64 timeout_ns = f->x[X_TIMEOUT], badge;
	struct endpoint *ep = look_up(f->x[X_HANDLE], RIGHT_RECEIVE, &badge);
	struct task *t = current, *from = NULL;
	s64 err = !ep ? -EBADF : ep->dead ? -EPIPE : t->ipc.caller ? -EBUSY : 0;

	while (!err && (from = take_sender(ep)) && !has_room(t, from))
		finish(from, -EMFILE);
	if (from && from->ipc_wait == IPC_CALL) {
		deliver(from, t, 0, from->ipc.badge);
		answer(from, 0);
		owe(t, from);
	} else if (from) {
		deliver(from, t, IPC_SENT, from->ipc.badge);
		finish(from, 0);
	} else if (!err && timeout_ns == 0) {
		err = -ETIMEDOUT;
	} else if (!err) {
		t->ipc.at = &ep->object;
		t->ipc_wait = IPC_RECEIVE;
	}
	if (err)
		answer(t, err);
	wait_until(t, timeout_ns, flags);
}

void ipc_syscall(struct frame *f)
{
	u64 nr = f->x[X_STATUS];
	struct task *t = current;
	s64 err = pack(t, nr == SYS_ipc_receive ? 0 : f->x[X_HANDLES]);
	irqflags_t flags;

	if (err) {
		answer(t, err);
		settle(t);
		return;
	}
	flags = spin_lock_irqsave(&ipc_lock);
	if (nr == SYS_ipc_reply || nr == SYS_ipc_reply_receive)
		err = do_reply();
	if (nr == SYS_ipc_call || nr == SYS_ipc_send) {
		do_send(f, nr == SYS_ipc_call, flags);
	} else if (nr == SYS_ipc_reply || err == -EMFILE) {
		answer(t, err);
		spin_unlock_irqrestore(&ipc_lock, flags);
	} else { /* if the caller is gone, so be it */
		do_receive(f, flags);
	}
	settle(t);
}

void ipc_thread_ends(void)
{
	struct task *t = current;
	irqflags_t flags;

	(void)ipc_accept(0);
	flags = spin_lock_irqsave(&ipc_lock);

	if (t->ipc.caller) {
		finish(t->ipc.caller, -EPIPE);
		t->ipc.caller = NULL;
		task_drop_prio(t);
	}
	spin_unlock_irqrestore(&ipc_lock, flags);
}

/* While the lock is held nobody ends who waits for a reply or owes one, and no endpoint
 * goes at which somebody waited. The fast path may go on: each word is one moment's. */
void ipc_get_info(struct task *t, struct ipc_info *out)
{
	irqflags_t flags = spin_lock_irqsave(&ipc_lock);
	struct task *client = READ_ONCE(t->ipc.caller), *server = READ_ONCE(t->ipc.partner);

	*out = (struct ipc_info){ .wait = READ_ONCE(t->ipc_wait) };
	if (out->wait == IPC_REPLY)
		out->partner = server->id;
	else if (out->wait != IPC_NONE)
		out->endpoint = endpoint_of(t)->object.id;
	if (client)
		out->caller = client->id;
	spin_unlock_irqrestore(&ipc_lock, flags);
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
	struct task *t = ep->dead ? take_receiver(ep, NULL, NULL) ?: take_sender(ep) : NULL;

	if (t)
		finish(t, -EPIPE);
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
	cache_init(&endpoint_cache, "endpoint", sizeof(struct endpoint), 0);
}
