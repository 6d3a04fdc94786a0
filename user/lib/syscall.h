/* SPDX-License-Identifier: MIT */
/*
 * The system calls, one inline function each: what abi/lodger.h promises and
 * nothing more. Each returns the kernel's answer as it is: >= 0, or -errno.
 *
 * A call is one `svc` with its arguments in x0..x5 and its number in x8. The
 * kernel hands x1..x18 back as zero and keeps x19..x30, sp and all FP/SIMD
 * registers; so every one of x0..x18 is named below, as an operand that
 * changes or as a clobber, and none of v0..v31 is. NZCV is not promised.
 */
#pragma once

#include <abi/lodger.h>

static inline long syscall6(long nr, uint64_t a0, uint64_t a1, uint64_t a2,
			    uint64_t a3, uint64_t a4, uint64_t a5)
{
	register uint64_t x0 __asm__("x0") = a0;
	register uint64_t x1 __asm__("x1") = a1;
	register uint64_t x2 __asm__("x2") = a2;
	register uint64_t x3 __asm__("x3") = a3;
	register uint64_t x4 __asm__("x4") = a4;
	register uint64_t x5 __asm__("x5") = a5;
	register uint64_t x8 __asm__("x8") = (uint64_t)nr;

	__asm__ volatile("svc	#0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4),
			   "+r"(x5), "+r"(x8)
			 :
			 : "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14",
			   "x15", "x16", "x17", "x18", "cc", "memory");
	return (long)x0;
}

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
	return syscall1(SYS_sleep, ns);
}

static inline long sys_read(long handle, void *buf, uint64_t len_bytes)
{
	return syscall3(SYS_read, (uint64_t)handle, (uint64_t)buf, len_bytes);
}

static inline long sys_write(long handle, const void *buf, uint64_t len_bytes)
{
	return syscall3(SYS_write, (uint64_t)handle, (uint64_t)buf, len_bytes);
}

/* handle: a memory object, or HANDLE_NONE for zeroed memory on demand */
static inline long sys_vm_map(long handle, uint64_t addr, uint64_t len_bytes,
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
			(uint64_t)args);
}

/* Returns only if it fails. */
static inline long sys_exec(long image, uint64_t offset, uint64_t len_bytes,
			    const struct spawn_args *args)
{
	return syscall4(SYS_exec, (uint64_t)image, offset, len_bytes,
			(uint64_t)args);
}

static inline long sys_wait(long handle, uint64_t timeout_ns, int64_t *status)
{
	return syscall3(SYS_wait, (uint64_t)handle, timeout_ns,
			(uint64_t)status);
}

static inline long sys_thread_create(void (*entry)(void *), uint64_t sp,
				     void *arg, uint64_t tls)
{
	return syscall4(SYS_thread_create, (uint64_t)entry, sp, (uint64_t)arg,
			tls);
}

static inline long sys_handle_duplicate(long handle, uint64_t rights, uint64_t badge)
{
	return syscall3(SYS_handle_duplicate, (uint64_t)handle, rights, badge);
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
	return syscall2(SYS_signal, (uint64_t)notification, bits);
}

/* thread: a handle, or HANDLE_NONE for the calling one. */
static inline long sys_thread_priority(long thread, unsigned int priority)
{
	return syscall2(SYS_thread_priority, (uint64_t)thread, priority);
}

static inline long sys_notification_wait(long notification, uint64_t timeout_ns)
{
	return syscall2(SYS_notification_wait, (uint64_t)notification, timeout_ns);
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

static inline long sys_memory_size(long memory)
{
	return syscall1(SYS_memory_size, (uint64_t)memory);
}

static inline long sys_memory_paged(long pager, uint64_t badge, uint64_t len_bytes)
{
	return syscall3(SYS_memory_paged, (uint64_t)pager, badge, len_bytes);
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
	return syscall2(SYS_timer_create, (uint64_t)notification, bits);
}

static inline long sys_timer_set(long timer, uint64_t ns)
{
	return syscall2(SYS_timer_set, (uint64_t)timer, ns);
}

static inline long sys_device_find(long device, const char *compatible, uint64_t len,
				   uint64_t n)
{
	return syscall4(SYS_device_find, (uint64_t)device, (uint64_t)compatible, len, n);
}

static inline long sys_device_property(long device, const char *name, uint64_t len,
				       void *buf, uint64_t buf_len)
{
	return syscall5(SYS_device_property, (uint64_t)device, (uint64_t)name, len,
			(uint64_t)buf, buf_len);
}

static inline long sys_device_memory(long device, uint64_t n, struct device_memory *out)
{
	return syscall3(SYS_device_memory, (uint64_t)device, n, (uint64_t)out);
}

static inline long sys_device_interrupt(long device, uint64_t n, long notification,
					uint64_t bits)
{
	return syscall4(SYS_device_interrupt, (uint64_t)device, n, (uint64_t)notification,
			bits);
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

/* Any of the SYS_ipc_ calls: m is sent, and what is received is in it. */
static inline long sys_ipc(long nr, long handle, struct ipc_message *m, uint64_t timeout_ns)
{
	register uint64_t x0 __asm__("x0") = m->word[0];
	register uint64_t x1 __asm__("x1") = m->word[1];
	register uint64_t x2 __asm__("x2") = m->word[2];
	register uint64_t x3 __asm__("x3") = m->word[3];
	register uint64_t x4 __asm__("x4") = m->word[4];
	register uint64_t x5 __asm__("x5") = m->word[5];
	register uint64_t x6 __asm__("x6") = m->word[6];
	register uint64_t x7 __asm__("x7") = m->word[7];
	register uint64_t x8 __asm__("x8") = (uint64_t)nr;
	register uint64_t x9 __asm__("x9") = (uint64_t)handle;
	register uint64_t x10 __asm__("x10") = m->send;
	register uint64_t x11 __asm__("x11") = timeout_ns;

	__asm__ volatile("svc	#0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5),
			   "+r"(x6), "+r"(x7), "+r"(x8), "+r"(x9), "+r"(x10), "+r"(x11)
			 :
			 : "x12", "x13", "x14", "x15", "x16", "x17", "x18", "cc", "memory");
	*m = (struct ipc_message){ { x0, x1, x2, x3, x4, x5, x6, x7 }, x9, 0, x10 };
	return (long)x8;
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

static inline long sys_ipc_send(long endpoint, struct ipc_message *m)
{
	return sys_ipc(SYS_ipc_send, endpoint, m, WAIT_FOREVER);
}

static inline long sys_close(long handle)
{
	return syscall1(SYS_close, (uint64_t)handle);
}

static inline long sys_kill(long process)
{
	return syscall1(SYS_kill, (uint64_t)process);
}
