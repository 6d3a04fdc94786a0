/* SPDX-License-Identifier: MIT */
/* System calls on handles and on what they name for messages and signals. */
#include "core/clock.h"
#include "ipc/endpoint.h"
#include "ipc/handle.h"
#include "ipc/memory_object.h"
#include "ipc/notification.h"
#include "ipc/reply_object.h"
#include "ipc/timer_object.h"
#include "kernel/errno.h"
#include "sched/task.h"
#include "task/process.h"
#include "task/syscall.h"

s64 sys_close(u64 h)
{
	return handle_close(current->handles, h);
}

s64 sys_handle_duplicate(u64 h, u64 rights, u64 badge)
{
	return handle_derive(current->handles, h, current->handles, (u32)rights, badge);
}

s64 sys_handle_revoke(u64 h)
{
	return handle_revoke(current->handles, h);
}

/* Name a new object, of which we have the one reference, by a new handle. */
s64 syscall_name(struct object *o, u32 rights)
{
	int h;

	if (!o)
		return -ENOMEM;
	h = handle_add(current->handles, o, rights);
	if (h < 0)
		object_put(o);
	return h;
}

s64 sys_endpoint_create(void)
{
	struct endpoint *ep = endpoint_create();

	return syscall_name(ep ? &ep->object : NULL, RIGHT_CALL | RIGHT_RECEIVE | RIGHT_DUPLICATE);
}

s64 sys_notification_create(void)
{
	struct notification *n = notification_create();

	return syscall_name(n ? &n->object : NULL, RIGHT_SIGNAL | RIGHT_WAIT | RIGHT_DUPLICATE);
}

s64 sys_reply_create(void)
{
	struct reply *r = reply_create();

	return syscall_name(r ? &r->object : NULL, RIGHT_REPLY | RIGHT_DUPLICATE);
}

s64 sys_reply_keep(u64 h)
{
	struct object *o;
	int err = handle_get(current->handles, h, OBJ_REPLY, RIGHT_REPLY, &o);

	if (err)
		return err;
	err = reply_keep(container_of(o, struct reply, object));
	object_put(o);
	return err;
}

s64 sys_signal(u64 h, u64 bits)
{
	struct object *o;
	int err = handle_get(current->handles, h, OBJ_NOTIFICATION, RIGHT_SIGNAL, &o);

	if (err)
		return err;
	if (bits >> 63)
		err = -EINVAL; /* it could not be told from an error */
	else
		notification_signal(container_of(o, struct notification, object), bits);
	object_put(o);
	return err;
}

s64 sys_notification_wait(u64 h, u64 timeout_ns)
{
	struct object *o;
	s64 bits = handle_get(current->handles, h, OBJ_NOTIFICATION, RIGHT_WAIT, &o);

	if (bits)
		return bits;
	bits = notification_wait(container_of(o, struct notification, object),
				 clock_deadline_ns(timeout_ns));
	object_put(o);
	return bits;
}

s64 sys_ipc_accept(u64 handles)
{
	return ipc_accept(handles);
}

/* ---- memory objects ---- */

#define MEMORY_RIGHTS (RIGHT_READ | RIGHT_WRITE | RIGHT_SPAWN | RIGHT_SUPPLY | RIGHT_DUPLICATE)

s64 sys_memory_create(u64 len)
{
	struct object *o;
	int err = memory_object_create(len, current_process()->account, &o);

	return err ? err : syscall_name(o, MEMORY_RIGHTS);
}

s64 sys_memory_clone(u64 h, u64 offset, u64 len)
{
	struct object *of, *o;
	int err = handle_get(current->handles, h, OBJ_MEMORY, RIGHT_READ, &of);

	if (err)
		return err;
	err = memory_object_clone(of, offset, len, current_process()->account, &o);
	object_put(of);
	return err ? err : syscall_name(o, MEMORY_RIGHTS);
}

s64 sys_memory_size(u64 h)
{
	struct object *o;
	s64 ret = handle_get(current->handles, h, OBJ_MEMORY, 0, &o);

	if (ret)
		return ret;
	ret = (s64)(memory_object(o)->memory.pages * PAGE_SIZE);
	object_put(o);
	return ret;
}

s64 sys_memory_paged(u64 h, u64 badge, u64 len)
{
	struct object *ep, *o;
	int err = handle_get(current->handles, h, OBJ_ENDPOINT, RIGHT_RECEIVE, &ep);

	if (err)
		return err;
	err = memory_object_paged(container_of(ep, struct endpoint, object), badge, len,
				  current_process()->account, &o);
	object_put(ep);
	return err ? err : syscall_name(o, MEMORY_RIGHTS);
}

s64 sys_memory_supply(u64 h, u64 offset, u64 h_from, u64 from_offset, u64 len)
{
	const struct handle_want want[2] = { { h, RIGHT_SUPPLY },
					     { h_from, RIGHT_READ | RIGHT_WRITE } };
	struct object *o[2];
	s64 ret = handle_get_two(current->handles, OBJ_MEMORY, want, o);

	if (ret)
		return ret;
	if ((offset | from_offset | len) % PAGE_SIZE || len == 0)
		ret = -EINVAL;
	else
		ret = memory_supply(&memory_object(o[0])->memory, offset / PAGE_SIZE,
				    &memory_object(o[1])->memory, from_offset / PAGE_SIZE,
				    len / PAGE_SIZE);
	object_put(o[0]);
	object_put(o[1]);
	return ret > 0 ? ret * (s64)PAGE_SIZE : ret;
}

/* ---- timers ---- */

s64 sys_timer_create(u64 h, u64 bits)
{
	struct object *n, *o;
	int err = bits >> 63 ? -EINVAL :
			       handle_get(current->handles, h, OBJ_NOTIFICATION, RIGHT_SIGNAL, &n);

	if (err)
		return err;
	o = timer_object_create(container_of(n, struct notification, object), bits);
	object_put(n);
	return syscall_name(o, RIGHT_SET | RIGHT_DUPLICATE);
}

s64 sys_timer_set(u64 h, u64 ns)
{
	struct object *o;
	int err = handle_get(current->handles, h, OBJ_TIMER, RIGHT_SET, &o);

	if (err)
		return err;
	timer_object_set(o, ns);
	object_put(o);
	return 0;
}
