/* SPDX-License-Identifier: MIT */
/*
 * Says something by the service "console" (user/servers/console.h): a word at a time, and
 * with -c as several clients, each of which says its word before any says the next one.
 */
#include <stdio.h>
#include <string.h>

#include "console.h"
#include "services.h"

#define CLIENTS_MAX 100

static void say(long client, const char *text)
{
	size_t len = strlen(text);

	do {
		struct ipc_message m = { { CONSOLE_WRITE }, 0, 0, 0 };
		size_t n = len < CONSOLE_TEXT_MAX ? len : CONSOLE_TEXT_MAX;
		long err;

		m.word[1] = n;
		memcpy(&m.word[2], text, n);
		err = sys_ipc_call(client, &m);
		if (!err)
			err = (long)m.word[0];
		if (err)
			lodger_die("console: %s", lodger_strerror((int)-err));
		text += n;
		len -= n;
	} while (len > 0);
}

int main(int argc, char **argv)
{
	const char *usage = "say [-c CLIENTS] [-n] WORD...  (-n: no end of the line)";
	unsigned long nr_clients = 1;
	long clients[CLIENTS_MAX];
	bool ends = true;
	int first = 1;

	lodger_help(argc, argv, usage);
	if (first + 1 < argc && !strcmp(argv[first], "-c")) {
		nr_clients = lodger_number("clients", argv[first + 1], 1, CLIENTS_MAX);
		first += 2;
	}
	if (first < argc && !strcmp(argv[first], "-n")) {
		ends = false;
		first++;
	}
	if (first == argc)
		lodger_usage(usage);
	for (unsigned long i = 0; i < nr_clients; i++) {
		clients[i] = lodger_service("console");
		if (clients[i] < 0)
			lodger_die("no console service: %s", lodger_strerror((int)-clients[i]));
	}
	for (int word = first; word < argc; word++) {
		for (unsigned long i = 0; i < nr_clients; i++) {
			if (word > first)
				say(clients[i], " ");
			if (*argv[word])
				say(clients[i], argv[word]);
		}
	}
	for (unsigned long i = 0; ends && i < nr_clients; i++)
		say(clients[i], "\n");
	return EXIT_OK;
}
