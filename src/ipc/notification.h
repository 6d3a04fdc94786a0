/* SPDX-License-Identifier: MIT */
/* Notifications: bits that stay set until somebody has seen them. Nobody waits to set
 * one, so an interrupt can. */
#pragma once

#include "ipc/object.h"
#include "sched/wait.h"

struct notification {
	struct object object;
	u64 bits; /* [a] signalled and not seen yet */
	struct wait_queue queue;
};

/* With one reference; or NULL: out of memory. */
struct notification *notification_create(void) __must_check;
/* Any context. */
void notification_signal(struct notification *n, u64 bits);
/* All bits, which are zero from now on: once there are any. -ETIMEDOUT, -EINTR. */
s64 notification_wait(struct notification *n, u64 deadline_ns);
void notification_init(void);
