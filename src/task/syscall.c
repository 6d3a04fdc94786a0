/* SPDX-License-Identifier: MIT */
/*
 * System calls: include/abi/lodger.h says what each does. Every one first checks
 * all its arguments, then acts; a pointer is only ever followed by
 * copy_from_user and copy_to_user, a number only used after it was compared.
 *
 * Called from boot/entry.S with IRQs on, on the thread's kernel stack; arguments
 * are the caller's x0..x5 as they are, so every parameter is 64 bits wide.
 */
#include "core/clock.h"
#include "kernel/errno.h"
#include "mm/slab.h"
#include "ipc/handle.h"
#include "sched/uaccess.h"
#include "task/exec.h"
#include "task/initramfs.h"
#include "task/process.h"
#include "task/syscall.h"
#include "task/tty.h"
#include "lib/elf.h"
#include "lib/string.h"

#define IO_CHUNK 512

static s64 sys_nop(void)
{
	return 0;
}

static s64 sys_none(void)
{
	return -ENOSYS;
}

static s64 sys_exit(u64 status)
{
	process_exit((s64)(status & 0xff));
}

static s64 sys_thread_exit(void)
{
	thread_exit();
}

static s64 sys_sleep(u64 ns)
{
	return task_sleep_ns(ns);
}

/* ---- terminal ---- */

static s64 check_io(u64 h, u64 buf, u64 len, u32 right)
{
	struct object *o;
	int err = handle_get(current->handles, h, OBJ_TERMINAL, right, &o);

	if (err)
		return err;
	object_put(o); /* the terminal is for ever */
	if (len > IO_MAX)
		return -EINVAL;
	return user_range_ok(buf, len) ? 0 : -EFAULT;
}

static s64 sys_read(u64 h, u64 buf, u64 len)
{
	char chunk[IO_CHUNK];
	s64 n = check_io(h, buf, len, RIGHT_READ);

	if (n < 0 || len == 0)
		return n;
	n = (tty_mode() & TERMINAL_RAW ? tty_read_raw : tty_read_line)(
		chunk, MIN(len, sizeof(chunk)), process_is_foreground);
	if (n > 0 && copy_to_user(buf, chunk, (size_t)n))
		return -EFAULT; /* the line is lost: who gave a bad buffer lost it */
	return n;
}

static s64 sys_write(u64 h, u64 buf, u64 len)
{
	char chunk[IO_CHUNK];
	s64 done = 0, n = check_io(h, buf, len, RIGHT_WRITE);

	if (n < 0)
		return n;
	while (len > 0) {
		u64 step = MIN(len, sizeof(chunk));

		if (copy_from_user(chunk, buf, step))
			return done ? done : -EFAULT;
		n = tty_program_write(chunk, step);
		if (n < 0)
			return done ? done : n;
		done += n;
		buf += step;
		len -= step;
	}
	return done;
}

static s64 sys_terminal_mode(u64 h, u64 mode)
{
	s64 err = check_io(h, USER_VA_START, 0, RIGHT_READ);

	return err ? err : tty_set_mode(mode, current_process()->pid, process_is_foreground);
}

/* ---- memory ---- */

static int map_object(u64 h, vaddr_t *at, u64 len, u32 prot, u64 offset)
{
	struct handle_table *handles = current->handles;
	bool may_write = true;
	struct object *o;
	int err = handle_get(handles, h, OBJ_MEMORY, RIGHT_READ | RIGHT_WRITE, &o);

	if (err == -EPERM && !(prot & PROT_WRITE)) {
		may_write = false;
		err = handle_get(handles, h, OBJ_MEMORY, RIGHT_READ, &o);
	}
	if (err)
		return err;
	err = mm_map_memory(current->mm, at, len, prot, may_write, &memory_object(o)->memory,
			    offset);
	object_put(o);
	return err;
}

static s64 sys_vm_map(u64 h, u64 addr, u64 len, u64 prot, u64 offset)
{
	vaddr_t at = addr;
	int err;

	if (prot > 7)
		return -EINVAL;
	if (h == HANDLE_NONE) {
		if (offset != 0)
			return -EINVAL;
		err = mm_map_anon(current->mm, &at, len, (u32)prot);
	} else {
		err = map_object(h, &at, len, (u32)prot, offset);
	}
	return err ? err : (s64)at;
}

static s64 sys_vm_unmap(u64 addr, u64 len)
{
	return mm_unmap(current->mm, addr, len);
}

static s64 sys_vm_protect(u64 addr, u64 len, u64 prot)
{
	return prot > 7 ? -EINVAL : mm_protect(current->mm, addr, len, (u32)prot);
}

/* ---- processes and threads ---- */

/* What a caller wants to start, copied in: kmalloc'ed. */
struct spawn_copy {
	u64 handles[SPAWN_HANDLES_MAX];
	char args[];
};

