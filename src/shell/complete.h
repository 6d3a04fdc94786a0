/* SPDX-License-Identifier: MIT */
/*
 * Tab completion. A completer is asked twice at most: once to find what all
 * candidates have in common, and, if that adds nothing, a second time to list
 * them. So candidates are never stored: they are produced again. Pure.
 */
#pragma once

#include "shell/out.h"

#define COMPLETION_MAX 128 /* bytes of a candidate */

struct completions {
	const char *prefix;	     /* what was typed of the word */
	size_t prefix_len;	     /* bytes */
	unsigned int count;	     /* candidates that begin with it */
	unsigned int widest;	     /* bytes of the longest of them */
	char common[COMPLETION_MAX]; /* what they have in common */
	/* Listing: */
	struct out *list;	     /* NULL: only counting */
	unsigned int columns, at;    /* of the screen; next free one */
	unsigned int cell;	     /* columns a candidate is given */
};

/* Offer a candidate; those that do not begin with the prefix are ignored. One
 * that ends in '/' is a folder: no space follows it. */
void complete_add(struct completions *c, const char *candidate);
void complete_add_u64(struct completions *c, u64 candidate);
/* Turn to listing, after a counting pass; then the completer runs again. */
void complete_list_begin(struct completions *c, struct out *o,
			 unsigned int columns);
void complete_list_end(struct completions *c);
