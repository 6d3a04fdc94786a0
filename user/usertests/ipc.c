/* SPDX-License-Identifier: MIT */
/* Messages between threads and between processes, and notifications. */
#include "ipc.h"

static const struct ipc_message filled = { { 1, 2, 3, 4, 5, 6, 7, 8 }, 0, 0, 0 };

/* ---- what tests use ---- */

long ipc_endpoint(void)
{
	long ep = sys_endpoint_create();

	CHECK(ep > 0);
	return ep;
}

/* Adds up what comes, tells the badge, until it is told to stop. */
int ipc_serve(void *arg)
{
	long ep = (long)(intptr_t)arg;
	struct ipc_message m;
	long err = sys_ipc_receive(ep, &m);

	for (;;) {
		uint64_t what = m.word[0], sum = 0;

		if (err < 0)
			return (int)-err;
		for (int i = 1; i < IPC_WORDS; i++)
			sum += m.word[i];
		memset(m.word, 0, sizeof(m.word));
		m.word[0] = what == WHO ? m.badge : sum;
		for (uint64_t i = 1; i < IPC_WORDS; i++)
			m.word[i] = i + 100;
		if (what == DIE)
			sys_exit(7);
		if (what == STOP) {
			CHECK_EQ(sys_ipc_reply(&m), 0);
			CHECK_EQ(sys_ipc_reply(&m), -ESRCH);
			return 0;
		}
		if (what == HOLD)
			lodger_sleep_ns(50 * NSEC_PER_MSEC);
		err = sys_ipc_reply_receive(ep, &m);
	}
}

void ipc_check_calls(long ep, unsigned int count)
{
	for (uint64_t n = 0; n < count; n++) {
		struct ipc_message m = { { ADD, n, 2, 3, 4, 5, 6, 7 }, 0, 0, 0 };

		CHECK_EQ(sys_ipc_call(ep, &m), 0);
		CHECK_EQ(m.word[0], n + 27);
		for (uint64_t i = 1; i < IPC_WORDS; i++)
			CHECK_EQ(m.word[i], i + 100);
		CHECK_EQ(m.badge, 0);
	}
}

void ipc_ask(long ep, uint64_t what, long err)
{
	struct ipc_message m = { { what }, 0, 0, 0 };

	CHECK_EQ(sys_ipc_call(ep, &m), err);
	if (err)
		for (int i = 0; i < IPC_WORDS; i++)
			CHECK_EQ(m.word[i], 0);
}

int ipc_call_it(void *arg)
{
	struct ipc_message m = { { ADD }, 0, 0, 0 };

	return (int)-sys_ipc_call((long)(intptr_t)arg, &m);
}

/* ---- calls and sends ---- */

/* Fails when words are lost or change places, or a reply goes elsewhere. */
static void threads(const char *part)
{
	struct lodger_thread server;
	int result;
	long ep = ipc_endpoint();

	(void)part;
	CHECK_EQ(lodger_thread_create(&server, ipc_serve, (void *)(intptr_t)ep), 0);
	ipc_check_calls(ep, 1000);
	ipc_ask(ep, STOP, 0);
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK_EQ(result, 0);
}

/* With a server in a process of that program's. */
static void with_server(const char *program)
{
	const char *const argv[] = { program, "--run", "ipc.processes", "server", NULL };
	uint64_t given[1];
	struct ipc_message m = { { WHO }, 0, 0, 0 };
	int64_t status;
	long ep, client, other;
	int child;

	ep = ipc_endpoint();
	given[0] = (uint64_t)sys_handle_duplicate(ep, RIGHT_RECEIVE | RIGHT_DUPLICATE, 0);
	child = lodger_spawn_with(program, argv, given, 1);
	CHECK(child > 0);
	client = sys_handle_duplicate(ep, RIGHT_CALL, 0xabcd);
	other = sys_handle_duplicate(ep, RIGHT_CALL, 1ULL << 63);
	CHECK(client > 0 && other > 0);
	ipc_check_calls(ep, 1000);
	CHECK_EQ(sys_ipc_call(client, &m), 0);
	CHECK_EQ(m.word[0], 0xabcd);
	m.word[0] = WHO;
	CHECK_EQ(sys_ipc_call(other, &m), 0);
	CHECK_EQ(m.word[0], 1ULL << 63);
	CHECK_EQ(sys_ipc_receive(client, &m), -EBADF);
	ipc_ask(client, STOP, 0);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 0);
}

/* Between processes, of any two widths; fails when the badge is not that of the handle that
 * was used, or when a word is cut. */
static void processes(const char *part)
{
	if (part)
		exit(ipc_serve((void *)(intptr_t)GIVEN));
	with_server("usertests");
	with_server("usertests32");
	with_server("usertests32t");
}

/* Every error that arguments can make; fails when one of them blocks, too. */
static void refused(const char *part)
{
	static const long calls[] = { SYS_ipc_call, SYS_ipc_reply_receive, SYS_ipc_receive,
				      SYS_ipc_send };
	static const uint64_t bad[] = { 0, HANDLE_SELF, HANDLE_TERMINAL, 63, 64, 128, 4000,
					HANDLES_MAX, HANDLES_MAX - 1, 1ULL << 32, UINT64_MAX };
	long ep = ipc_endpoint(), note = sys_notification_create();
	struct ipc_message m;

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(calls) * ARRAY_SIZE(bad); i++) {
		m = filled;
		CHECK_EQ(sys_ipc(calls[i % ARRAY_SIZE(calls)],
				 (long)bad[i / ARRAY_SIZE(calls)], &m, WAIT_FOREVER), -EBADF);
		CHECK_EQ(m.word[0] | m.word[7] | m.badge, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		m = filled;
		CHECK_EQ(sys_ipc(calls[i], note, &m, WAIT_FOREVER), -EBADF);
		CHECK_EQ(sys_ipc(calls[i], ep, &m, 0), -ETIMEDOUT);
		CHECK_EQ(sys_ipc(calls[i], ep, &m, NSEC_PER_MSEC), -ETIMEDOUT);
	}
	CHECK_EQ(sys_ipc_reply(&m), -ESRCH);
	CHECK_EQ(syscall0(NR_SYSCALLS_IPC), -ENOSYS);
	CHECK_EQ(syscall0(SYS_ipc_call - 1), -ENOSYS);
	CHECK_EQ(sys_signal(ep, 1), -EBADF);
	CHECK_EQ(sys_notification_wait(ep, 0), -EBADF);
}

