/* SPDX-License-Identifier: MIT */
/*
 * The `| grep [-v] [-i] TEXT` stage: a sink that lets through the lines that
 * contain a text (no regular expressions). Lines longer than its buffer are
 * judged by their beginning. Pure.
 */
#pragma once

#include "shell/out.h"

#define GREP_LINE 256

struct grep {
	struct sink sink; /* what the command writes to */
	struct sink *next;
	const char *pattern;
	bool invert, ignore_case;
	u32 matches;	  /* lines let through */
	bool in_line;	  /* the rest of a long line follows */
	bool pass;	  /* ... and is let through */
	size_t len;
	char line[GREP_LINE];
};

void grep_init(struct grep *g, struct sink *next, const char *pattern);
/* End of input: the last line may have no newline. */
void grep_end(struct grep *g);
