/* SPDX-License-Identifier: MIT */
/* See manifest.h. */
#include "manifest.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services.h"

static unsigned int line_number;

static void complain(const char *format, const char *word)
{
	printf("init: services:%u: ", line_number);
	printf(format, word);
	printf("\n");
}

/* The words of a line: how many. */
static unsigned int split(char *line, const char *words[], unsigned int max)
{
	unsigned int n = 0;
	char *rest = line;

	line[strcspn(line, "#")] = '\0';
	for (char *w; n < max && (w = strsep(&rest, " \t\r")) != NULL;)
		if (*w)
			words[n++] = w;
	return n;
}

static const struct service_entry *find(const struct service_entry *list, unsigned int n,
					const char *name)
{
	for (unsigned int i = 0; i < n; i++)
		if (!strcmp(list[i].name, name))
			return &list[i];
	return NULL;
}

/* False, and said, if it cannot be one. */
static bool begin(struct service_entry *s, const struct service_entry *list, unsigned int n,
		  const char *words[], unsigned int nr_words)
{
	if (nr_words < 3) {
		complain("%s: wants a name and a program", words[0]);
	} else if (strlen(words[1]) >= SERVICE_NAME_MAX) {
		complain("%s: too long a name", words[1]);
	} else if (find(list, n, words[1])) {
		complain("%s: there is one of that name", words[1]);
	} else if (n == SERVICES_MAX) {
		complain("%s: one too many", words[1]);
	} else {
		*s = (struct service_entry){ .name = words[1], .program = words[2],
					     .flags = SPAWN_FLAGS };
		s->argv[0] = s->name;
		for (unsigned int i = 3; i < nr_words; i++)
			s->argv[i - 2] = words[i];
		return true;
	}
	return false;
}

static void add(struct service_entry *s, const struct service_entry *list, unsigned int n,
		const char *words[], unsigned int nr_words)
{
	struct grant *g = &s->grants[s->nr_grants];
	bool all = !strcmp(words[0], "devices");
	bool device = all || !strcmp(words[0], "device");

	if (nr_words == 1 && !strcmp(words[0], "terminal")) {
		s->flags &= ~(uint64_t)SPAWN_NO_TERMINAL;
	} else if (nr_words == 1 && !strcmp(words[0], "archive")) {
		s->flags &= ~(uint64_t)SPAWN_NO_INITRAMFS;
	} else if (nr_words == 1 && !strcmp(words[0], "names")) {
		s->flags &= ~(uint64_t)SPAWN_NO_NAMES;
	} else if (nr_words == 1 && !strcmp(words[0], "private")) {
		s->is_private = true;
	} else if (nr_words == 2 && !strcmp(words[0], "memory") && atoi(words[1]) > 0) {
		s->memory_max = (uint64_t)atoi(words[1]) << 20;
	} else if (s->nr_grants == GRANTS_MAX) {
		complain("%s: one too many", words[0]);
	} else if (device && nr_words > 1 && nr_words < 5) {
		*g = (struct grant){ .kind = all ? GRANT_DEVICES : GRANT_DEVICE };
		for (unsigned int i = 1; i < nr_words; i++)
			g->name[i - 1] = words[i];
		s->nr_grants++;
	} else if (nr_words == 2 && !strcmp(words[0], "uses")) {
		if (!find(list, n - 1, words[1])) {
			complain("%s: no such service above", words[1]);
			return;
		}
		*g = (struct grant){ .kind = GRANT_USES, .name = { words[1] } };
		s->nr_grants++;
	} else {
		complain("%s: not understood", words[0]);
	}
}

unsigned int manifest_read(char *text, struct service_entry out[SERVICES_MAX])
{
	bool skip = true; /* until a service begins that can be */
	unsigned int n = 0;

	line_number = 0;
	for (char *line; (line = strsep(&text, "\n")) != NULL;) {
		const char *words[ARGS_MAX + 2];
		unsigned int nr = split(line, words, ARGS_MAX + 2);

		line_number++;
		if (nr == 0)
			continue;
		if (!strcmp(words[0], "service")) {
			skip = !begin(&out[n < SERVICES_MAX ? n : SERVICES_MAX - 1], out, n, words,
				      nr);
			n += !skip;
		} else if (!skip) {
			add(&out[n - 1], out, n, words, nr);
		} else if (n == 0) {
			complain("%s: belongs to no service", words[0]);
		}
	}
	return n;
}