static int send_numbers(void *arg)
{
	for (uint64_t i = 1; i <= 100; i++) {
		struct ipc_message m = { { i }, 0, 0, 0 };

		if (sys_ipc_send((long)(intptr_t)arg, &m))
			return 1;
	}
	return 0;
}

/* Sends wait for who receives, and for no reply. Fails when one is lost or doubled. */
static void sends(const char *part)
{
	struct lodger_thread senders[4];
	long ep = ipc_endpoint();
	uint64_t sum = 0;
	int result;

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(senders); i++)
		CHECK_EQ(lodger_thread_create(&senders[i], send_numbers,
					      (void *)(intptr_t)ep), 0);
	for (size_t i = 0; i < 100 * ARRAY_SIZE(senders); i++) {
		struct ipc_message m;

		CHECK_EQ(sys_ipc_receive(ep, &m), IPC_SENT);
		sum += m.word[0];
		CHECK_EQ(sys_ipc_reply(&m), -ESRCH);
	}
	CHECK_EQ(sum, 5050 * ARRAY_SIZE(senders));
	for (size_t i = 0; i < ARRAY_SIZE(senders); i++) {
		CHECK_EQ(lodger_thread_join(&senders[i], &result), 0);
		CHECK_EQ(result, 0);
	}
}

static int call_often(void *arg)
{
	ipc_check_calls((long)(intptr_t)arg, 2000);
	return 0;
}

/* Several clients and servers on all CPUs. Fails when replies get mixed up. */
static void crowded(const char *part)
{
	struct lodger_thread clients[6], servers[3];
	long ep = ipc_endpoint();
	int result;

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		CHECK_EQ(lodger_thread_create(&servers[i], ipc_serve, (void *)(intptr_t)ep), 0);
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		CHECK_EQ(lodger_thread_create(&clients[i], call_often,
					      (void *)(intptr_t)ep), 0);
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		CHECK_EQ(lodger_thread_join(&clients[i], &result), 0);
		CHECK_EQ(result, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		ipc_ask(ep, STOP, 0);
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
		CHECK_EQ(lodger_thread_join(&servers[i], &result), 0);
		CHECK_EQ(result, 0);
	}
}

/* A receive with a reply still owed. Fails when the first caller is forgotten. */
static void owes(const char *part)
{
	struct lodger_thread client;
	long ep = ipc_endpoint();
	struct ipc_message m;
	int result;

	(void)part;
	CHECK_EQ(lodger_thread_create(&client, ipc_call_it, (void *)(intptr_t)ep), 0);
	CHECK_EQ(sys_ipc_receive(ep, &m), 0);
	CHECK_EQ(sys_ipc_receive(ep, &m), -EBUSY);
	CHECK_EQ(sys_ipc_reply(&m), 0);
	CHECK_EQ(lodger_thread_join(&client, &result), 0);
	CHECK_EQ(result, 0);
}

static int signal_often(void *arg)
{
	for (int i = 0; i < 63; i++)
		if (sys_signal((long)(intptr_t)arg, 1ULL << i))
			return 1;
	return 0;
}

/* Fails when a bit is lost, or comes twice. */
static void notifications(const char *part)
{
	struct lodger_thread thread;
	long n = sys_notification_create(), deaf = sys_handle_duplicate(n, RIGHT_SIGNAL, 0);
	uint64_t seen = 0;
	int result;

	(void)part;
	CHECK(n > 0 && deaf > 0);
	CHECK_EQ(sys_notification_wait(n, 0), -ETIMEDOUT);
	CHECK_EQ(sys_notification_wait(deaf, 0), -EPERM);
	CHECK_EQ(sys_signal(n, 5), 0);
	CHECK_EQ(sys_signal(deaf, 2), 0);
	CHECK_EQ(sys_signal(n, 1ULL << 63), -EINVAL);
	CHECK_EQ(sys_notification_wait(n, 0), 7);
	CHECK_EQ(sys_notification_wait(n, NSEC_PER_MSEC), -ETIMEDOUT);
	CHECK_EQ(lodger_thread_create(&thread, signal_often, (void *)(intptr_t)n), 0);
	while (seen != (1ULL << 63) - 1) {
		int64_t bits = sys_notification_wait(n, WAIT_FOREVER);

		CHECK(bits > 0 && (seen & (uint64_t)bits) == 0);
		seen |= (uint64_t)bits;
	}
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 0);
	CHECK_EQ(sys_notification_wait(n, 0), -ETIMEDOUT);
}

const struct test ipc_tests[] = {
	{ "ipc.threads", threads },
	{ "ipc.processes", processes },
	{ "ipc.refused", refused },
	{ "ipc.sends", sends },
	{ "ipc.crowded", crowded },
	{ "ipc.owes", owes },
	{ "ipc.notifications", notifications },
	{ NULL, NULL },
};
