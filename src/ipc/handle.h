/* SPDX-License-Identifier: MIT */
/*
 * Handles: per process small numbers, each for an object, rights to it and a badge.
 *
 * A handle that was duplicated from another is derived from it, and so are those that
 * are derived from the copy, in whatever process: handle_revoke closes all of them. When
 * one in the middle is closed, what was derived from it is derived from its parent.
 *
 * Slots lie in pages that stay where they are until the table goes, so that the fast
 * paths (look_up.h) can look without the table's lock. It does so under its
 * CPU's run queue lock; who closes a handle that this path uses takes away the rights,
 * then each run queue's lock once (sched_synchronize), and only then the rest.
 *
 * Locks: derive_lock, then a table's. Thread context, IRQs on.
 */
#pragma once

#include "abi/lodger.h"
#include "core/spinlock.h"
#include "ipc/object.h"
#include "kernel/list.h"

#define HANDLES_PER_CHUNK 64 /* numbers that are multiples of it name nothing */

/* Of those handles that fast paths use. */
#define RIGHTS_OF_FAST_PATH (RIGHT_CALL | RIGHT_RECEIVE | RIGHT_SIGNAL)

struct handle_table;

struct handle {
	u32 rights;	       /* RIGHT_* */
	union {
		u32 next_free; /* number; 0: none */
		u32 number;    /* [I] of a chunk's first, unused one: its own */
	};
	struct object *object; /* NULL: free, or reserved */
	u64 badge;	       /* told to who receives by it */
	union {
		struct handle *parent;	    /* [derive_lock] NULL: derived from none */
		struct handle_table *table; /* [I] of a chunk's first, unused one */
	};
	struct list children; /* [derive_lock] */
	struct list sibling;  /* [derive_lock] */
};

struct handle_table {
	struct spinlock lock;
	struct handle **chunks; /* [I] HANDLES_MAX / HANDLES_PER_CHUNK; NULL: none yet */
	u32 size, used;		/* [lock] numbers below size have a slot */
	u32 free_head;		/* [lock] 0: none */
	bool closed;		/* [lock] the process is gone: nothing goes in */
	struct account *account; /* [I] the process's, which outlives it */
};

/* What it holds is charged to the account (NULL: the kernel's). -ENOMEM. */
int handle_table_init(struct handle_table *t, struct account *account) __must_check;
/* Close all; nothing can be put in afterwards. Nobody uses the table any more but
 * those who install or unreserve. */
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
/* As handle_get, for any of the types in a mask of BIT(type); *badge, if wanted. */
int handle_get_any(struct handle_table *t, u64 h, u32 types, u32 rights,
		   struct object **out, u64 *badge) __must_check;
/* Two of one type at once, both or none; the error is the first one's if it has one. */
struct handle_want {
	u64 h;
	u32 rights;
};
int handle_get_two(struct handle_table *t, enum object_type type, const struct handle_want want[2],
		   struct object *out[2]) __must_check;
/*
 * The object behind h without a reference, if it has the right, which is one of
 * RIGHTS_OF_FAST_PATH; or NULL. Under this CPU's run queue lock, in a thread of the
 * process: it stays at least until that is released [HANDLE-1], and after that until
 * `unnamed` has returned.
 */
struct object *handle_peek(const struct handle_table *t, u64 h, u32 right, u64 *badge);
int handle_close(struct handle_table *t, u64 h);
/*
 * One more handle for the same in a table, derived from h of this or another one, with
 * those of its rights that are in `rights`. badge 0: h's; another one only if h has none.
 * Number, -EBADF, -EPERM (no right to duplicate, or a badge already), -EMFILE, -ENOMEM,
 * -ESRCH (table destroyed).
 */
int handle_derive(struct handle_table *from, u64 h, struct handle_table *to, u32 rights,
		  u64 badge);
/*
 * Handles on their way from one table to another. In between they are in a parcel, derived
 * and revocable as ever; their old numbers name nothing, but stay taken, until it is known
 * whether they go back.
 */
struct parcel {
	u32 count;
	u32 from[IPC_HANDLES]; /* numbers in the sender's table */
	struct handle handle[IPC_HANDLES]; /* [derive_lock] object NULL: revoked */
};
/* Pack the handles of a register x10: NULL if it is 0, else 0 and a parcel in *out, or
 * -EBADF, -ENOMEM, and nothing has changed. */
int parcel_pack(struct handle_table *t, u64 numbers, struct parcel **out) __must_check;
/* It has not been sent: back under the old numbers. Frees it. */
void parcel_return(struct handle_table *t, struct parcel *p);
/* It has been sent, to who owns it now: its numbers are free. */
void parcel_sent(struct handle_table *t, const u32 *from, u32 count);
/* Out of it under reserved numbers: what x10 says. Frees it. */
u64 parcel_unpack(struct handle_table *t, struct parcel *p, const u32 *reserved);
/* Close all that is in it, and free it. */
void parcel_drop(struct parcel *p);
/* What a handle is, for who looks. */
struct handle_info {
	u32 number, rights;
	u64 badge;
	enum object_type type;
	u32 object; /* its id */
	bool derived;
};
/* The next with a number above out->number; false: there is none. */
bool handle_next(struct handle_table *t, struct handle_info *out);
/* Close all that is derived from h, in whatever table. 0 or -EBADF. */
int handle_revoke(struct handle_table *t, u64 h);
