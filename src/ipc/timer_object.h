/* SPDX-License-Identifier: MIT */
/* Timers that programs have: each signals a notification, once for each time it is set. */
#pragma once

#include "ipc/notification.h"

/* Stopped; it keeps a reference of n. Or NULL: out of memory. */
struct object *timer_object_create(struct notification *n, u64 bits) __must_check;
/* In ns from now; WAIT_FOREVER_NS: never. Thread context, may sleep. */
void timer_object_set(struct object *o, u64 ns);
void timer_object_init(void);
