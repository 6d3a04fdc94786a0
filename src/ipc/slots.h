/* SPDX-License-Identifier: MIT */
/* The slots of handle tables, for handle.c and parcel.c. */
#pragma once

#include "ipc/handle.h"

extern struct spinlock derive_lock;

/* `next_free` of a handle that is in no table: in a parcel. */
#define ON_ITS_WAY (~0U)

/* The slot of a number that was reserved. [the table's lock] */
struct handle *handle_slot(struct handle_table *t, u64 h);
/* The slot of any number, if it names something, or NULL. [the table's lock] */
struct handle *handle_live_slot(struct handle_table *t, u64 h);
/* [the table's lock] */
void handle_free_slot(struct handle_table *t, struct handle *s, u32 h);
/* Empty a slot; the object is the caller's to unname. [derive_lock, the table's lock] */
struct object *handle_empty(struct handle *s, u32 *rights);
/* A handle with these rights names it no more: drop its reference. No locks. */
void handle_unname(struct object *o, u32 rights);
