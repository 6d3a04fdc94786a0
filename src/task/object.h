/* SPDX-License-Identifier: MIT */
/*
 * Kernel objects that handles name. Reference counted: one per handle, one per
 * pointer kept elsewhere; the last one calls the type's release.
 */
#pragma once

#include "arm64/atomic.h"
#include "kernel/types.h"

enum object_type { OBJ_PROCESS, OBJ_THREAD, OBJ_TERMINAL, OBJ_MEMORY, NR_OBJ_TYPES };

struct object {
	enum object_type type;
	atomic_t refs;
	void (*release)(struct object *o); /* NULL: static, never released */
};

static inline void object_init(struct object *o, enum object_type type,
			       void (*release)(struct object *))
{
	o->type = type;
	o->refs.v = 1;
	o->release = release;
}

static inline void object_get(struct object *o)
{
	atomic_inc(&o->refs);
}

static inline void object_put(struct object *o)
{
	if (atomic_dec_and_test(&o->refs) && o->release)
		o->release(o);
}

extern const char *const object_type_names[NR_OBJ_TYPES];
