/* SPDX-License-Identifier: MIT */
/* What spawn.c needs of process.c: a process before its first thread. */
#pragma once

#include "task/process.h"

/* An empty process, one reference, one mm_users held in p->mm: 0, -ENOMEM (or the account, of
 * which it keeps a reference, has not so much), or -ESRCH: its parent has ended or is about
 * to. */
int process_create(const char *name, u32 parent_pid, struct account *account,
		   struct process **out) __must_check;
/* It never ran: undo process_create. */
void process_abandon(struct process *p);