/* The rest of *s but its image and place. */
static int get_args(u64 user_args, struct spawn *s, struct spawn_copy **copy)
{
	struct spawn_args sa;
	int err;

	if (copy_from_user(&sa, user_args, sizeof(sa)))
		return -EFAULT;
	if (sa.flags & ~(u64)SPAWN_FLAGS || sa.memory_max % PAGE_SIZE || sa.argc == 0 ||
	    sa.args_len == 0)
		return -EINVAL;
	if (sa.argc > SPAWN_ARGC_MAX || sa.envc > SPAWN_ENVC_MAX ||
	    sa.args_len > SPAWN_ARGS_MAX || sa.nr_handles > SPAWN_HANDLES_MAX)
		return -E2BIG;
	*copy = kmalloc(sizeof(**copy) + sa.args_len);
	if (!*copy)
		return -ENOMEM;
	err = copy_from_user((*copy)->args, sa.args, sa.args_len);
	if (!err && sa.nr_handles)
		err = copy_from_user((*copy)->handles, sa.handles, sa.nr_handles * sizeof(u64));
	if (err)
		kfree(*copy);
	s->args = (*copy)->args;
	s->args_len = sa.args_len;
	s->argc = (unsigned int)sa.argc;
	s->envc = (unsigned int)sa.envc;
	s->handles = (*copy)->handles;
	s->nr_handles = (unsigned int)sa.nr_handles;
	s->flags = sa.flags;
	s->memory_pages = sa.memory_max / PAGE_SIZE;
	return err;
}

/* What h names, referenced, is where the file is. */
static int get_image(u64 h, struct spawn *s, struct object **o)
{
	int err = handle_get(current->handles, h, OBJ_MEMORY, RIGHT_SPAWN, o);

	if (!err && *o == &initramfs_object.object)
		s->image = &initramfs;
	else if (!err)
		s->memory = &memory_object(*o)->memory;
	return err;
}

static s64 sys_spawn(u64 h, u64 offset, u64 len, u64 user_args)
{
	struct process *self = current_process(), *p;
	struct spawn s = { .offset = offset, .len = len,
			   .parent_pid = self->pid,
			   .foreground = self->foreground,
			   .from = &self->handles, .account = self->account,
			   .affinity = current->affinity, .prio = current->base_prio };
	struct spawn_copy *copy;
	struct object *o;
	const char *why;
	int named;
	s64 ret = get_image(h, &s, &o);

	if (ret)
		return ret;
	ret = get_args(user_args, &s, &copy);
	if (ret)
		goto put_image;
	named = handle_reserve(&self->handles);
	if (named < 0) {
		kfree(copy);
		ret = named;
		goto put_image;
	}
	/* The child is made from kernel addresses: ours are not needed meanwhile. */
	start_lazy_tlb();
	ret = process_spawn(&s, &p, &why);
	end_lazy_tlb();
	kfree(copy);
	if (ret) {
		handle_unreserve(&self->handles, named);
		goto put_image;
	}
	handle_install(&self->handles, named, &p->object,
		       RIGHT_WAIT | RIGHT_KILL | RIGHT_DUPLICATE);
	ret = named;
put_image:
	object_put(o);
	return ret;
}

static s64 sys_exec(u64 h, u64 offset, u64 len, u64 user_args)
{
	struct spawn s = { .offset = offset, .len = len };
	struct spawn_copy *copy;
	struct object *o;
	struct exec e;
	const char *why;
	s64 ret = get_image(h, &s, &o);

	if (ret)
		return ret;
	ret = get_args(user_args, &s, &copy);
	if (!ret) {
		ret = s.nr_handles || s.flags || s.memory_pages ? -EINVAL :
								  exec_begin(&s, &e, &why);
		kfree(copy);
	}
	object_put(o);
	if (ret)
		return ret;
	exec_finish(&e);
}

static s64 sys_wait(u64 h, u64 timeout_ns, u64 user_status)
{
	struct object *o;
	s64 status = 0;
	int err;

	if (user_status && !user_range_ok(user_status, sizeof(status)))
		return -EFAULT;
	err = handle_get_any(current->handles, h,
			     BIT(OBJ_PROCESS) | BIT(OBJ_THREAD), RIGHT_WAIT, &o, NULL);
	if (err)
		return err;
	if (o->type == OBJ_PROCESS)
		err = process_wait(container_of(o, struct process, object),
				   clock_deadline_ns(timeout_ns), &status);
	else
		err = thread_wait(container_of(o, struct thread, object),
				  clock_deadline_ns(timeout_ns));
	object_put(o);
	if (!err && user_status && copy_to_user(user_status, &status, sizeof(status)))
		err = -EFAULT;
	return err;
}

