/* SPDX-License-Identifier: MIT */
/*
 * The lines typed before, newest last, in a fixed number of bytes: the oldest
 * make room. A line that is there already moves to the end instead of being
 * kept twice. Pure; owned by the shell thread.
 */
#pragma once

#include "kernel/types.h"

#define HISTORY_BYTES 16384 /* four of the longest lines */

struct history {
	size_t used;		  /* bytes of text[] in use */
	char text[HISTORY_BYTES]; /* NUL-terminated lines, oldest first */
};

/* Add a line; empty ones, those that begin with a space (a way to keep a line
 * out) and those that do not fit at all are ignored. */
void history_add(struct history *h, const char *line);
/* Line n counted back from the newest (0), or NULL. */
const char *history_get(const struct history *h, unsigned int n);
unsigned int history_count(const struct history *h);
/* The number of the newest line at or behind n that contains text, or -1. */
int history_search(const struct history *h, unsigned int n, const char *text);
