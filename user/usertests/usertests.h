/* SPDX-License-Identifier: MIT */
/*
 * What the files of usertests share.
 *
 * A test is a function that returns if all is well; a CHECK that fails says
 * where and ends the process. Every test has a process to itself, so it may
 * close its handles, exhaust its address space or hang: main.c looks at how the
 * process ended. A test that needs a child with a part to play starts itself
 * again by test_child(); the function then gets the part's name.
 */
#pragma once

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fpregs.h"
#include "lodger.h"
#include "syscall.h"

struct test {
	const char *name;		/* "suite.test" */
	void (*run)(const char *part);	/* part: NULL, or of test_child() */
};

/* One table a file, ended by a NULL name. */
extern const struct test exec_tests[], handle_tests[], io_tests[], ipc_tests[];
extern const struct test ipc_end_tests[], ipc_handle_tests[], ipc_register_tests[];
extern const struct test limit_tests[], memory_tests[], object_tests[], pager_tests[];
extern const struct test ipc_reply_tests[], posix_tests[];
extern const struct test process_tests[], protect_tests[], race_tests[], register_tests[];
extern const struct test signal_tests[], thread_tests[], timer_tests[], wait_tests[];

void test_fail(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

#define CHECK(expr)                                                    \
	do {                                                           \
		if (!(expr))                                           \
			test_fail(__FILE__, __LINE__, "%s", #expr);    \
	} while (0)

/* Both sides as numbers; a failure shows what a was. */
#define CHECK_EQ(a, b)                                                       \
	do {                                                                 \
		int64_t a_ = (int64_t)(a), b_ = (int64_t)(b);                \
		if (a_ != b_)                                                \
			test_fail(__FILE__, __LINE__,                        \
				  "%s is %" PRId64 " (0x%" PRIx64 "), not %s", #a, \
				  a_, (uint64_t)a_, #b);                     \
	} while (0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE ((uint64_t)USER_PAGE_SIZE)
#define RW (PROT_READ | PROT_WRITE)
/* From here on nothing of ours lies, for mappings at a fixed place. */
#define FIXED ((uintptr_t)(sizeof(void *) == 8 ? 0x2000000000 : 0x90000000))

/* Can a program of this width say that number? An AArch32 one would cut it down to another
 * one, which may be good; but for the last, which are as bad. */
static inline bool sayable(uint64_t n)
{
	return n <= UINTPTR_MAX || n >= UINT64_MAX - 0xffff;
}

/* A process that runs `test` in the role `part`: its handle. */
int test_child(const char *test, const char *part);
/* The same; from HANDLE_FIRST on it has duplicates of these handles. */
int test_child_with(const char *test, const char *part, const uint64_t *handles,
		    unsigned int nr_handles);
/* The same, waited for: its status. */
int64_t test_child_status(const char *test, const char *part);

/* `pages` zeroed pages at an address of the kernel's choice. */
char *test_map(uint64_t pages, uint64_t prot);
void test_unmap(const void *addr, uint64_t pages);
/* Two instructions at p that return n (0..0xfff). A32 in T32 programs, too. */
void test_put_return(volatile uint32_t *p, uint32_t n);

/* What no system call may take for `len` bytes of the caller's memory. */
struct bad_range {
	const char *what;
	uint64_t addr, len;
	/* Outside the range that programs have at all: refused before anything
	 * else happens. Holes within it are found when the bytes are copied. */
	bool outside;
};
/* Fills `ranges` (BAD_RANGES of them: those that can be said); maps what it needs. */
#define BAD_RANGES (sizeof(void *) == 8 ? 10 : 7)
void test_bad_ranges(struct bad_range ranges[BAD_RANGES]);
