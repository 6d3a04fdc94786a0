/* SPDX-License-Identifier: MIT */
/* Messages between threads and between processes, notifications, what ends a wait. */
#include "probe.h"
#include "usertests.h"

#define GIVEN HANDLE_FIRST /* what a child was given */

enum { ADD, WHO, DIE, STOP, HOLD };

static const struct ipc_message filled = { { 1, 2, 3, 4, 5, 6, 7, 8 }, 0, 0, 0 };

static long endpoint(void)
{
	long ep = sys_endpoint_create();

	CHECK(ep > 0);
	return ep;
}

/* Adds up what comes, tells the badge, until it is told to stop. */
static int serve(void *arg)
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

static void check_calls(long ep, unsigned int count)
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

static void ask(long ep, uint64_t what, long err)
{
	struct ipc_message m = { { what }, 0, 0, 0 };

	CHECK_EQ(sys_ipc_call(ep, &m), err);
	if (err)
		for (int i = 0; i < IPC_WORDS; i++)
			CHECK_EQ(m.word[i], 0);
}

/* Fails when words are lost or change places, or a reply goes elsewhere. */
static void threads(const char *part)
{
	struct lodger_thread server;
	int result;
	long ep = endpoint();

	(void)part;
	CHECK_EQ(lodger_thread_create(&server, serve, (void *)(intptr_t)ep), 0);
	check_calls(ep, 1000);
	ask(ep, STOP, 0);
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK_EQ(result, 0);
}

/* ---- every register, on the fast path and on the other ---- */

#define WORD(who, n, i) ((uint64_t)(who) << 32 | (n) << 8 | (i))
#define MESSAGES 50

struct probed {
	long ep;
	uint64_t timeout_ns;
	bool fp; /* with FP/SIMD registers in use, too */
};

/* One of the SYS_ipc_ calls with a message that `who` sends as its n-th. */
static void probe_ipc(long nr, const struct probed *p, uint64_t who, uint64_t n,
		      struct registers *out)
{
	struct registers in;

	for (uint64_t i = 0; i < 31; i++)
		in.x[i] = i < IPC_WORDS ? WORD(who, n, i) : 0xabcd000000000000 + i * 0x1111;
	in.x[8] = (uint64_t)nr;
	in.x[9] = (uint64_t)p->ep;
	in.x[10] = 0;
	in.x[11] = p->timeout_ns;
	memset(out, 0xff, sizeof(*out));
	if (p->fp) {
		fpregs_pattern(&in.fp, who << 16 | n);
		probe_syscall(&in, out);
		if (memcmp(&in.fp, &out->fp, sizeof(in.fp)) != 0)
			test_fail(__FILE__, __LINE__, "call %ld changes %s", nr,
				  fpregs_difference(&in.fp, &out->fp));
	} else {
		probe_message(&in, out);
	}
	for (int i = 10; i < 31; i++)
		if (out->x[i] != (i <= 18 ? 0 : in.x[i]))
			test_fail(__FILE__, __LINE__, "x%d is 0x%lx behind call %ld", i,
				  out->x[i], nr);
}

static int probing_server(void *arg)
{
	const struct probed *p = arg;
	struct ipc_message m;
	struct registers r;

	CHECK_EQ(sys_ipc_receive(p->ep, &m), 0);
	for (uint64_t n = 1; n < MESSAGES; n++) {
		probe_ipc(SYS_ipc_reply_receive, p, 2, n, &r);
		for (uint64_t i = 0; i < IPC_WORDS; i++)
			CHECK_EQ(r.x[i], WORD(1, n + 1, i));
		CHECK_EQ(r.x[8], 0);
		CHECK_EQ(r.x[9], 77);
	}
	probe_ipc(SYS_ipc_reply, p, 2, MESSAGES, &r);
	CHECK_EQ(r.x[8], 0);
	return 0;
}

/* Fails when a path loses a register, leaves one of another thread or of the kernel in
 * it, or gives another result than the other path. */
