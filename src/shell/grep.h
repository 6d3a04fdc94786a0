/* SPDX-License-Identifier: MIT */
/*
 * `| grep [-v] [-i] TEXT`, up to three of them: one sink that lets through the
 * lines which meet every condition (no regular expressions). A line waits in
 * the owner's buffer until it is known whole, as a match may be its last word: a
 * JSON document is one line. One that outgrows the buffer is judged by what is
 * there; where the rest might change the verdict it is left out, and counted.
 * Pure.
 */
#pragma once

#include "shell/out.h"

#define GREP_CONDITIONS 3

struct grep {
	struct sink sink; /* what the command writes to */
	struct sink *next;
	char *line;	  /* the one that waits */
	size_t size, len; /* bytes of line[], and in use */
	struct grep_condition {
		const char *pattern;
		bool invert, ignore_case;
	} condition[GREP_CONDITIONS];
	u32 nr_conditions;
	u32 matches;  /* lines let through */
	u32 too_long; /* lines left out because nobody knows */
	bool judged;  /* the rest of a long line follows ... */
	bool pass;    /* ... and is let through */
};

void grep_init(struct grep *g, struct sink *next, char *buf, size_t size);
/* One more condition; the pattern must stay. */
void grep_add(struct grep *g, const char *pattern, bool invert,
	      bool ignore_case);
/* End of input: the last line may have no newline. */
void grep_end(struct grep *g);
