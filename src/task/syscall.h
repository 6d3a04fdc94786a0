/* SPDX-License-Identifier: MIT */
/*
 * The system calls that are not in syscall.c itself. include/abi/lodger.h says what each
 * does. All are called with IRQs on, on the thread's kernel stack, without locks; they
 * may sleep. Every parameter is a register as the program left it.
 */
#pragma once

#include "kernel/types.h"

/* syscall_object.c */
s64 sys_close(u64 h);
s64 sys_handle_duplicate(u64 h, u64 rights, u64 badge);
s64 sys_handle_revoke(u64 h);
s64 sys_endpoint_create(void);
s64 sys_notification_create(void);
s64 sys_signal(u64 h, u64 bits);
s64 sys_notification_wait(u64 h, u64 timeout_ns);
s64 sys_ipc_accept(u64 handles);
s64 sys_memory_create(u64 len);
s64 sys_memory_clone(u64 h, u64 offset, u64 len);
s64 sys_memory_size(u64 h);
