/* SPDX-License-Identifier: MIT */
/* Handles that are given to a program, or go along with a message. */
#include "ipc.h"

/* A child finds what it was given, in that order, and what it was not it has not. */
static void given(const char *part)
{
	uint64_t both[2], none[1] = { 4000 }, many[SPAWN_HANDLES_MAX + 1] = { 0 };
	const char *const argv[] = { "exit", NULL };
	long n = sys_notification_create();

	if (part && part[0] == 'd') { /* deaf: no terminal, no programs */
		int a = sys_write(HANDLE_TERMINAL, "x", 1) == -EBADF;
		int b = sys_spawn(HANDLE_INITRAMFS, 0, 1, NULL) == -EBADF;

		exit(a && b ? sys_close(GIVEN) == -EBADF ? 0 : 3 : 2);
	}
	if (part) {
		CHECK_EQ(sys_signal(GIVEN + 1, 2), 0);
		CHECK_EQ(sys_signal(GIVEN, 2), -EPERM);
		CHECK_EQ(sys_notification_wait(GIVEN, WAIT_FOREVER), 3);
		exit(0);
	}
	both[0] = (uint64_t)sys_handle_duplicate(n, RIGHT_WAIT | RIGHT_DUPLICATE, 0);
	both[1] = (uint64_t)n;
	CHECK_EQ(sys_signal(n, 1), 0);
	{
		int64_t status;

		CHECK_EQ(lodger_wait(test_child_with("ipc.given", "both", both, 2),
				     WAIT_FOREVER, &status), 0);
		CHECK_EQ(status, 0);
	}
	CHECK_EQ(lodger_spawn_with("exit", argv, none, 1), -EBADF);
	none[0] = (uint64_t)sys_handle_duplicate(n, RIGHT_WAIT, 0);
	CHECK_EQ(lodger_spawn_with("exit", argv, none, 1), -EPERM);
	CHECK_EQ(lodger_spawn_with("exit", argv, many, SPAWN_HANDLES_MAX + 1), -E2BIG);
	CHECK_EQ(lodger_spawn_with("exit", argv, (uint64_t *)64, 1), -EFAULT);
}

static long notification(void)
{
	long n = sys_notification_create();

	CHECK(n > 0);
	return n;
}

static bool names_nothing(long h)
{
	return sys_signal(h, 1) == -EBADF;
}

/* Signals what it is handed, and hands back an endpoint and what it was handed second. */
static int handed(void *arg)
{
	long ep = (long)(intptr_t)arg;
	struct ipc_message m;

	CHECK_EQ(sys_ipc_accept(2), 0);
	for (int i = 0; i < 100; i++) {
		CHECK_EQ(sys_ipc_receive(ep, &m), 0);
		CHECK_EQ(sys_signal(ipc_handle(m.came, 0), 1ULL << i % 60), 0);
		CHECK_EQ(sys_close(ipc_handle(m.came, 0)), 0);
		m.send = (uint64_t)ipc_endpoint() | (m.came & 0xffff0000);
		CHECK_EQ(sys_ipc_reply(&m), 0);
	}
	return 0;
}

/* Between threads of one process, so that each side's numbers can be looked at. Fails
 * when a handle is lost, doubled, or comes without being asked for. */
static void handles(const char *part)
{
	struct lodger_thread server;
	long ep = ipc_endpoint(), n = notification(), none, given, second;
	struct ipc_message m = { { 0 }, 0, 0, 0 };
	int result;

	(void)part;
	CHECK_EQ(lodger_thread_create(&server, handed, (void *)(intptr_t)ep), 0);
	CHECK_EQ(sys_ipc_accept(IPC_HANDLES + 1), -EINVAL);
	CHECK_EQ(sys_ipc_accept(2), 0);
	for (int i = 0; i < 100; i++) {
		given = sys_handle_duplicate(n, RIGHT_SIGNAL, 0);
		second = sys_handle_duplicate(n, RIGHT_SIGNAL | RIGHT_WAIT, 0);
		m.send = (uint64_t)given | (uint64_t)second << 16;
		CHECK_EQ(sys_ipc_call(ep, &m), 0);
		CHECK_EQ(m.send, 0);
		CHECK_EQ(sys_notification_wait(ipc_handle(m.came, 1), 0), 1ULL << i % 60);
		CHECK_EQ(sys_ipc(SYS_ipc_receive, ipc_handle(m.came, 0), &(struct ipc_message){
				 { 0 }, 0, 0, 0 }, 0), -ETIMEDOUT);
		CHECK_EQ(sys_close(ipc_handle(m.came, 0)), 0);
		CHECK_EQ(sys_close(ipc_handle(m.came, 1)), 0);
		CHECK_EQ(ipc_handle(m.came, 2) | ipc_handle(m.came, 3), 0);
	}
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK_EQ(result, 0);

	/* Not sent: it is ours as before. */
	given = sys_handle_duplicate(n, RIGHT_SIGNAL, 0);
	none = 4000;
	m.send = (uint64_t)given | (uint64_t)none << 16;
	CHECK_EQ(sys_ipc(SYS_ipc_send, ep, &m, WAIT_FOREVER), -EBADF);
	m.send = (uint64_t)given | (uint64_t)given << 16;
	CHECK_EQ(sys_ipc(SYS_ipc_send, ep, &m, WAIT_FOREVER), -EBADF);
	m.send = (uint64_t)given;
	CHECK_EQ(sys_ipc(SYS_ipc_send, ep, &m, NSEC_PER_MSEC), -ETIMEDOUT);
	m.send = (uint64_t)given;
	CHECK_EQ(sys_ipc_reply(&m), -ESRCH);
	CHECK_EQ(sys_signal(given, 1), 0);
}

