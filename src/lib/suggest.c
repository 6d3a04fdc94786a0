/* SPDX-License-Identifier: MIT */
/*
 * Edit distance with swaps (Damerau 1964), by the usual table: d[i][j] is the
 * distance of the first i characters of a from the first j of b. Each row needs
 * only the two above it, so three rows of bytes on the stack are enough. The
 * least value of a row never falls from one to the next (a swap, which reaches
 * over a row, costs what one deletion in that row does), so a pair of words that
 * is too far apart is given up early.
 */
#include "lib/suggest.h"

#include "lib/string.h"

unsigned int edit_distance(const char *a, const char *b, unsigned int limit)
{
	u8 rows[3][SUGGEST_LEN_MAX + 1];
	u8 *before = rows[0], *above = rows[1], *row = rows[2];
	size_t a_len = strnlen(a, SUGGEST_LEN_MAX + 1);
	size_t b_len = strnlen(b, SUGGEST_LEN_MAX + 1);

	if (a_len > SUGGEST_LEN_MAX || b_len > SUGGEST_LEN_MAX)
		return limit + 1;
	for (size_t j = 0; j <= b_len; j++)
		above[j] = (u8)j;

	for (size_t i = 1; i <= a_len; i++) {
		unsigned int least = row[0] = (u8)i;
		u8 *oldest = before;

		for (size_t j = 1; j <= b_len; j++) {
			unsigned int d = above[j - 1] + (a[i - 1] != b[j - 1]);

			d = MIN(d, above[j] + 1U);
			d = MIN(d, row[j - 1] + 1U);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d = MIN(d, before[j - 2] + 1U);
			row[j] = (u8)d;
			least = MIN(least, d);
		}
		if (least > limit)
			return limit + 1;
		before = above;
		above = row;
		row = oldest;
	}
	return MIN(above[b_len], limit + 1);
}

const char *suggest(const char *typed, const char *const *words, size_t n)
{
	size_t len = strnlen(typed, SUGGEST_LEN_MAX + 1);
	unsigned int limit = MAX((unsigned int)len / 3, 1U);
	const char *best = NULL;

	if (len < 2)
		return NULL; /* everything short is near */
	for (size_t i = 0; i < n; i++) {
		unsigned int d;

		if (!words[i])
			continue;
		d = edit_distance(typed, words[i], limit);
		if (d <= limit) {
			best = words[i];
			if (d == 0)
				break;
			limit = d - 1; /* from now on only nearer ones */
		}
	}
	return best;
}
