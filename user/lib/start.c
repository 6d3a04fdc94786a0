/* SPDX-License-Identifier: MIT */
/*
 * The life of a program around main().
 *
 * The kernel hands over a stack and a start_info block and nothing else. Before
 * C code may run as the C library expects it, the first thread needs its
 * thread-local variables (errno is one), then constructors run, then main. The
 * thread-local block of the first thread is part of the image (user.ld), so
 * starting a program allocates nothing.
 */
#include <stdlib.h>
#include <unistd.h>

#include "lodger.h"
#include "private.h"
#include "syscall.h"

const struct start_info *lodger_info;
uint64_t lodger_started_ns;

int main(int argc, char **argv);

/* From start.S, on the first thread. */
void lodger_start(const struct start_info *info)
{
	_init_tls(__main_tls);
	_set_tls(__main_tls);
	lodger_info = info;
	lodger_started_ns = lodger_clock_ns();
	environ = (char **)(uintptr_t)info->envp;
	__libc_init_array();
	exit(main((int)info->argc, (char **)(uintptr_t)info->argv));
}

/* The end of exit(), after handlers and destructors. */
void _exit(int status)
{
	lodger_terminal_flush();
	/* A status is one byte: the kernel keeps the values above for itself. */
	sys_exit(status & 0xff);
}

/* An exit that cannot be caught, not even by signal(): 128 + SIGABRT. */
void abort(void)
{
	_exit(134);
}
