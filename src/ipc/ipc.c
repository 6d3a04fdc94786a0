/* SPDX-License-Identifier: MIT */
/*
 * Messages. src/ipc/fast.S does the common case beside: a call, or a
 * reply with the next receive, between two threads of one CPU of which the other already
 * waits. Whatever it cannot do without looking further it leaves to this.
 *
 * A thread that waits has its message in the frame on top of its stack, and that is where
 * an answer goes. Its C stack below has nothing that is needed: who is woken by the fast
 * path leaves it as it is. So nothing is held across a wait: no lock, no reference, no
 * timer on the stack. An endpoint stays without a reference: before it goes, whoever
 * waits there is sent away (endpoint_unnamed in endpoint.c).
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
#include "core/clock.h"
#include "ipc/handle.h"
#include "ipc/ipc.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "sched/rq.h"
#include "sched/wait.h"

struct spinlock ipc_lock = SPINLOCK_INIT(RANK_IPC);

/* ---- a message, an answer ---- */

static void answer(struct task *t, s64 status)
{
	struct frame *f = t->frame;

	memset(f->x, 0, IPC_WORDS * sizeof(u64));
	f->x[IPC_X_STATUS] = (u64)status;
	f->x[IPC_X_BADGE] = 0;
}

static void deliver(struct task *from, struct task *to, u64 status, u64 badge)
{
	struct frame *f = to->frame;

	memcpy(f->x, from->frame->x, IPC_WORDS * sizeof(u64));
	f->x[IPC_X_STATUS] = status;
	f->x[IPC_X_BADGE] = badge;
	to->ipc.in = from->ipc.out;
	from->ipc.out = NULL;
}

/* What t waited for is in its frame. [ipc_lock] */
static void complete(struct task *t)
{
	t->ipc.partner = NULL;
	t->ipc_wait = IPC_NONE;
}

void ipc_finish(struct task *t, s64 status)
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
	case IPC_REPLY:
		if (server) {
			struct rq *rq = task_rq_lock(server);

			server->ipc.caller = NULL;
			raw_spin_unlock(&rq->lock);
			task_drop_prio(server);
		} else {
			kept_in(t)->client = NULL;
		}
		break;
	case IPC_SIGNAL: /* not here: notification.c */
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
		ipc_unlist_receiver(t); /* awake it must not be in a list */
	if (t->ipc_wait == IPC_NONE)
		return;
	if (task_dying(t)) {
		undo_wait(t);
		answer(t, -EINTR);
	} else if ((deadline_ns != WAIT_FOREVER_NS && clock_ns() >= deadline_ns) ||
		   ipc_asked_too_long(t)) {
		undo_wait(t);
		answer(t, -ETIMEDOUT);
	}
}

