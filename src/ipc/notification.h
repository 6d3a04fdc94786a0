/* SPDX-License-Identifier: MIT */
/* Notifications: bits that stay set until somebody has seen them. Nobody waits to set
 * one, so an interrupt can. */
#pragma once

#include "core/spinlock.h"
#include "ipc/object.h"
#include "kernel/list.h"

struct notification {
	struct object object;
	struct spinlock lock;
	u64 bits;	     /* [lock] signalled and not seen yet; 0 while somebody waits */
	struct list waiters; /* [lock] threads, by ipc.waiter, the first that came first */
};

/* What signals one later, or often. */
struct signal {
	struct notification *to;
	u64 bits;
};

/* With one reference; or NULL: out of memory. */
struct notification *notification_create(void) __must_check;
/* Any context. The caller holds a reference. */
void notification_signal(struct notification *n, u64 bits);
/* The same for the handler of an interrupt, with IRQs off until it is over: on the way back to
 * EL0 signal.S may go on in the thread that is waiting. */
void notification_signal_from_irq(const struct signal *signal);
/* All bits, which are zero from now on: once there are any. -ETIMEDOUT, -EINTR. The caller
 * has a reference and holds nothing else: src/ipc/signal.S may go on to EL0 in its place, and
 * drops that. */
s64 notification_wait(struct notification *n, u64 deadline_ns);
void notification_init(void);