static void registers(const char *part)
{
	/* A deadline is not for the fast path. */
	static const uint64_t timeouts[] = { WAIT_FOREVER, 100 * NSEC_PER_SEC };
	struct lodger_thread server;
	struct registers r;
	int result;

	(void)part;
	for (size_t k = 0; k < 16; k++) {
		struct probed p = { endpoint(), timeouts[k & 1], k >> 1 & 1 };
		long client = sys_handle_duplicate(p.ep, RIGHT_CALL, 77);
		struct probed c = { client, timeouts[k >> 2 & 1], k >> 3 & 1 };

		CHECK_EQ(lodger_thread_create(&server, probing_server, &p), 0);
		for (uint64_t n = 1; n <= MESSAGES; n++) {
			probe_ipc(SYS_ipc_call, &c, 1, n, &r);
			for (uint64_t i = 0; i < IPC_WORDS; i++)
				CHECK_EQ(r.x[i], WORD(2, n, i));
			CHECK_EQ(r.x[8], 0);
			CHECK_EQ(r.x[9], 0);
		}
		CHECK_EQ(lodger_thread_join(&server, &result), 0);
		CHECK_EQ(result, 0);
		CHECK_EQ(sys_close(client), 0);
		CHECK_EQ(sys_close(p.ep), 0);
	}
}

/* Between processes; fails when the badge is not that of the handle that was used. */
static void processes(const char *part)
{
	uint64_t given[1];
	struct ipc_message m = { { WHO }, 0, 0, 0 };
	int64_t status;
	long ep, client, other;
	int child;

	if (part)
		exit(serve((void *)(intptr_t)GIVEN));
	ep = endpoint();
	given[0] = (uint64_t)sys_handle_duplicate(ep, RIGHT_RECEIVE | RIGHT_DUPLICATE, 0);
	child = test_child_with("ipc.processes", "server", given, 1);
	client = sys_handle_duplicate(ep, RIGHT_CALL, 0xabcd);
	other = sys_handle_duplicate(ep, RIGHT_CALL, 1UL << 63);
	CHECK(client > 0 && other > 0);
	check_calls(ep, 1000);
	CHECK_EQ(sys_ipc_call(client, &m), 0);
	CHECK_EQ(m.word[0], 0xabcd);
	m.word[0] = WHO;
	CHECK_EQ(sys_ipc_call(other, &m), 0);
	CHECK_EQ(m.word[0], 1UL << 63);
	CHECK_EQ(sys_ipc_receive(client, &m), -EBADF);
	ask(client, STOP, 0);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 0);
}

/* Every error that arguments can make; fails when one of them blocks, too. */
static void refused(const char *part)
{
	static const long calls[] = { SYS_ipc_call, SYS_ipc_reply_receive, SYS_ipc_receive,
				      SYS_ipc_send };
	static const uint64_t bad[] = { 0, HANDLE_SELF, HANDLE_TERMINAL, 63, 64, 128, 4000,
					HANDLES_MAX, HANDLES_MAX - 1, 1UL << 32, ~0UL };
	long ep = endpoint(), note = sys_notification_create();
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

static int call_it(void *arg)
{
	struct ipc_message m = { { ADD }, 0, 0, 0 };

	return (int)-sys_ipc_call((long)(intptr_t)arg, &m);
}

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
		exit(serve((void *)(intptr_t)GIVEN));
	ep = endpoint();
	mine = sys_handle_duplicate(ep, RIGHT_CALL, 0);
	given[0] = (uint64_t)ep;
	child = test_child_with("ipc.server_dies", "server", given, 1);
	CHECK_EQ(sys_close(ep), 0); /* now the child alone may receive */
	check_calls(mine, 2);
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++)
		CHECK_EQ(lodger_thread_create(&waiting[i], call_it, (void *)(intptr_t)mine), 0);
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++) {
		CHECK_EQ(lodger_thread_join(&waiting[i], &result), 0);
		CHECK_EQ(result, 0);
	}
	ask(mine, DIE, -EPIPE);
	ask(mine, ADD, -EPIPE);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 7);
}

