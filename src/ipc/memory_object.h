/* SPDX-License-Identifier: MIT */
/*
 * Memory objects (mm/memory.h) as handles name them. The object is one user of the memory;
 * what is mapped stays when the last handle is closed.
 */
#pragma once

#include "ipc/object.h"
#include "mm/memory.h"

struct endpoint;

struct memory_object {
	struct object object;
	struct memory memory;
	struct endpoint *pager; /* [I] referenced; NULL: it has none */
	u64 badge;		/* [I] of the messages to it */
};

static inline struct memory_object *memory_object(struct object *o)
{
	return container_of(o, struct memory_object, object);
}

/* All: one reference; the account pays for its pages; thread context, IRQs on. *out, or
 * -EINVAL (no bytes, not whole pages, too many), -ENOMEM. */
int memory_object_create(u64 bytes, struct account *account, struct object **out) __must_check;
/* A copy of [offset, offset + bytes): see memory_clone. */
int memory_object_clone(struct object *of, u64 offset, u64 bytes, struct account *account,
			struct object **out) __must_check;
/* Its pages are asked for at `pager`, of which it keeps a reference: a message PAGER_FAULT
 * with that badge (abi/lodger.h). */
int memory_object_paged(struct endpoint *pager, u64 badge, u64 bytes,
			struct account *account, struct object **out) __must_check;
/* Registers: pages from pa on, a page multiple. */
int memory_object_device(paddr_t pa, u64 bytes, struct object **out) __must_check;
void memory_object_init(void);
