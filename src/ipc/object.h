/* SPDX-License-Identifier: MIT */
/*
 * Kernel objects that handles name. Reference counted: one per handle, one per
 * pointer kept elsewhere; the last one calls the type's release.
 */
#pragma once

#include "arm64/atomic.h"
#include "kernel/types.h"

enum object_type {
	OBJ_PROCESS,
	OBJ_THREAD,
	OBJ_TERMINAL,
	OBJ_MEMORY,
	OBJ_ENDPOINT,
	OBJ_NOTIFICATION,
	OBJ_TIMER,
	OBJ_DEVICE,
	OBJ_INTERRUPT,
	OBJ_REPLY,
	NR_OBJ_TYPES
};

struct object;

/* Thread context, IRQs on; release and unnamed with no locks held. */
struct object_ops {
	void (*release)(struct object *o);
	/* A handle with these rights is about to name it (derive_lock may be held), or
	 * does so no more. NULL: it does not care. */
	void (*named)(struct object *o, u32 rights);
	void (*unnamed)(struct object *o, u32 rights);
};

struct object {
	enum object_type type;
	u32 id; /* [I] of all objects, in the order of their making; 0: a static one */
	atomic_t refs;
	const struct object_ops *ops; /* NULL: static, never released */
};

/* One reference. */
void object_init(struct object *o, enum object_type type, const struct object_ops *ops);
/* The last reference is gone. */
void object_release(struct object *o);

static inline void object_get(struct object *o)
{
	atomic_inc(&o->refs);
}

static inline void object_put(struct object *o)
{
	if (atomic_dec_and_test(&o->refs) && o->ops)
		object_release(o);
}

extern const char *const object_type_names[NR_OBJ_TYPES];
/* How many there are, but for static ones, and how many have been made. */
struct object_count {
	atomic_t now, made;
};
extern struct object_count object_counts[NR_OBJ_TYPES]; /* [a] */