static int receive_once(void *arg)
{
	struct ipc_message m;
	long err = sys_ipc_receive((long)(intptr_t)arg, &m);

	return err == IPC_SENT ? (int)m.word[0] : -1;
}

static volatile bool is_back;

static int send_handle(void *arg)
{
	long *h = arg;
	struct ipc_message m = { { 5 }, 0, (uint64_t)h[1], 0 };
	long err = sys_ipc_send(h[0], &m);

	is_back = true;
	return (int)-err;
}

static void until_on_its_way(long h)
{
	while (!names_nothing(h))
		lodger_sleep_ns(100 * NSEC_PER_USEC);
}

/* Who has no room gets none, and the sender keeps it; whether the one or the other was
 * there first. What is revoked on its way does not arrive. */
static void handles_refused(const char *part)
{
	struct lodger_thread other;
	long ep = ipc_endpoint(), n = notification(), h[2];
	struct ipc_message m;
	int result;

	(void)part;
	CHECK_EQ(lodger_thread_create(&other, receive_once, (void *)(intptr_t)ep), 0);
	h[0] = ep;
	h[1] = sys_handle_duplicate(n, RIGHT_SIGNAL, 0);
	m = (struct ipc_message){ { 9 }, 0, (uint64_t)h[1], 0 };
	CHECK_EQ(sys_ipc_send(ep, &m), -EMFILE);
	CHECK_EQ(sys_signal(h[1], 1), 0);
	m = (struct ipc_message){ { 9 }, 0, 0, 0 };
	CHECK_EQ(sys_ipc_send(ep, &m), 0);
	CHECK_EQ(lodger_thread_join(&other, &result), 0);
	CHECK_EQ(result, 9);

	CHECK_EQ(lodger_thread_create(&other, send_handle, h), 0);
	while (!is_back) { /* packed is not queued yet: once may be too early */
		CHECK_EQ(sys_ipc(SYS_ipc_receive, ep, &m, 0), -ETIMEDOUT);
		sys_yield();
	}
	CHECK_EQ(lodger_thread_join(&other, &result), 0);
	CHECK_EQ(result, EMFILE);
	CHECK_EQ(sys_signal(h[1], 2), 0);

	CHECK_EQ(sys_ipc_accept(1), 0);
	CHECK_EQ(lodger_thread_create(&other, send_handle, h), 0);
	until_on_its_way(h[1]);
	CHECK_EQ(sys_handle_revoke(n), 0);
	CHECK_EQ(sys_ipc_receive(ep, &m), IPC_SENT);
	CHECK_EQ(m.word[0], 5);
	CHECK_EQ(m.came, 0);
	CHECK_EQ(lodger_thread_join(&other, &result), 0);
	CHECK(names_nothing(h[1]));
	h[1] = sys_handle_duplicate(n, RIGHT_SIGNAL, 0);
	CHECK_EQ(lodger_thread_create(&other, send_handle, h), 0);
	CHECK_EQ(sys_ipc_receive(ep, &m), IPC_SENT);
	CHECK_EQ(sys_signal(ipc_handle(m.came, 0), 4), 0);
	CHECK_EQ(lodger_thread_join(&other, &result), 0);
	CHECK_EQ(sys_notification_wait(n, 0), 7);
}

const struct test ipc_handle_tests[] = {
	{ "ipc.given", given },
	{ "ipc.handles", handles },
	{ "ipc.handles_refused", handles_refused },
	{ NULL, NULL },
};
