/* SPDX-License-Identifier: MIT */
/* "Did you mean": the nearest word of a list, by edit distance. */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

/* Longer words are never suggested, nor suggested for. */
#define SUGGEST_LEN_MAX 31

/*
 * The number of insertions, deletions, replacements and swaps of neighbours
 * that lead from a to b (no character touched twice), or limit + 1 if that is
 * more than limit or one of them is longer than SUGGEST_LEN_MAX.
 */
unsigned int edit_distance(const char *a, const char *b, unsigned int limit);

/*
 * The word[i] (i < n; NULLs are skipped) nearest to what was typed, the first of
 * equals, or NULL if none is near enough: a third of the typed length may
 * differ, and always one character.
 */
const char *suggest(const char *typed, const char *const *words, size_t n);