/* Who waits in the queue when the last handle to receive by is closed. */
static void closed_under(const char *part)
{
	struct lodger_thread waiting[4];
	long ep = endpoint(), mine = sys_handle_duplicate(ep, RIGHT_CALL, 0);
	int result;

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++)
		CHECK_EQ(lodger_thread_create(&waiting[i], call_it, (void *)(intptr_t)mine), 0);
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
	ep = endpoint();
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

	CHECK_EQ(lodger_thread_create(&server, serve, (void *)(intptr_t)ep), 0);
	for (int i = 0; i < 10; i++) {
		child = test_child_with("ipc.client_dies", "client", given, 1);
		lodger_sleep_ns((uint64_t)i * 2 * NSEC_PER_MSEC);
		CHECK_EQ(lodger_kill(child), 0);
		CHECK_EQ(lodger_close(child), 0);
		check_calls(ep, 3);
	}
	ask(ep, STOP, 0);
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK_EQ(result, 0);
}

/* A deadline that passes before the reply, and while nobody receives; the late reply
 * finds nobody. Fails when the caller waits on, or the server is stuck. */
static void deadlines(const char *part)
{
	struct lodger_thread server;
	long ep = endpoint();
	uint64_t before = lodger_clock_ns();
	struct ipc_message m = { { HOLD }, 0, 0, 0 };
	int result;

	(void)part;
	CHECK_EQ(sys_ipc(SYS_ipc_call, ep, &m, 10 * NSEC_PER_MSEC), -ETIMEDOUT);
	CHECK(lodger_clock_ns() - before >= 10 * NSEC_PER_MSEC);
	CHECK_EQ(lodger_thread_create(&server, serve, (void *)(intptr_t)ep), 0);
	check_calls(ep, 1);
	m.word[0] = HOLD;
	CHECK_EQ(sys_ipc(SYS_ipc_call, ep, &m, 5 * NSEC_PER_MSEC), -ETIMEDOUT);
	check_calls(ep, 2);
	for (int i = 0; i < 200; i++) { /* replies and deadlines meet */
		m.word[0] = ADD;
		sys_ipc(SYS_ipc_call, ep, &m, (uint64_t)i * NSEC_PER_USEC);
	}
	check_calls(ep, 10);
	ask(ep, STOP, 0);
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK_EQ(result, 0);
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
	long ep = endpoint();
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
	check_calls((long)(intptr_t)arg, 2000);
	return 0;
}

/* Several clients and servers on all CPUs. Fails when replies get mixed up. */
static void crowded(const char *part)
{
	struct lodger_thread clients[6], servers[3];
	long ep = endpoint();
	int result;

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		CHECK_EQ(lodger_thread_create(&servers[i], serve, (void *)(intptr_t)ep), 0);
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		CHECK_EQ(lodger_thread_create(&clients[i], call_often,
					      (void *)(intptr_t)ep), 0);
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		CHECK_EQ(lodger_thread_join(&clients[i], &result), 0);
		CHECK_EQ(result, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		ask(ep, STOP, 0);
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
		CHECK_EQ(lodger_thread_join(&servers[i], &result), 0);
		CHECK_EQ(result, 0);
	}
}

/* A receive with a reply still owed. Fails when the first caller is forgotten. */
static void owes(const char *part)
{
	struct lodger_thread client;
	long ep = endpoint();
	struct ipc_message m;
	int result;

	(void)part;
	CHECK_EQ(lodger_thread_create(&client, call_it, (void *)(intptr_t)ep), 0);
	CHECK_EQ(sys_ipc_receive(ep, &m), 0);
	CHECK_EQ(sys_ipc_receive(ep, &m), -EBUSY);
	CHECK_EQ(sys_ipc_reply(&m), 0);
	CHECK_EQ(lodger_thread_join(&client, &result), 0);
	CHECK_EQ(result, 0);
}

