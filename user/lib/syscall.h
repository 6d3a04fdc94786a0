/* SPDX-License-Identifier: MIT */
/*
 * The system calls, one inline function each: what abi/lodger.h promises and
 * nothing more. Each returns the kernel's answer as it is: >= 0, or -errno.
 *
 * The registers of a call are in syscall64.h and syscall32.h: syscall6(), sys_ipc(), and
 * WIDE(), which a 64-bit argument is passed by.
 */
#pragma once

#include <abi/lodger.h>

#ifdef __arm__
#include "syscall32.h"
#else
#include "syscall64.h"
#endif

/* A call with up to six arguments, of which each WIDE one may count as two. */
#define syscall_args(...) SYSCALL_PAD(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define SYSCALL_PAD(nr, a, b, c, d, e, f, ...) syscall6(nr, a, b, c, d, e, f)

#define syscall5(nr, a, b, c, d, e) syscall6(nr, a, b, c, d, e, 0)
#define syscall4(nr, a, b, c, d) syscall6(nr, a, b, c, d, 0, 0)
#define syscall3(nr, a, b, c) syscall6(nr, a, b, c, 0, 0, 0)
#define syscall2(nr, a, b) syscall6(nr, a, b, 0, 0, 0, 0)
#define syscall1(nr, a) syscall6(nr, a, 0, 0, 0, 0, 0)
#define syscall0(nr) syscall6(nr, 0, 0, 0, 0, 0, 0)

static inline long sys_nop(void)
{
	return syscall0(SYS_nop);
}

static inline __attribute__((noreturn)) void sys_exit(int status)
{
	syscall1(SYS_exit, (uint64_t)status);
	__builtin_trap();
}

static inline __attribute__((noreturn)) void sys_thread_exit(void)
{
	syscall0(SYS_thread_exit);
	__builtin_trap();
}

static inline long sys_yield(void)
{
	return syscall0(SYS_yield);
}

static inline long sys_sleep(uint64_t ns)
{
	return syscall_args(SYS_sleep, WIDE(ns));
}

static inline long sys_read(long handle, void *buf, uint64_t len_bytes)
{
	return syscall3(SYS_read, (uint64_t)handle, (uintptr_t)buf, len_bytes);
}

static inline long sys_write(long handle, const void *buf, uint64_t len_bytes)
{
	return syscall3(SYS_write, (uint64_t)handle, (uintptr_t)buf, len_bytes);
}

/* handle: a memory object, or HANDLE_NONE for zeroed memory on demand */
static inline int64_t sys_vm_map(long handle, uint64_t addr, uint64_t len_bytes,
			      uint64_t prot, uint64_t offset)
{
	return syscall5(SYS_vm_map, (uint64_t)handle, addr, len_bytes, prot,
			offset);
}

static inline long sys_vm_unmap(uint64_t addr, uint64_t len_bytes)
{
	return syscall2(SYS_vm_unmap, addr, len_bytes);
}

static inline long sys_vm_protect(uint64_t addr, uint64_t len_bytes,
				  uint64_t prot)
{
	return syscall3(SYS_vm_protect, addr, len_bytes, prot);
}

static inline long sys_spawn(long image, uint64_t offset, uint64_t len_bytes,
			     const struct spawn_args *args)
{
	return syscall4(SYS_spawn, (uint64_t)image, offset, len_bytes,
			(uintptr_t)args);
}

/* Returns only if it fails. */
static inline long sys_exec(long image, uint64_t offset, uint64_t len_bytes,
			    const struct spawn_args *args)
{
	return syscall4(SYS_exec, (uint64_t)image, offset, len_bytes,
			(uintptr_t)args);
}

static inline long sys_wait(long handle, uint64_t timeout_ns, int64_t *status)
{
	return syscall_args(SYS_wait, (uint64_t)handle, WIDE(timeout_ns), (uintptr_t)status);
}

static inline long sys_thread_create(void (*entry)(void *), uint64_t sp,
				     void *arg, uint64_t tls)
{
	return syscall4(SYS_thread_create, (uintptr_t)entry, sp, (uintptr_t)arg,
			tls);
}

static inline long sys_handle_duplicate(long handle, uint64_t rights, uint64_t badge)
{
	return syscall_args(SYS_handle_duplicate, (uint64_t)handle, rights, WIDE(badge));
}

static inline long sys_handle_revoke(long handle)
{
	return syscall1(SYS_handle_revoke, (uint64_t)handle);
}

static inline long sys_endpoint_create(void)
{
	return syscall0(SYS_endpoint_create);
}

static inline long sys_notification_create(void)
{
	return syscall0(SYS_notification_create);
}

static inline long sys_signal(long notification, uint64_t bits)
{
	return syscall_args(SYS_signal, (uint64_t)notification, WIDE(bits));
}

