/* SPDX-License-Identifier: MIT */
/*
 * A server and its client, to be copied: square starts itself a second time as a server
 * in a process of its own, which has nothing but the right to receive from one endpoint
 * (and the terminal), and asks it for squares. Another program may serve that does the same
 * in another width: `square 12 1 square32`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lodger.h"
#include "syscall.h"

#define ENDPOINT HANDLE_FIRST /* the server's, as its parent gave it */

/* ---- the server ---- */

static int serve(void)
{
	struct ipc_message m;
	long err = sys_ipc_receive(ENDPOINT, &m);

	/* A reply and the next request are one step. */
	while (err >= 0) {
		m.word[0] *= m.word[0];
		err = sys_ipc_reply_receive(ENDPOINT, &m);
	}
	return EXIT_OK;
}

/* ---- the client ---- */

int main(int argc, char **argv)
{
	const char *server[] = { "square" LODGER_SUFFIX, "--serve", NULL };
	const char *usage = "square number [calls [server]]";
	unsigned long number, calls = 1;
	struct ipc_message m = { { 0 }, 0, 0, 0 };
	uint64_t given;
	long ep, mine, err = 0;
	int child;

	if (argc == 2 && strcmp(argv[1], "--serve") == 0)
		return serve();
	lodger_help(argc, argv, usage);
	if (argc < 2 || argc > 4)
		lodger_usage(usage);
	number = lodger_number("number", argv[1], 0, 0xffffffff);
	if (argc > 2)
		calls = lodger_number("calls", argv[2], 1, 1000000000);

	if (argc > 3)
		server[0] = argv[3];

	ep = sys_endpoint_create();
	if (ep < 0)
		lodger_die("endpoint: %s", lodger_strerror((int)-ep));
	given = (uint64_t)sys_handle_duplicate(ep, RIGHT_RECEIVE | RIGHT_DUPLICATE, 0);
	child = lodger_spawn_with(server[0], server, &given, 1);
	if (child < 0)
		lodger_die("server: %s", lodger_strerror(-child));
	/* From now on the server alone may receive: if it ends, our call does, too. */
	mine = sys_handle_duplicate(ep, RIGHT_CALL, 0);
	sys_close((long)given);
	sys_close(ep);
	for (unsigned long i = 0; i < calls && err >= 0; i++) {
		m.word[0] = number;
		err = sys_ipc_call(mine, &m);
	}
	if (err < 0)
		lodger_die("call: %s", lodger_strerror((int)-err));
	printf("%" PRIu64 "\n", m.word[0]);
	lodger_kill(child);
	return EXIT_OK;
}
