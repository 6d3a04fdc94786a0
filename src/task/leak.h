/* SPDX-License-Identifier: MIT */
/*
 * What a test leaves behind: pages, objects, threads and address spaces, counted before
 * and after. What others do meanwhile would be counted too, so nothing else may run.
 */
#pragma once

#include "kernel/types.h"

struct leak_counts {
	u64 pages, objects, tasks, mms;
};

/* Once nothing changes any more: what others free late is not the next one's. Thread
 * context, may sleep. */
void leak_begin(struct leak_counts *before);
/* Is it all there again? Freed things come back with a delay (a dead thread's stack
 * when its CPU switches), so they get a moment. False: text says what is not. */
bool leak_end(const struct leak_counts *before, char *text, size_t size);
