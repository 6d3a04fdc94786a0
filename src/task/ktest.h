/* SPDX-License-Identifier: MIT */
/*
 * Running the in-kernel tests. Each ends with leak counts (pages, objects,
 * threads, address spaces) and all audits.
 */
#pragma once

#include "kernel/test.h"

struct ktest_result {
	unsigned int passed, failed, skipped;
};
/* pattern: "all", a suite, or "suite.name". say() gets each result line. stop()
 * (may be NULL) ends the run early. 0, or -ENOENT if nothing matches. */
int ktest_run(const char *pattern, void (*say)(const char *line),
	      bool (*stop)(void), struct ktest_result *out);
/* The index-th test, or NULL. */
const struct test *ktest_get(unsigned int index);
