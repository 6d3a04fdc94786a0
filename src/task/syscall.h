/* SPDX-License-Identifier: MIT */
/*
 * The system calls that are not in syscall.c itself. include/abi/lodger.h says what each
 * does. All are called with IRQs on, on the thread's kernel stack, without locks; they
 * may sleep. Every parameter is a register as the program left it.
 */
#pragma once

#include "abi/lodger.h"
#include "arm64/frame.h"
#include "kernel/types.h"

struct object;

/* Each has as many u64 parameters as it needs. boot/entry.S looks only whether a number is
 * below those of messages. */
typedef s64 syscall_fn(void);
extern syscall_fn *const syscall_table[SYS_ipc_call];

/* syscall32.c: a call from AArch32. From trap.c, IRQs on. */
void syscall32(struct frame *f);

/* syscall_object.c */
/* Name a new object, of which the caller has the one reference, by a new handle: that, or
 * -errno. NULL: -ENOMEM. */
s64 syscall_name(struct object *o, u32 rights);
s64 sys_close(u64 h);
s64 sys_handle_duplicate(u64 h, u64 rights, u64 badge);
s64 sys_handle_revoke(u64 h);
s64 sys_endpoint_create(void);
s64 sys_notification_create(void);
s64 sys_reply_create(void);
s64 sys_reply_keep(u64 h);
s64 sys_signal(u64 h, u64 bits);
s64 sys_notification_wait(u64 h, u64 timeout_ns);
/* The same, with less to do where that is possible: src/ipc/signal.S. */
s64 signal_fast(u64 h, u64 bits);
s64 notification_wait_entry(u64 h, u64 timeout_ns);
s64 sys_ipc_accept(u64 handles);
s64 sys_memory_create(u64 len);
s64 sys_memory_clone(u64 h, u64 offset, u64 len);
s64 sys_memory_size(u64 h);
s64 sys_memory_paged(u64 h, u64 badge, u64 len);
s64 sys_memory_supply(u64 h, u64 offset, u64 h_from, u64 from_offset, u64 len);
s64 sys_timer_create(u64 h, u64 bits);
s64 sys_timer_set(u64 h, u64 ns);

/* syscall_device.c */
s64 sys_device_find(u64 h, u64 compatible, u64 len, u64 n);
s64 sys_device_property(u64 h, u64 name, u64 len, u64 buf, u64 buf_len);
s64 sys_device_memory(u64 h, u64 n, u64 out);
s64 sys_device_interrupt(u64 h, u64 n, u64 notification, u64 bits);
s64 sys_interrupt_ack(u64 h);
