/* SPDX-License-Identifier: MIT */
/* The grep stages; see grep.h. Pure. */
#include "shell/grep.h"

#include "kernel/assert.h"
#include "lib/string.h"

#define WRITE_BYTES 256 /* the console takes each write with interrupts off */

enum verdict { DROP, PASS, UNKNOWN };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool contains(const struct grep *g, const struct grep_condition *c)
{
	size_t n = strlen(c->pattern), i;

	for (size_t at = 0; at + n <= g->len; at++) {
		for (i = 0; i < n; i++) {
			char a = g->line[at + i], b = c->pattern[i];

			if (a != b && !(c->ignore_case && lower(a) == lower(b)))
				break;
		}
		if (i == n)
			return true;
	}
	return false;
}

/* A text that was found settles its condition; one that was not may follow. */
static enum verdict judge(const struct grep *g, bool whole)
{
	enum verdict verdict = PASS;

	for (u32 i = 0; i < g->nr_conditions; i++) {
		const struct grep_condition *c = &g->condition[i];
		bool found = contains(g, c);

		if (found == c->invert && (found || whole))
			return DROP;
		if (!found && !whole)
			verdict = UNKNOWN;
	}
	return verdict;
}

/* The line ends here, or its buffer does. */
static void flush(struct grep *g, bool whole)
{
	if (!g->judged) {
		enum verdict verdict = judge(g, whole);

		g->pass = verdict == PASS;
		g->matches += verdict == PASS;
		g->too_long += verdict == UNKNOWN;
	}
	for (size_t at = 0, n; g->pass && at < g->len; at += n) {
		n = MIN(g->len - at, (size_t)WRITE_BYTES);
		g->next->write(g->next, g->line + at, n);
	}
	if (g->pass && whole)
		g->next->write(g->next, "\n", 1);
	g->judged = !whole;
	g->len = 0;
}

static void grep_write(struct sink *s, const char *p, size_t n)
{
	struct grep *g = container_of(s, struct grep, sink);

	for (; n--; p++) {
		if (*p == '\n') {
			flush(g, true);
			continue;
		}
		if (g->len == g->size)
			flush(g, false);
		g->line[g->len++] = *p;
	}
}

void grep_init(struct grep *g, struct sink *next, char *buf, size_t size)
{
	*g = (struct grep){ .sink = { grep_write }, .next = next,
			    .line = buf, .size = size };
}

void grep_add(struct grep *g, const char *pattern, bool invert,
	      bool ignore_case)
{
	ASSERT(g->nr_conditions < GREP_CONDITIONS);
	g->condition[g->nr_conditions++] = (struct grep_condition){
		pattern, invert, ignore_case
	};
}

void grep_end(struct grep *g)
{
	if (g->len || g->judged)
		flush(g, true);
}
