/* SPDX-License-Identifier: MIT */
/*
 * Handle tables: small numbers to objects, per process. Lookups take a reference
 * under the table's lock, so a concurrent close cannot free what is in use.
 */
#pragma once

#include "abi/lodger.h"
#include "core/spinlock.h"
#include "task/object.h"

#define RIGHT_READ 1  /* read, map */
#define RIGHT_WRITE 2 /* write */
#define RIGHT_WAIT 4
#define RIGHT_KILL 8
#define RIGHT_SPAWN 16 /* run what is in this memory object */

struct handle {
	struct object *object; /* NULL: free */
	u32 rights;
	u32 next_free;
};

struct handle_table {
	struct spinlock lock;
	struct handle *slots;  /* [lock] grows by doubling to HANDLES_MAX */
	u32 size, used;	       /* [lock] */
	u32 free_head;	       /* [lock] 0: none */
	bool closed;	       /* [lock] the process is gone: nothing goes in */
};

int handle_table_init(struct handle_table *t) __must_check;
/* Close all; nothing can be put in afterwards. */
void handle_table_destroy(struct handle_table *t);
/* Name o by a new handle; consumes the caller's reference on success only.
 * Handle number, -EMFILE, -ENOMEM or -ESRCH (table destroyed). */
int handle_add(struct handle_table *t, struct object *o, u32 rights);
/*
 * The same in two steps, for objects that must not begin to live without a name:
 * reserve a number (it names nothing yet), make the object, install it. install
 * consumes the caller's reference always.
 */
int handle_reserve(struct handle_table *t) __must_check;
void handle_unreserve(struct handle_table *t, int h);
void handle_install(struct handle_table *t, int h, struct object *o, u32 rights);
/* The object behind h, with a reference: 0, -EBADF (no such handle or another
 * type), -EPERM (rights missing). */
int handle_get(struct handle_table *t, u64 h, enum object_type type, u32 rights,
	       struct object **out) __must_check;
/* As handle_get, for any of the types in a mask of BIT(type). */
int handle_get_any(struct handle_table *t, u64 h, u32 types, u32 rights,
		   struct object **out) __must_check;
int handle_close(struct handle_table *t, u64 h);