/* thread: a handle, or HANDLE_NONE for the calling one. */
static inline long sys_thread_priority(long thread, unsigned int priority)
{
	return syscall2(SYS_thread_priority, (uint64_t)thread, priority);
}

static inline int64_t sys_notification_wait(long notification, uint64_t timeout_ns)
{
	return syscall_args(SYS_notification_wait, (uint64_t)notification, WIDE(timeout_ns));
}

/* ---- memory objects ---- */

static inline long sys_memory_create(uint64_t len_bytes)
{
	return syscall1(SYS_memory_create, len_bytes);
}

static inline long sys_memory_clone(long memory, uint64_t offset, uint64_t len_bytes)
{
	return syscall3(SYS_memory_clone, (uint64_t)memory, offset, len_bytes);
}

static inline int64_t sys_memory_size(long memory)
{
	return syscall1(SYS_memory_size, (uint64_t)memory);
}

static inline long sys_memory_paged(long pager, uint64_t badge, uint64_t len_bytes)
{
	return syscall_args(SYS_memory_paged, (uint64_t)pager, WIDE(badge), len_bytes);
}

static inline long sys_memory_supply(long memory, uint64_t offset, long from,
				     uint64_t from_offset, uint64_t len_bytes)
{
	return syscall5(SYS_memory_supply, (uint64_t)memory, offset, (uint64_t)from,
			from_offset, len_bytes);
}

/* ---- timers, devices ---- */

static inline long sys_timer_create(long notification, uint64_t bits)
{
	return syscall_args(SYS_timer_create, (uint64_t)notification, WIDE(bits));
}

static inline long sys_timer_set(long timer, uint64_t ns)
{
	return syscall_args(SYS_timer_set, (uint64_t)timer, WIDE(ns));
}

static inline long sys_device_find(long device, const char *compatible, uint64_t len,
				   uint64_t n)
{
	return syscall4(SYS_device_find, (uint64_t)device, (uintptr_t)compatible, len, n);
}

static inline long sys_device_property(long device, const char *name, uint64_t len,
				       void *buf, uint64_t buf_len)
{
	return syscall5(SYS_device_property, (uint64_t)device, (uintptr_t)name, len,
			(uintptr_t)buf, buf_len);
}

static inline long sys_device_memory(long device, uint64_t n, struct device_memory *out)
{
	return syscall3(SYS_device_memory, (uint64_t)device, n, (uintptr_t)out);
}

static inline long sys_device_interrupt(long device, uint64_t n, long notification,
					uint64_t bits)
{
	return syscall_args(SYS_device_interrupt, (uint64_t)device, n,
			    (uint64_t)notification, WIDE(bits));
}

static inline long sys_interrupt_ack(long interrupt)
{
	return syscall1(SYS_interrupt_ack, (uint64_t)interrupt);
}

/* ---- messages ---- */

/* The n-th of them, or 0. */
static inline long ipc_handle(uint64_t handles, int n)
{
	return (long)(handles >> 16 * n & 0xffff);
}

static inline long sys_ipc_accept(unsigned int handles)
{
	return syscall1(SYS_ipc_accept, handles);
}

static inline long sys_ipc_call(long endpoint, struct ipc_message *m)
{
	return sys_ipc(SYS_ipc_call, endpoint, m, WAIT_FOREVER);
}

static inline long sys_ipc_reply_receive(long endpoint, struct ipc_message *m)
{
	return sys_ipc(SYS_ipc_reply_receive, endpoint, m, WAIT_FOREVER);
}

static inline long sys_ipc_receive(long endpoint, struct ipc_message *m)
{
	*m = (struct ipc_message){ .send = 0 }; /* nothing is sent */
	return sys_ipc(SYS_ipc_receive, endpoint, m, WAIT_FOREVER);
}

static inline long sys_ipc_reply(struct ipc_message *m)
{
	return sys_ipc(SYS_ipc_reply, HANDLE_NONE, m, WAIT_FOREVER);
}

/* Put the reply off that the calling thread owes: whoever has the handle may give it. */
static inline long sys_reply_create(void)
{
	return syscall0(SYS_reply_create);
}

static inline long sys_reply_keep(long reply)
{
	return syscall1(SYS_reply_keep, (uint64_t)reply);
}

static inline long sys_ipc_reply_to(long reply, struct ipc_message *m)
{
	return sys_ipc(SYS_ipc_reply_to, reply, m, WAIT_FOREVER);
}

static inline long sys_ipc_send(long endpoint, struct ipc_message *m)
{
	return sys_ipc(SYS_ipc_send, endpoint, m, WAIT_FOREVER);
}

static inline long sys_terminal_mode(long terminal, uint64_t mode)
{
	return syscall2(SYS_terminal_mode, (uint64_t)terminal, mode);
}

static inline long sys_close(long handle)
{
	return syscall1(SYS_close, (uint64_t)handle);
}

static inline long sys_kill(long process)
{
	return syscall1(SYS_kill, (uint64_t)process);
}
