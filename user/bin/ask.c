/* SPDX-License-Identifier: MIT */
/*
 * Asks a question by the service "console" (user/servers/console.h), and says the answer: what
 * a program does that has no terminal of its own.
 */
#include <stdio.h>
#include <string.h>

#include "console.h"
#include "services.h"

static long console;

static struct ipc_message ask(struct ipc_message m)
{
	long err = sys_ipc_call(console, &m);

	if (!err)
		err = (long)m.word[0];
	if (err)
		lodger_die("console: %s", lodger_strerror((int)-err));
	return m;
}

static void say(const char *text)
{
	size_t len = strlen(text);

	for (size_t at = 0; at < len; at += CONSOLE_TEXT_MAX) {
		struct ipc_message m = { { CONSOLE_WRITE }, 0, 0, 0 };

		m.word[1] = len - at < CONSOLE_TEXT_MAX ? len - at : CONSOLE_TEXT_MAX;
		memcpy(&m.word[2], text + at, m.word[1]);
		ask(m);
	}
}

int main(int argc, char **argv)
{
	char part[CONSOLE_TEXT_MAX + 1], *end = NULL;

	lodger_help(argc, argv, "ask QUESTION");
	if (argc != 2)
		lodger_usage("ask QUESTION");
	console = lodger_service("console");
	if (console < 0)
		lodger_die("no console service: %s", lodger_strerror((int)-console));
	say(argv[1]);
	for (bool first = true; !end; first = false) {
		struct ipc_message m = ask((struct ipc_message){ { CONSOLE_READ }, 0, 0, 0 });

		memcpy(part, &m.word[2], m.word[1]);
		part[m.word[1]] = '\0';
		end = m.word[1] ? strchr(part, '\n') : part;
		if (first)
			say("answer: ");
		say(part);
	}
	if (*end != '\n')
		say("\n");
	return EXIT_OK;
}
