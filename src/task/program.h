/* SPDX-License-Identifier: MIT */
/*
 * A program before anybody runs it: what spawn and exec have in common. Thread
 * context; user memory is not touched.
 */
#pragma once

#include "lib/elf.h"
#include "task/process.h"

/* Arguments and file: 0 and *elf (kfree), or as process_spawn. */
int program_check(const struct spawn *s, struct elf_image **elf,
		  const char **why) __must_check;
/* Fill mm, which is empty and nobody's yet, and entry, sp and arg of *start; the archive is
 * mapped if these handles name it. -ENOEXEC, -ENOMEM: mm is half full, mmput takes care of
 * that. */
int program_load(struct mm *mm, struct handle_table *handles, const struct spawn *s,
		 const struct elf_image *elf, u32 pid, struct thread_start *start,
		 const char **why) __must_check;
