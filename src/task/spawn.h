/* SPDX-License-Identifier: MIT */
/* What spawn.c needs of process.c: a process before its first thread. */
#pragma once

#include "task/process.h"

/* An empty process, one reference, one mm_users held in p->mm; or NULL: no memory, or the
 * account, of which it keeps a reference, has not so much. */
struct process *process_create(const char *name, u32 parent_pid, struct account *account);
/* It never ran: undo process_create. */
void process_abandon(struct process *p);
