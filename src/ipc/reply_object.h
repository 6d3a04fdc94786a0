/* SPDX-License-Identifier: MIT */
/*
 * A reply that is put off: a caller, kept for whoever has a handle to the object. One object
 * keeps one caller at a time and can be used again, so to put a call off needs no memory.
 * When the last handle is closed, who is kept gets -EPIPE.
 */
#pragma once

#include "ipc/object.h"
#include "kernel/compiler.h"

struct task;

struct reply {
	struct object object;
	struct task *client; /* [ipc_lock] waits for the reply; NULL: nobody is kept */
};

/* With one reference; or NULL: out of memory. */
struct reply *reply_create(void) __must_check;
/* Keep whom the calling thread owes a reply, which it owes no more. 0; -ESRCH: it owes none;
 * -EBUSY: somebody is kept. IRQs on, no locks. */
int reply_keep(struct reply *r);
void reply_init(void);
