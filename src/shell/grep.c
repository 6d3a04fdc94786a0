/* SPDX-License-Identifier: MIT */
/* The grep stage; see grep.h. Pure. */
#include "shell/grep.h"

#include "lib/string.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool matches(const struct grep *g)
{
	size_t n = strlen(g->pattern), i;

	for (size_t at = 0; at + n <= g->len; at++) {
		for (i = 0; i < n; i++) {
			char a = g->line[at + i], b = g->pattern[i];

			if (a != b && !(g->ignore_case && lower(a) == lower(b)))
				break;
		}
		if (i == n)
			return true;
	}
	return false;
}

static void flush(struct grep *g, bool newline)
{
	if (!g->in_line) {
		g->pass = matches(g) != g->invert;
		g->matches += g->pass;
	}
	if (g->pass) {
		g->next->write(g->next, g->line, g->len);
		if (newline)
			g->next->write(g->next, "\n", 1);
	}
	g->in_line = !newline;
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
		if (g->len == GREP_LINE)
			flush(g, false);
		g->line[g->len++] = *p;
	}
}

void grep_init(struct grep *g, struct sink *next, const char *pattern)
{
	*g = (struct grep){ .sink = { grep_write }, .next = next,
			    .pattern = pattern };
}

void grep_end(struct grep *g)
{
	if (g->len || g->in_line)
		flush(g, true);
}