static int signal_often(void *arg)
{
	for (int i = 0; i < 63; i++)
		if (sys_signal((long)(intptr_t)arg, 1UL << i))
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
	CHECK_EQ(sys_signal(n, 1UL << 63), -EINVAL);
	CHECK_EQ(sys_notification_wait(n, 0), 7);
	CHECK_EQ(sys_notification_wait(n, NSEC_PER_MSEC), -ETIMEDOUT);
	CHECK_EQ(lodger_thread_create(&thread, signal_often, (void *)(intptr_t)n), 0);
	while (seen != (1UL << 63) - 1) {
		long bits = sys_notification_wait(n, WAIT_FOREVER);

		CHECK(bits > 0 && (seen & (uint64_t)bits) == 0);
		seen |= (uint64_t)bits;
	}
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 0);
	CHECK_EQ(sys_notification_wait(n, 0), -ETIMEDOUT);
}

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

/* ---- handles that travel ---- */

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
		CHECK_EQ(sys_signal(ipc_handle(m.came, 0), 1UL << i % 60), 0);
		CHECK_EQ(sys_close(ipc_handle(m.came, 0)), 0);
		m.send = (uint64_t)endpoint() | (m.came & 0xffff0000);
		CHECK_EQ(sys_ipc_reply(&m), 0);
	}
	return 0;
}

/* Between threads of one process, so that each side's numbers can be looked at. Fails
 * when a handle is lost, doubled, or comes without being asked for. */
static void handles(const char *part)
{
	struct lodger_thread server;
	long ep = endpoint(), n = notification(), none, given, second;
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
		CHECK_EQ(sys_notification_wait(ipc_handle(m.came, 1), 0), 1UL << i % 60);
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

static int send_handle(void *arg)
{
	long *h = arg;
	struct ipc_message m = { { 5 }, 0, (uint64_t)h[1], 0 };
	long err = sys_ipc_send(h[0], &m);

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
	long ep = endpoint(), n = notification(), h[2];
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
	until_on_its_way(h[1]);
	CHECK_EQ(sys_ipc(SYS_ipc_receive, ep, &m, 0), -ETIMEDOUT);
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

static int receive_until_closed(void *arg)
{
	struct ipc_message m;

	return (int)-sys_ipc_receive((long)(intptr_t)arg, &m);
}

/* revoke takes a handle away from whoever has it. Fails when it stays usable. */
static void revoked(const char *part)
{
	long ep = endpoint(), derived = sys_handle_duplicate(ep, RIGHT_CALL | RIGHT_DUPLICATE, 0);
	uint64_t given[1] = { (uint64_t)derived };
	struct lodger_thread server;
	int64_t status;
	int child, result;

	if (part) {
		while (sys_ipc_call(GIVEN, &(struct ipc_message){ { ADD }, 0, 0, 0 }) == 0)
			;
		exit(sys_close(GIVEN) == -EBADF ? 0 : 1);
	}
	CHECK_EQ(lodger_thread_create(&server, serve, (void *)(intptr_t)ep), 0);
	child = test_child_with("ipc.revoked", "client", given, 1);
	lodger_sleep_ns(20 * NSEC_PER_MSEC);
	CHECK_EQ(sys_handle_revoke(ep), 0);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 0);
	CHECK_EQ(sys_close(derived), -EBADF);
	ask(ep, STOP, 0);
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK_EQ(lodger_thread_create(&server, receive_until_closed, (void *)(intptr_t)ep), 0);
	lodger_sleep_ns(20 * NSEC_PER_MSEC);
	CHECK_EQ(sys_close(ep), 0);
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK(result == EPIPE || result == EBADF); /* it had not yet received */
}

const struct test ipc_tests[] = {
	{ "ipc.threads", threads },
	{ "ipc.registers", registers },
	{ "ipc.processes", processes },
	{ "ipc.refused", refused },
	{ "ipc.server_dies", server_dies },
	{ "ipc.closed_under", closed_under },
	{ "ipc.client_dies", client_dies },
	{ "ipc.deadlines", deadlines },
	{ "ipc.sends", sends },
	{ "ipc.crowded", crowded },
	{ "ipc.owes", owes },
	{ "ipc.notifications", notifications },
	{ "ipc.given", given },
	{ "ipc.revoked", revoked },
	{ "ipc.handles", handles },
	{ "ipc.handles_refused", handles_refused },
	{ NULL, NULL },
};
