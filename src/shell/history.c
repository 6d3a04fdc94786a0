/* SPDX-License-Identifier: MIT */
/*
 * One buffer of strings, moved together on each change: with 16 KB that is
 * cheaper than the links of anything cleverer, and nothing is allocated.
 */
#include "shell/history.h"

#include "lib/string.h"

static void remove_at(struct history *h, size_t off)
{
	size_t n = strlen(h->text + off) + 1;

	memmove(h->text + off, h->text + off + n, h->used - off - n);
	h->used -= n;
}

void history_add(struct history *h, const char *line)
{
	size_t n = strlen(line) + 1;

	if (n == 1 || *line == ' ' || n > HISTORY_BYTES)
		return;
	for (size_t off = 0; off < h->used; off += strlen(h->text + off) + 1) {
		if (strcmp(h->text + off, line) == 0) {
			remove_at(h, off);
			break;
		}
	}
	while (h->used + n > HISTORY_BYTES)
		remove_at(h, 0);
	memcpy(h->text + h->used, line, n);
	h->used += n;
}

unsigned int history_count(const struct history *h)
{
	unsigned int n = 0;

	for (size_t i = 0; i < h->used; i++)
		n += h->text[i] == 0;
	return n;
}

const char *history_get(const struct history *h, unsigned int n)
{
	const char *s = h->text;
	unsigned int count = history_count(h);

	if (n >= count)
		return NULL;
	for (n = count - 1 - n; n > 0; n--)
		s += strlen(s) + 1;
	return s;
}

int history_search(const struct history *h, unsigned int n, const char *text)
{
	const char *s;

	for (; (s = history_get(h, n)); n++)
		if (strstr(s, text))
			return (int)n;
	return -1;
}