/* Sleep until t's wait is over. Called and returns with ipc_lock held. */
static void wait_for_it(struct task *t, u64 deadline_ns)
{
	while (t->ipc_wait != IPC_NONE) {
		if (t->ipc_wait == IPC_RECEIVE)
			ipc_list_receiver(endpoint_of(t), t);
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

void ipc_woken(void)
{
	irqflags_t flags = spin_lock_irqsave(&ipc_lock);

	awake(current, WAIT_FOREVER_NS);
	wait_for_it(current, WAIT_FOREVER_NS);
	spin_unlock_irqrestore(&ipc_lock, flags);
	if (!current->ipc.asked_ticks)
		ipc_settle(current);
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

/* What is in the frame, to ep, which may be NULL. ipc_lock is held, IRQs off, and released. */
static void send_to(struct endpoint *ep, u64 badge, bool call, u64 timeout_ns,
		    irqflags_t flags)
{
	struct task *t = current, *receiver = NULL;
	s64 err = !ep ? -EBADF : ep->dead ? -EPIPE : 0;
	bool others = false;

	if (!err) {
		/* [IPC-1] There before we look, or a fast path might miss us. */
		t->ipc.at = &ep->object;
		t->ipc.badge = badge;
		t->ipc_wait = call ? IPC_CALL : IPC_SEND;
		ipc_add_sender(ep, t);
		receiver = ipc_take_receiver(ep, t, &others);
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

/* ipc_lock is held, IRQs off, and released. */
static void do_send(struct frame *f, bool call, irqflags_t flags)
{
	u64 badge = 0;
	struct endpoint *ep = look_up(f->x[IPC_X_HANDLE], RIGHT_CALL, &badge);

	send_to(ep, badge, call, f->x[IPC_X_TIMEOUT], flags);
}

void ipc_ask_slow(struct frame *f, struct object *ep, u64 badge)
{
	irqflags_t flags = spin_lock_irqsave(&ipc_lock);

	current->frame = f;
	send_to(container_of(ep, struct endpoint, object), badge, true, WAIT_FOREVER, flags);
}

s64 ipc_call(struct endpoint *ep, u64 badge, u64 word[IPC_WORDS], u64 timeout_ns)
{
	struct task *t = current;
	struct frame own = { 0 }, *users = t->frame;
	u32 room = t->ipc.nr_room;
	irqflags_t flags;

	memcpy(own.x, word, sizeof(own.x[0]) * IPC_WORDS);
	t->frame = &own;
	t->ipc.nr_room = 0; /* a reply with handles finds no room */
	t->ipc_slow = 1;    /* the stack, and this frame on it, are still needed */
	flags = spin_lock_irqsave(&ipc_lock);
	send_to(ep, badge, true, timeout_ns, flags);
	t->ipc_slow = 0;
	t->ipc.nr_room = room;
	t->frame = users;
	memcpy(word, own.x, sizeof(own.x[0]) * IPC_WORDS);
	return (s64)own.x[IPC_X_STATUS];
}

/* What is in the frame, to who is at *at, and then nobody. [ipc_lock] 0; -ESRCH: nobody
 * waits for it any more; -EMFILE: who waits has no room for the handles that come with it,
 * and waits on. */
static s64 reply_to(struct task **at)
{
	struct task *client = *at;

	if (!client)
		return -ESRCH;
	if (!ipc_has_room(client, current))
		return -EMFILE;
	*at = NULL;
	deliver(current, client, 0, 0);
	complete(client);
	task_wake_here(client);
	return 0;
}

/* [ipc_lock] */
static s64 do_reply(void)
{
	s64 err = reply_to(&current->ipc.caller);

	if (!err)
		task_drop_prio(current);
	return err;
}

static void do_reply_to(struct frame *f)
{
	irqflags_t flags;
	struct object *o;
	s64 err = handle_get(current->handles, f->x[IPC_X_HANDLE], OBJ_REPLY, RIGHT_REPLY, &o);

	if (!err) {
		flags = spin_lock_irqsave(&ipc_lock);
		err = reply_to(&container_of(o, struct reply, object)->client);
		spin_unlock_irqrestore(&ipc_lock, flags);
		object_put(o);
	}
	answer(current, err);
}

/* ipc_lock is held, IRQs off, and released. */
static void do_receive(struct frame *f, irqflags_t flags)
{
	u64 timeout_ns = f->x[IPC_X_TIMEOUT], badge;
	struct endpoint *ep = look_up(f->x[IPC_X_HANDLE], RIGHT_RECEIVE, &badge);
	struct task *t = current, *from = NULL;
	s64 err = !ep ? -EBADF : ep->dead ? -EPIPE : t->ipc.caller ? -EBUSY : 0;

	while (!err && (from = ipc_take_sender(ep)) && !ipc_has_room(t, from))
		ipc_finish(from, -EMFILE);
	if (from && from->ipc_wait == IPC_CALL) {
		deliver(from, t, 0, from->ipc.badge);
		answer(from, 0);
		owe(t, from);
	} else if (from) {
		deliver(from, t, IPC_SENT, from->ipc.badge);
		ipc_finish(from, 0);
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
	u64 nr = f->x[IPC_X_STATUS];
	struct task *t = current;
	s64 err = ipc_pack(t, nr == SYS_ipc_receive ? 0 : f->x[IPC_X_HANDLES]);
	irqflags_t flags;

	if (err || nr == SYS_ipc_reply_to) {
		if (err)
			answer(t, err);
		else
			do_reply_to(f);
		ipc_settle(t);
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
	ipc_settle(t);
}

void ipc_thread_ends(void)
{
	struct task *t = current;
	irqflags_t flags;

	(void)ipc_accept(0);
	flags = spin_lock_irqsave(&ipc_lock);
	if (t->ipc.caller) {
		ipc_finish(t->ipc.caller, -EPIPE);
		t->ipc.caller = NULL;
		task_drop_prio(t);
	}
	spin_unlock_irqrestore(&ipc_lock, flags);
}

/* Each of them but the first sleeps until the one before replies: there is an end, and nobody
 * but ipc_lock's holder changes whom they owe what. */
bool ipc_acts_for(bool (*is)(const struct task *t))
{
	irqflags_t flags = spin_lock_irqsave(&ipc_lock);
	bool found = false;

	for (struct task *t = current; t && !found; t = t->ipc.caller)
		found = is(t);
	spin_unlock_irqrestore(&ipc_lock, flags);
	return found;
}

/* While ipc_lock is held nobody ends who waits for a reply or owes one, and no endpoint
 * goes at which somebody waits. The fast path would go on, but for the run queue's lock. */
void ipc_get_info(struct task *t, struct ipc_info *out)
{
	irqflags_t flags = spin_lock_irqsave(&ipc_lock);
	struct rq *rq = task_rq_lock(t);

	*out = (struct ipc_info){ .wait = t->ipc_wait };
	if (t->ipc_wait == IPC_REPLY && t->ipc.partner)
		out->partner = t->ipc.partner->id;
	else if (t->ipc_wait != IPC_NONE)
		out->endpoint = t->ipc.at->id;
	if (t->ipc.caller)
		out->caller = t->ipc.caller->id;
	raw_spin_unlock(&rq->lock);
	spin_unlock_irqrestore(&ipc_lock, flags);
}
