/* SPDX-License-Identifier: MIT */
/* What ends a wait for a message or a reply, beside its coming. */
#include "ipc.h"

/* A server that dies, and an endpoint from which nobody can receive: -EPIPE for who
 * waits and for who comes. Fails when one of them waits for ever. */
static void server_dies(const char *part)
{
	uint64_t given[1];
	struct lodger_thread waiting[3];
	int64_t status;
	int child, result;
	long ep, mine;

	if (part)
		exit(ipc_serve((void *)(intptr_t)GIVEN));
	ep = ipc_endpoint();
	mine = sys_handle_duplicate(ep, RIGHT_CALL, 0);
	given[0] = (uint64_t)ep;
	child = test_child_with("ipc.server_dies", "server", given, 1);
	CHECK_EQ(sys_close(ep), 0); /* now the child alone may receive */
	ipc_check_calls(mine, 2);
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++)
		CHECK_EQ(lodger_thread_create(&waiting[i], ipc_call_it, (void *)(intptr_t)mine), 0);
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++) {
		CHECK_EQ(lodger_thread_join(&waiting[i], &result), 0);
		CHECK_EQ(result, 0);
	}
	ipc_ask(mine, DIE, -EPIPE);
	ipc_ask(mine, ADD, -EPIPE);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 7);
}

/* Who waits in the queue when the last handle to receive by is closed. */
static void closed_under(const char *part)
{
	struct lodger_thread waiting[4];
	long ep = ipc_endpoint(), mine = sys_handle_duplicate(ep, RIGHT_CALL, 0);
	int result;

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++)
		CHECK_EQ(lodger_thread_create(&waiting[i], ipc_call_it, (void *)(intptr_t)mine), 0);
	lodger_sleep_ns(5 * NSEC_PER_MSEC);
	CHECK_EQ(sys_close(ep), 0);
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++) {
		CHECK_EQ(lodger_thread_join(&waiting[i], &result), 0);
		CHECK_EQ(result, EPIPE);
	}
}

/* Clients that are killed while they wait: for somebody who receives, and for the reply.
 * Fails when the server waits for them, or replies to somebody else. */
static void client_dies(const char *part)
{
	long ep;
	uint64_t given[1];
	struct lodger_thread server;
	struct ipc_message m;
	int64_t status;
	int child, result;

	if (part) {
		m = (struct ipc_message){ { HOLD }, 0, 0, 0 };
		sys_ipc_call(GIVEN, &m);
		exit(1);
	}
	ep = ipc_endpoint();
	given[0] = (uint64_t)ep;
	child = test_child_with("ipc.client_dies", "client", given, 1); /* nobody receives */
	lodger_sleep_ns(20 * NSEC_PER_MSEC);
	CHECK_EQ(lodger_kill(child), 0);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, STATUS_KILLED);
	CHECK_EQ(sys_ipc(SYS_ipc_receive, ep, &m, 0), -ETIMEDOUT);

	child = test_child_with("ipc.client_dies", "client", given, 1);
	CHECK_EQ(sys_ipc_receive(ep, &m), 0);
	CHECK_EQ(lodger_kill(child), 0);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(sys_ipc_reply(&m), -ESRCH);

	CHECK_EQ(lodger_thread_create(&server, ipc_serve, (void *)(intptr_t)ep), 0);
	for (int i = 0; i < 10; i++) {
		child = test_child_with("ipc.client_dies", "client", given, 1);
		lodger_sleep_ns((uint64_t)i * 2 * NSEC_PER_MSEC);
		CHECK_EQ(lodger_kill(child), 0);
		CHECK_EQ(lodger_close(child), 0);
		ipc_check_calls(ep, 3);
	}
	ipc_ask(ep, STOP, 0);
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK_EQ(result, 0);
}

/* A deadline that passes before the reply, and while nobody receives; the late reply
 * finds nobody. Fails when the caller waits on, or the server is stuck. */
static void deadlines(const char *part)
{
	struct lodger_thread server;
	long ep = ipc_endpoint();
	uint64_t before = lodger_clock_ns();
	struct ipc_message m = { { HOLD }, 0, 0, 0 };
	int result;

	(void)part;
	CHECK_EQ(sys_ipc(SYS_ipc_call, ep, &m, 10 * NSEC_PER_MSEC), -ETIMEDOUT);
	CHECK(lodger_clock_ns() - before >= 10 * NSEC_PER_MSEC);
	CHECK_EQ(lodger_thread_create(&server, ipc_serve, (void *)(intptr_t)ep), 0);
	ipc_check_calls(ep, 1);
	m.word[0] = HOLD;
	CHECK_EQ(sys_ipc(SYS_ipc_call, ep, &m, 5 * NSEC_PER_MSEC), -ETIMEDOUT);
	ipc_check_calls(ep, 2);
	for (int i = 0; i < 200; i++) { /* replies and deadlines meet */
		m.word[0] = ADD;
		sys_ipc(SYS_ipc_call, ep, &m, (uint64_t)i * NSEC_PER_USEC);
	}
	ipc_check_calls(ep, 10);
	ipc_ask(ep, STOP, 0);
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK_EQ(result, 0);
}

static int receive_until_closed(void *arg)
{
	struct ipc_message m;

	return (int)-sys_ipc_receive((long)(intptr_t)arg, &m);
}

/* revoke takes a handle away from whoever has it. Fails when it stays usable. */
static void revoked(const char *part)
{
	long ep = ipc_endpoint();
	long derived = sys_handle_duplicate(ep, RIGHT_CALL | RIGHT_DUPLICATE, 0);
	uint64_t given[1] = { (uint64_t)derived };
	struct lodger_thread server;
	int64_t status;
	int child, result;

	if (part) {
		while (sys_ipc_call(GIVEN, &(struct ipc_message){ { ADD }, 0, 0, 0 }) == 0)
			;
		exit(sys_close(GIVEN) == -EBADF ? 0 : 1);
	}
	CHECK_EQ(lodger_thread_create(&server, ipc_serve, (void *)(intptr_t)ep), 0);
	child = test_child_with("ipc.revoked", "client", given, 1);
	lodger_sleep_ns(20 * NSEC_PER_MSEC);
	CHECK_EQ(sys_handle_revoke(ep), 0);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 0);
	CHECK_EQ(sys_close(derived), -EBADF);
	ipc_ask(ep, STOP, 0);
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK_EQ(lodger_thread_create(&server, receive_until_closed, (void *)(intptr_t)ep), 0);
	lodger_sleep_ns(20 * NSEC_PER_MSEC);
	CHECK_EQ(sys_close(ep), 0);
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK(result == EPIPE || result == EBADF); /* it had not yet received */
}

const struct test ipc_end_tests[] = {
	{ "ipc.server_dies", server_dies },
	{ "ipc.closed_under", closed_under },
	{ "ipc.client_dies", client_dies },
	{ "ipc.deadlines", deadlines },
	{ "ipc.revoked", revoked },
	{ NULL, NULL },
};
