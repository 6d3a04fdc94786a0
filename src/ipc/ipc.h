/* SPDX-License-Identifier: MIT */
/* Between the files of src/ipc, and for entry.S and fast.S. */
#pragma once

#include "arm64/frame.h"
#include "ipc/endpoint.h"
#include "ipc/reply_object.h"
#include "sched/task.h"

/* Registers of a call (abi/lodger.h). */
#define IPC_X_STATUS 8
#define IPC_X_HANDLE 9 /* in */
#define IPC_X_BADGE 9  /* out */
#define IPC_X_HANDLES 10
#define IPC_X_TIMEOUT 11

extern struct spinlock ipc_lock;

/* ---- ipc.c ---- */
/* A call for a message that the fast path does not serve: arguments and results are in
 * the frame. From entry.S, IRQs on. */
void ipc_syscall(struct frame *f);
/* The calling thread was put to sleep by the fast path and is awake again, but not by
 * it: until what it waits for is in its frame. IRQs on. */
void ipc_woken(void);
/* t's wait is over, with this status. [ipc_lock] */
void ipc_finish(struct task *t, s64 status);

/* What is in the calling thread's frame, for ipc_ask_fast, which cannot: until the answer is
 * there. IRQs on. */
void ipc_ask_slow(struct frame *f, struct object *ep, u64 badge);

/* ---- ask.c, fast.S ---- */
#define ASK_TIMEOUT_NS (PAGER_TIMEOUT_MS * NSEC_PER_MSEC)

/* Its frame is t->frame from then on. */
struct ipc_answer ipc_ask_fast(u64 w0, u64 w1, u64 w2, struct object *ep, u64 badge);
/* It asks, and nobody has answered for ASK_TIMEOUT_NS. */
bool ipc_asked_too_long(const struct task *t);

/* ---- endpoint.c, all with ipc_lock held ---- */
static inline struct endpoint *endpoint_of(const struct task *t)
{
	return container_of(t->ipc.at, struct endpoint, object);
}

/* ---- reply_object.c, with ipc_lock held ---- */
/* What keeps t, which waits for a reply that no thread owes. */
static inline struct reply *kept_in(const struct task *t)
{
	return container_of(t->ipc.at, struct reply, object);
}

/* IRQs off: until it sleeps. */
void ipc_list_receiver(struct endpoint *ep, struct task *t);
void ipc_unlist_receiver(struct task *t);
/* A thread that receives here and has room for what comes from `from` (NULL: nothing), out
 * of its list, this CPU's first; or NULL, and *others: there was one without. */
struct task *ipc_take_receiver(struct endpoint *ep, const struct task *from, bool *others);
void ipc_add_sender(struct endpoint *ep, struct task *t);
/* The most urgent one, or NULL. */
struct task *ipc_take_sender(struct endpoint *ep);

/* ---- travel.c ---- */
/* Is there room for what comes from `from`? [ipc_lock] */
bool ipc_has_room(const struct task *to, const struct task *from);
/* Pack what x10 says. 0, or -EBADF, -ENOMEM. IRQs on. */
int ipc_pack(struct task *t, u64 numbers);
/* The calling thread's wait is over: what it sent comes back or is gone, what came is its.
 * IRQs on. */
void ipc_settle(struct task *t);
