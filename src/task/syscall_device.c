/* SPDX-License-Identifier: MIT */
/* System calls for drivers: devices, their registers and interrupts. */
#include "ipc/device_object.h"
#include "ipc/handle.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "sched/uaccess.h"
#include "sched/task.h"
#include "task/syscall.h"

#define DEVICE_NAME_MAX 64 /* of a compatible string or a property; longer ones are none */

static int get_device(u64 h, u32 rights, struct object **out)
{
	return handle_get(current->handles, h, OBJ_DEVICE, rights, out);
}

/* A name of the caller's, len bytes without a NUL. 0, -EINVAL, -EFAULT. */
static int get_name(char name[DEVICE_NAME_MAX], u64 at, u64 len)
{
	if (len == 0 || len >= DEVICE_NAME_MAX)
		return -EINVAL;
	name[len] = '\0';
	return copy_from_user(name, at, len) ? -EFAULT : 0;
}

s64 sys_device_find(u64 h, u64 compatible, u64 len, u64 n)
{
	char name[DEVICE_NAME_MAX];
	struct object *o, *found;
	int err = get_name(name, compatible, len);

	if (err)
		return err;
	err = get_device(h, RIGHT_READ, &o);
	if (err)
		return err;
	err = device_find(o, name, n, &found);
	object_put(o);
	return err ? err : syscall_name(found, RIGHT_READ | RIGHT_WRITE | RIGHT_DUPLICATE);
}

s64 sys_device_property(u64 h, u64 name_at, u64 len, u64 buf, u64 buf_len)
{
	char name[DEVICE_NAME_MAX];
	int err = get_name(name, name_at, len);
	const void *data;
	struct object *o;
	u32 bytes = 0;

	if (!err)
		err = get_device(h, RIGHT_READ, &o);
	if (err)
		return err;
	data = device_property(o, name, &bytes);
	object_put(o);
	if (!data)
		return -ENOENT;
	return copy_to_user(buf, data, MIN(buf_len, bytes)) ? -EFAULT : (s64)bytes;
}

s64 sys_device_memory(u64 h, u64 n, u64 user_out)
{
	struct device_memory out;
	struct object *o, *memory;
	s64 ret = get_device(h, RIGHT_WRITE, &o);

	if (ret)
		return ret;
	ret = device_memory(o, n, &memory, &out.offset, &out.size);
	object_put(o);
	if (ret)
		return ret;
	ret = syscall_name(memory, RIGHT_READ | RIGHT_WRITE | RIGHT_DUPLICATE);
	if (ret < 0)
		return ret;
	out.handle = (u64)ret;
	if (!copy_to_user(user_out, &out, sizeof(out)))
		return 0;
	handle_close(current->handles, out.handle);
	return -EFAULT;
}

s64 sys_device_interrupt(u64 h, u64 n, u64 notification, u64 bits)
{
	struct object *o, *to, *interrupt;
	int err = get_device(h, RIGHT_WRITE, &o);

	if (err)
		return err;
	err = bits >> 63 ? -EINVAL :
			   handle_get(current->handles, notification, OBJ_NOTIFICATION,
				      RIGHT_SIGNAL, &to);
	if (!err) {
		err = device_interrupt(o, n, container_of(to, struct notification, object),
				       bits, &interrupt);
		object_put(to);
	}
	object_put(o);
	return err ? err : syscall_name(interrupt, RIGHT_SET | RIGHT_DUPLICATE);
}

s64 sys_interrupt_ack(u64 h)
{
	struct object *o;
	int err = handle_get(current->handles, h, OBJ_INTERRUPT, RIGHT_SET, &o);

	if (err)
		return err;
	interrupt_ack(o);
	object_put(o);
	return 0;
}