static s64 sys_thread_create(u64 entry, u64 sp, u64 arg, u64 tls)
{
	struct thread_start start = { .entry = entry, .sp = sp, .arg = arg,
				      .tls = tls, .affinity = current->affinity,
				      .prio = current->base_prio };
	struct handle_table *handles = current->handles;
	struct thread *t;
	int h, err;

	if (!elf_entry_aligned(entry, mm_is_32(current->mm)) || !user_range_ok(entry, 4) ||
	    sp % 16 || sp > current->mm->user_end)
		return -EINVAL;
	h = handle_reserve(handles);
	if (h < 0)
		return h;
	err = thread_create(current_process(), &start, &t);
	if (err) {
		handle_unreserve(handles, h);
		return err;
	}
	handle_install(handles, h, &t->object, RIGHT_WAIT | RIGHT_SET | RIGHT_DUPLICATE);
	return h;
}

static s64 sys_thread_priority(u64 h, u64 prio)
{
	struct object *o;
	int err;

	if (prio == PRIO_IDLE || prio > PRIO_MAX)
		return -EINVAL;
	if (prio > current->base_prio)
		return -EPERM;
	if (h == HANDLE_NONE) {
		task_set_prio(current, (u8)prio);
		return 0;
	}
	err = handle_get(current->handles, h, OBJ_THREAD, RIGHT_SET, &o);
	if (err)
		return err;
	task_set_prio(container_of(o, struct thread, object)->task, (u8)prio);
	object_put(o);
	return 0;
}

static s64 sys_kill(u64 h)
{
	struct object *o;
	int err = handle_get(current->handles, h, OBJ_PROCESS,
			     RIGHT_KILL, &o);

	if (err)
		return err;
	process_kill(container_of(o, struct process, object), STATUS_KILLED);
	object_put(o);
	return 0;
}

/* The registers do not mind how many parameters there are. */
#define CALL(fn) ((syscall_fn *)(void *)(fn))

syscall_fn *const syscall_table[SYS_ipc_call] = {
	[SYS_reply_keep + 1 ... SYS_ipc_call - 1] = CALL(sys_none),
	[SYS_thread_priority + 1 ... SYS_reply_create - 1] = CALL(sys_none),
	[SYS_interrupt_ack + 1 ... SYS_thread_priority - 1] = CALL(sys_none),
	[SYS_nop] = CALL(sys_nop),
	[SYS_exit] = CALL(sys_exit),
	[SYS_thread_exit] = CALL(sys_thread_exit),
	[SYS_yield] = CALL(sched_fast_yield),
	[SYS_sleep] = CALL(sys_sleep),
	[SYS_read] = CALL(sys_read),
	[SYS_write] = CALL(sys_write),
	[SYS_vm_map] = CALL(sys_vm_map),
	[SYS_vm_unmap] = CALL(sys_vm_unmap),
	[SYS_spawn] = CALL(sys_spawn),
	[SYS_wait] = CALL(sys_wait),
	[SYS_thread_create] = CALL(sys_thread_create),
	[SYS_close] = CALL(sys_close),
	[SYS_kill] = CALL(sys_kill),
	[SYS_exec] = CALL(sys_exec),
	[SYS_vm_protect] = CALL(sys_vm_protect),
	[SYS_handle_duplicate] = CALL(sys_handle_duplicate),
	[SYS_handle_revoke] = CALL(sys_handle_revoke),
	[SYS_endpoint_create] = CALL(sys_endpoint_create),
	[SYS_notification_create] = CALL(sys_notification_create),
	[SYS_signal] = CALL(signal_fast),
	[SYS_terminal_mode] = CALL(sys_terminal_mode),
	[SYS_timer_create] = CALL(sys_timer_create),
	[SYS_timer_set] = CALL(sys_timer_set),
	[SYS_memory_create] = CALL(sys_memory_create),
	[SYS_memory_clone] = CALL(sys_memory_clone),
	[SYS_memory_size] = CALL(sys_memory_size),
	[SYS_memory_paged] = CALL(sys_memory_paged),
	[SYS_memory_supply] = CALL(sys_memory_supply),
	[SYS_device_find] = CALL(sys_device_find),
	[SYS_device_property] = CALL(sys_device_property),
	[SYS_device_memory] = CALL(sys_device_memory),
	[SYS_device_interrupt] = CALL(sys_device_interrupt),
	[SYS_interrupt_ack] = CALL(sys_interrupt_ack),
	[SYS_ipc_accept] = CALL(sys_ipc_accept),
	[SYS_notification_wait] = CALL(notification_wait_entry),
	[SYS_thread_priority] = CALL(sys_thread_priority),
	[SYS_reply_create] = CALL(sys_reply_create),
	[SYS_reply_keep] = CALL(sys_reply_keep),
};
