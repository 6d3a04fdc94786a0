/* SPDX-License-Identifier: MIT */
/* What the files of the runtime share with each other, not with programs. */
#pragma once

#include <errno.h>
#include <picolibc.h> /* before picotls.h, which asks what it defines */
#include <picotls.h>
#include <stddef.h>
#include <stdint.h>

#include "lodger.h"

struct start_info;
struct stat;

/* user.ld: room for the thread-local variables of the first thread */
extern char __main_tls[];
/* user.ld: distance from the thread pointer to the thread-local variables */
#ifdef __arm__
extern char __arm32_tls_tcb_offset[];
#define TCB_OFFSET ((uintptr_t)__arm32_tls_tcb_offset)
#else
extern char __arm64_tls_tcb_offset[];
#define TCB_OFFSET ((uintptr_t)__arm64_tls_tcb_offset)
#endif

/* picolibc: run what .preinit_array and .init_array list */
void __libc_init_array(void);

void lodger_start(const struct start_info *info) __attribute__((noreturn));

extern uint64_t lodger_started_ns; /* lodger_clock_ns() when the first thread began */

/* One read of the terminal, after what was written shows: bytes, 0 at the end, -errno. */
long lodger_terminal_read(void *buf, size_t len);
/* tcsetattr: is Return to be read as '\n' in raw mode? */
extern bool lodger_terminal_icrnl;

/* Names have no leading "./" or "/", whatever made the archive. */
const char *lodger_plain_name(const char *name);
void lodger_stat_file(struct stat *st, const struct lodger_file *f);

/* Write out the calling thread's unfinished line. 0 or -errno. */
int lodger_terminal_flush(void);

/* Set errno from -errno and return -1, as POSIX calls do. */
static inline int lodger_fail(long err)
{
	errno = (int)-err;
	return -1;
}
