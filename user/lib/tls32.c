/* SPDX-License-Identifier: MIT */
/*
 * The thread pointer of AArch32 programs is TPIDRURO, where picolibc's code for Armv8 looks
 * for it. A program cannot write it, and picolibc's own _set_tls writes a variable instead.
 */
#include "private.h"
#include "syscall.h"

void _set_tls(void *tls)
{
	syscall1(SYS_thread_pointer, (uintptr_t)tls - TCB_OFFSET);
}
