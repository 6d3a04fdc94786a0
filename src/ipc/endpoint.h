/* SPDX-License-Identifier: MIT */
/*
 * Endpoints: where messages go, and where they are received. A message is eight words.
 * It is never kept by the kernel: who sends waits until somebody receives.
 *
 * A call is a send that waits for its reply. Who receives it owes that reply, one at a
 * time, and runs no lower than the caller until it has given it.
 *
 * An endpoint is dead once no handle may receive from it. Then whoever waits there gets
 * -EPIPE, as does who comes later.
 */
#pragma once

#include "abi/lodger.h"
#include "ipc/object.h"
#include "kernel/const.h"
#include "core/cpu.h"
#include "lib/avl.h"

struct task;

struct endpoint {
	/* Threads that receive, by the CPU on which they sleep, the last that came first:
	 * its memory is the warmest. [ipc_lock and that CPU's rq] for putting one in or
	 * for looking from another CPU; the fast path takes out of its own CPU's with the
	 * rq's alone. */
	struct task *waiting[NR_CPUS];
	struct object object;
	struct avl senders; /* [ipc_lock] who found nobody, the most urgent first */
	u64 seq;	    /* [ipc_lock] of the next of these */
	u32 receivers;	    /* [ipc_lock] handles that may receive */
	bool dead;	    /* [ipc_lock] there was one, and is no more */
};

/* With one reference, not yet named; or NULL: out of memory. */
struct endpoint *endpoint_create(void) __must_check;
/* The calling thread ends, or becomes another program: who waits for its reply gets
 * -EPIPE. IRQs on, no locks. */
void ipc_thread_ends(void);
/* The calling thread takes up to so many handles with a message: 0, -EINVAL, or -EMFILE or
 * -ENOMEM and it takes as many as it has room for. */
int ipc_accept(u64 handles);
/* The kernel itself calls, for the current thread: words there and back. ep is referenced.
 * 0, -EPIPE, -ETIMEDOUT, -EINTR. Thread context, IRQs on, no locks; sleeps. */
s64 ipc_call(struct endpoint *ep, u64 badge, u64 word[IPC_WORDS], u64 timeout_ns);
/* The same with three words, for the first one of the answer, and PAGER_TIMEOUT_MS; faster. */
struct ipc_answer {
	s64 status;
	u64 word;
};
struct ipc_answer ipc_ask(u64 w0, u64 w1, u64 w2, struct endpoint *ep, u64 badge);
/* Is it so for the calling thread, for whom it owes a reply, or for whom that one does, and so
 * on? is() is called with ipc_lock held. IRQs on; no lock of a rank above IPC. */
bool ipc_acts_for(bool (*is)(const struct task *t));
/* Where a thread stands, for who looks. */
struct ipc_info {
	u8 wait;	   /* enum ipc_wait */
	u32 endpoint;	   /* id of it, of the notification, or of the reply that keeps it; 0: */
	u32 partner;	   /* id of the thread that owes it the reply, */
	u32 caller;	   /* or to whom it owes one; 0: none */
};
void ipc_get_info(struct task *t, struct ipc_info *out);
void ipc_init(void);
void ipc_ask_init(void);
extern struct audit ipc_audit;
