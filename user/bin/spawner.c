/* SPDX-License-Identifier: MIT */
/*
 * Starts many short processes, several at a time so that every CPU has some,
 * and checks that each comes back with the status it was told to return.
 */
#include <stdio.h>

#include "lodger.h"

#define IN_FLIGHT 16

struct child {
	int handle;
	int expected;
};

static int start(struct child *c, unsigned long number)
{
	char text[8];
	const char *argv[] = { "exit", text, NULL };

	c->expected = (int)(number % 251); /* all sorts, 0 among them */
	snprintf(text, sizeof(text), "%d", c->expected);
	c->handle = lodger_spawn("exit", argv);
	return c->handle < 0 ? c->handle : 0;
}

/* True if it ended as it should. */
static bool finish(const struct child *c)
{
	char text[64];
	int64_t status;
	int ret = lodger_wait(c->handle, WAIT_FOREVER, &status);

	lodger_close(c->handle);
	if (ret) {
		fprintf(stderr, "spawner: wait: %s\n", lodger_strerror(-ret));
		return false;
	}
	if (status != c->expected) {
		fprintf(stderr, "spawner: expected exit %d, got %s\n",
			c->expected,
			lodger_status_text(status, text, sizeof(text)));
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	const char *usage = "spawner processes";
	struct child children[IN_FLIGHT];
	unsigned long wanted, started = 0, ok = 0;
	int ret = 0;

	lodger_help(argc, argv, usage);
	if (argc != 2)
		lodger_usage(usage);
	wanted = lodger_number("processes", argv[1], 1, 1000000);

	/* A ring: slot i waits for the process that was started into it last. */
	for (unsigned long i = 0; i < wanted + IN_FLIGHT; i++) {
		struct child *c = &children[i % IN_FLIGHT];

		if (i >= IN_FLIGHT && i - IN_FLIGHT < started)
			ok += finish(c);
		if (i >= wanted || ret)
			continue;
		ret = start(c, i);
		if (ret)
			fprintf(stderr, "spawner: process %lu: %s\n", i + 1,
				lodger_strerror(-ret));
		else
			started++;
	}
	printf("spawner: %lu of %lu ok\n", ok, wanted);
	return ok == wanted ? EXIT_OK : EXIT_ERROR;
}
