/* SPDX-License-Identifier: MIT */
/*
 * Look-up in the kernel command line. Each question reads the line once: it is
 * short and asked a dozen times at boot, so nothing is parsed ahead or stored.
 */
#include "lib/cmdline.h"

#include "kernel/errno.h"
#include "lib/string.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_blanks(const char *s)
{
	while (is_blank(*s))
		s++;
	return s;
}

/* The end of the word that begins at s; an open quote runs to the end. */
static const char *word_end(const char *s)
{
	bool quoted = false;

	for (; *s && (quoted || !is_blank(*s)); s++) {
		if (*s == '"')
			quoted = !quoted;
	}
	return s;
}

/* If the word [s, end) has that key: where its value begins, else NULL. */
static const char *match(const char *s, const char *end, const char *key)
{
	for (; s < end; s++) {
		if (*s == '"')
			continue;
		if (*key && *s == *key) {
			key++;
			continue;
		}
		return *key == '\0' && *s == '=' ? s + 1 : NULL;
	}
	return *key == '\0' ? end : NULL;
}

/* The value of the last word with that key, as [*value, *end). */
static bool find(const char *line, const char *key, const char **value,
		 const char **end)
{
	const char *s, *next;
	bool found = false;

	if (!*key)
		return false;
	for (s = skip_blanks(line); *s; s = skip_blanks(next)) {
		const char *v;

		next = word_end(s);
		v = match(s, next, key);
		if (v) {
			*value = v;
			*end = next;
			found = true;
		}
	}
	return found;
}

int cmdline_get(const char *line, const char *key, char *out, size_t size)
{
	const char *value, *end, *s;
	size_t len = 0;

	if (!find(line, key, &value, &end))
		return -ENOENT;
	for (s = value; s < end; s++)
		len += *s != '"';
	if (len >= size)
		return -ENOSPC;
	for (s = value; s < end; s++) {
		if (*s != '"')
			*out++ = *s;
	}
	*out = '\0';
	return 0;
}

bool cmdline_has(const char *line, const char *key)
{
	const char *value, *end;

	return find(line, key, &value, &end);
}
