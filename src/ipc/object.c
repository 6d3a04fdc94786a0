/* SPDX-License-Identifier: MIT */
#include "ipc/object.h"

struct object_count object_counts[NR_OBJ_TYPES];
static atomic_t last_id;

void object_init(struct object *o, enum object_type type, const struct object_ops *ops)
{
	o->type = type;
	o->id = (u32)__atomic_add_fetch(&last_id.v, 1, __ATOMIC_RELAXED);
	o->refs.v = 1;
	o->ops = ops;
	atomic_inc(&object_counts[type].now);
	atomic_inc(&object_counts[type].made);
}

void object_release(struct object *o)
{
	__atomic_sub_fetch(&object_counts[o->type].now.v, 1, __ATOMIC_RELAXED);
	o->ops->release(o);
}

const char *const object_type_names[NR_OBJ_TYPES] = {
	[OBJ_PROCESS] = "process",
	[OBJ_THREAD] = "thread",
	[OBJ_TERMINAL] = "terminal",
	[OBJ_MEMORY] = "memory",
	[OBJ_ENDPOINT] = "endpoint",
	[OBJ_NOTIFICATION] = "notification",
	[OBJ_TIMER] = "timer",
	[OBJ_DEVICE] = "device",
	[OBJ_INTERRUPT] = "interrupt",
	[OBJ_REPLY] = "reply",
};
