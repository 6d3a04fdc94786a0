/* SPDX-License-Identifier: MIT */
/* Another program in the place of the calling one. */
#pragma once

#include "task/process.h"

struct exec {
	struct mm *mm; /* the new program's, with one mm_users */
	struct thread_start start;
};

/*
 * All of exec that can fail: by a user thread, in thread context with IRQs on and
 * nothing held; user memory is not touched. Of *s only the program and its arguments
 * count. As process_spawn, and -EINTR: the caller is to die. Afterwards no other
 * thread of the process is left and the process is the new program's: exec_finish has
 * to follow. After an error the process is what it was, with all its threads.
 */
int exec_begin(const struct spawn *s, struct exec *e, const char **why) __must_check;
void exec_finish(const struct exec *e) __noreturn;
