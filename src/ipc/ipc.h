/* SPDX-License-Identifier: MIT */
/* Between entry.S, fast.S and ipc.c. */
#pragma once

#include "arm64/frame.h"
#include "sched/task.h"

/* A call for a message that the fast path does not serve: arguments and results are in
 * the frame. From entry.S, IRQs on. */
void ipc_syscall(struct frame *f);
/* The calling thread was put to sleep by the fast path and is awake again, but not by
 * it: until what it waits for is in its frame. IRQs on. */
void ipc_woken(void);
