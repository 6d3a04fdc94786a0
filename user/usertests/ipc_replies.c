/* SPDX-License-Identifier: MIT */
/* Replies that are put off: objects that keep a caller. */
#include "ipc.h"

#define CLIENTS 3
#define THE_LAST UINT64_MAX

static long reply_object(void)
{
	long h = sys_reply_create();

	CHECK(h > 0);
	return h;
}

/* Receive a call, and put it off. */
static void keep_one(long ep, long reply, struct ipc_message *m)
{
	CHECK_EQ(sys_ipc_receive(ep, m), 0);
	CHECK_EQ(sys_reply_keep(reply), 0);
}

static long answer(long reply, uint64_t word)
{
	struct ipc_message m = { { word, 2, 3, 4, 5, 6, 7, 8 }, 0, 0, 0 };

	return sys_ipc_reply_to(reply, &m);
}

struct client {
	long ep;
	uint64_t number;
	struct lodger_thread thread;
};

/* Asks with its number, and wants a hundred times as much. */
static int ask(void *arg)
{
	struct client *c = arg;
	struct ipc_message m = { { c->number }, 0, 0, 0 };
	long err = sys_ipc_call(c->ep, &m);

	if (err)
		return (int)-err;
	return m.word[0] == 100 * c->number && m.word[7] == 8 ? 0 : 1;
}

static void start(struct client *c, long ep, uint64_t number)
{
	c->ep = ep;
	c->number = number;
	CHECK_EQ(lodger_thread_create(&c->thread, ask, c), 0);
}

static void check_end(struct client *c, int result)
{
	int was;

	CHECK_EQ(lodger_thread_join(&c->thread, &was), 0);
	CHECK_EQ(was, result);
}

/* Several callers at once, answered out of turn. Fails when one gets another's answer, or
 * when the server cannot receive while others are kept. */
static void out_of_turn(const char *part)
{
	long ep = ipc_endpoint(), replies[CLIENTS];
	struct client clients[CLIENTS];
	uint64_t number[CLIENTS];
	struct ipc_message m;

	(void)part;
	for (int i = 0; i < CLIENTS; i++)
		replies[i] = reply_object();
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < CLIENTS; i++)
			start(&clients[i], ep, (uint64_t)i + 1);
		for (int i = 0; i < CLIENTS; i++) {
			keep_one(ep, replies[i], &m);
			number[i] = m.word[0];
		}
		CHECK_EQ(sys_ipc(SYS_ipc_receive, ep, &m, 0), -ETIMEDOUT);
		for (int i = 0; i < CLIENTS; i++) {
			int other = (i + round) % CLIENTS;

			CHECK_EQ(answer(replies[other], 100 * number[other]), 0);
			CHECK_EQ(answer(replies[other], 0), -ESRCH);
		}
		for (int i = 0; i < CLIENTS; i++)
			check_end(&clients[i], 0);
	}
}

/* Every error that arguments can make. */
static void refused(const char *part)
{
	long ep = ipc_endpoint(), reply = reply_object(), none, h;
	struct client one, two;
	struct ipc_message m;

	(void)part;
	CHECK_EQ(sys_reply_keep(reply), -ESRCH); /* nothing is owed */
	CHECK_EQ(answer(reply, 0), -ESRCH);
	none = sys_handle_duplicate(reply, RIGHT_DUPLICATE, 0);
	CHECK(none > 0);
	CHECK_EQ(sys_reply_keep(none), -EPERM);
	CHECK_EQ(answer(none, 0), -EPERM);
	CHECK_EQ(sys_reply_keep(ep), -EBADF);
	CHECK_EQ(answer(ep, 0), -EBADF);
	CHECK_EQ(sys_reply_keep(HANDLE_NONE), -EBADF);
	CHECK_EQ(answer(HANDLES_MAX, 0), -EBADF);
	m = (struct ipc_message){ { 0 }, 0, 0, 0 };
	CHECK_EQ(sys_ipc_call(reply, &m), -EBADF);
	CHECK_EQ(sys_ipc_receive(reply, &m), -EBADF);

	start(&one, ep, 1);
	keep_one(ep, reply, &m);
	CHECK_EQ(sys_ipc_reply(&m), -ESRCH); /* it is owed no more */
	start(&two, ep, 2);
	CHECK_EQ(sys_ipc_receive(ep, &m), 0);
	CHECK_EQ(sys_reply_keep(reply), -EBUSY); /* it keeps somebody, and we still owe */
	m = (struct ipc_message){ { 0 }, 0, 63 << 16 | 63, 0 };
	CHECK_EQ(sys_ipc_reply_to(reply, &m), -EBADF); /* no such handle to go along */
	m = (struct ipc_message){ { 200, 0, 0, 0, 0, 0, 0, 8 }, 0, 0, 0 };
	CHECK_EQ(sys_ipc_reply(&m), 0);
	check_end(&two, 0);
	h = sys_handle_duplicate(reply, RIGHT_REPLY, 0);
	CHECK(h > 0);
	CHECK_EQ(answer(h, 100), 0); /* any handle to it will do */
	check_end(&one, 0);
}

static int answer_it(void *arg)
{
	struct client *c = arg;

	return (int)-answer(c->ep, c->number);
}

/* Another thread answers, another process does, and in both directions handles go along. */
static void handed_on(const char *part)
{
	long ep = ipc_endpoint(), reply = reply_object(), workers, h;
	struct lodger_thread thread;
	struct client client, worker;
	struct ipc_message m;
	uint64_t given[1];
	int child, result;
	int64_t status;

	if (part) { /* whoever comes as a handle is to get 700 */
		CHECK_EQ(sys_ipc_accept(1), 0);
		CHECK_EQ(sys_ipc_receive(GIVEN, &m), IPC_SENT);
		exit(answer(ipc_handle(m.came, 0), 700) != 0);
	}
	start(&client, ep, 5);
	keep_one(ep, reply, &m);
	worker = (struct client){ .ep = reply, .number = 500 };
	CHECK_EQ(lodger_thread_create(&thread, answer_it, &worker), 0);
	check_end(&client, 0);
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 0);

	workers = ipc_endpoint();
	given[0] = (uint64_t)workers;
	child = test_child_with("replies.handed_on", "worker", given, 1);
	start(&client, ep, 7);
	keep_one(ep, reply, &m);
	h = sys_handle_duplicate(reply, RIGHT_REPLY, 0);
	m = (struct ipc_message){ { 0 }, 0, (uint64_t)h, 0 };
	CHECK_EQ(sys_ipc_send(workers, &m), 0);
	check_end(&client, 0);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 0);
	CHECK_EQ(answer(reply, 0), -ESRCH);
}

static int ask_for_a_handle(void *arg)
{
	struct ipc_message m = { { 1 }, 0, 0, 0 };
	long err = sys_ipc_accept(1);

	if (!err)
		err = sys_ipc_call((long)(intptr_t)arg, &m);
	return err ? (int)-err : sys_signal(ipc_handle(m.came, 0), 4) != 0;
}

/* A handle goes along. Fails when it is lost where the client has no room, or when who is
 * kept is forgotten then. */
static void with_handles(const char *part)
{
	long ep = ipc_endpoint(), reply = reply_object(), note = sys_notification_create(), h;
	struct lodger_thread thread;
	struct client client;
	struct ipc_message m;
	int result;

	(void)part;
	start(&client, ep, 1); /* takes none */
	keep_one(ep, reply, &m);
	h = sys_handle_duplicate(note, RIGHT_SIGNAL, 0);
	m = (struct ipc_message){ { 100 }, 0, (uint64_t)h, 0 };
	CHECK_EQ(sys_ipc_reply_to(reply, &m), -EMFILE);
	CHECK_EQ(sys_signal(h, 1), 0);
	CHECK_EQ(answer(reply, 100), 0);
	check_end(&client, 0);

	CHECK_EQ(lodger_thread_create(&thread, ask_for_a_handle, (void *)(intptr_t)ep), 0);
	keep_one(ep, reply, &m);
	m = (struct ipc_message){ { 100 }, 0, (uint64_t)h, 0 };
	CHECK_EQ(sys_ipc_reply_to(reply, &m), 0);
	CHECK_EQ(sys_signal(h, 1), -EBADF);
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 0);
	CHECK_EQ(sys_notification_wait(note, 0), 5);
}

/* What ends the wait of who is kept. Fails when he waits for ever, or when the object
 * keeps who is gone. */
static void ends(const char *part)
{
	long ep = ipc_endpoint(), reply = reply_object();
	uint64_t given[1] = { (uint64_t)ep };
	struct client client;
	struct ipc_message m;
	int64_t status;
	int child;

	if (part && !strcmp(part, "client")) {
		m = (struct ipc_message){ { 1 }, 0, 0, 0 };
		sys_ipc_call(GIVEN, &m);
		exit(1);
	}
	if (part) { /* a server that ends with a call put off */
		keep_one(GIVEN, reply, &m);
		exit(3);
	}
	child = test_child_with("replies.ends", "client", given, 1);
	keep_one(ep, reply, &m);
	CHECK_EQ(lodger_kill(child), 0);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(answer(reply, 0), -ESRCH);

	start(&client, ep, 1); /* the object keeps the next */
	keep_one(ep, reply, &m);
	CHECK_EQ(sys_close(reply), 0);
	check_end(&client, EPIPE);

	child = test_child_with("replies.ends", "server", given, 1);
	start(&client, ep, 1);
	check_end(&client, EPIPE);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 3);
}

static int ask_for_a_moment(void *arg)
{
	struct client *c = arg;
	struct ipc_message m;

	for (uint64_t i = 0; i < 300; i++) {
		long err;

		m = (struct ipc_message){ { i }, 0, 0, 0 };
		err = sys_ipc(SYS_ipc_call, c->ep, &m, i % 30 * 10 * NSEC_PER_USEC);
		if (err != -ETIMEDOUT && (err || m.word[0] != i))
			return 1;
	}
	m = (struct ipc_message){ { THE_LAST }, 0, 0, 0 };
	return (int)-sys_ipc_call(c->ep, &m);
}

/* Deadlines of callers, and answers, at the same moment. Fails when an answer reaches the
 * next call of the same client. */
static void deadlines(const char *part)
{
	struct client client = { .ep = ipc_endpoint() };
	long reply = reply_object(), err;
	struct ipc_message m = { 0 };
	uint64_t word;

	(void)part;
	CHECK_EQ(lodger_thread_create(&client.thread, ask_for_a_moment, &client), 0);
	do {
		CHECK_EQ(sys_ipc_receive(client.ep, &m), 0);
		word = m.word[0];
		err = sys_reply_keep(reply);
		CHECK(err == 0 || err == -ESRCH); /* he may be gone by now */
		if (word % 2)
			sys_yield();
		if (!err)
			err = answer(reply, word);
		CHECK(err == 0 || err == -ESRCH);
	} while (word != THE_LAST);
	check_end(&client, 0);
}

static int touch(void *arg)
{
	return *(volatile int *)arg == 42 ? 0 : 1;
}

/* A pager puts a fault off and supplies the page later. */
static void fault(const char *part)
{
	long ep = ipc_endpoint(), reply = reply_object(), err;
	long paged = sys_memory_paged(ep, 9, PAGE), page = sys_memory_create(PAGE);
	struct lodger_thread thread;
	struct ipc_message m;
	int64_t at, mine;
	int result;

	(void)part;
	CHECK(paged > 0 && page > 0);
	at = sys_vm_map(paged, 0, PAGE, PROT_READ, 0);
	mine = sys_vm_map(page, 0, PAGE, RW, 0);
	CHECK(at > 0 && mine > 0);
	*(int *)(uintptr_t)mine = 42;
	CHECK_EQ(lodger_thread_create(&thread, touch, (void *)(uintptr_t)at), 0);
	keep_one(ep, reply, &m);
	CHECK_EQ(m.word[0], PAGER_FAULT);
	CHECK_EQ(sys_ipc(SYS_ipc_receive, ep, &m, NSEC_PER_MSEC), -ETIMEDOUT);
	err = sys_memory_supply(paged, 0, page, 0, PAGE);
	CHECK_EQ(err, PAGE);
	CHECK_EQ(answer(reply, 0), 0);
	CHECK_EQ(lodger_thread_join(&thread, &result), 0);
	CHECK_EQ(result, 0);
}

const struct test ipc_reply_tests[] = {
	{ "replies.out_of_turn", out_of_turn },
	{ "replies.refused", refused },
	{ "replies.handed_on", handed_on },
	{ "replies.with_handles", with_handles },
	{ "replies.ends", ends },
	{ "replies.deadlines", deadlines },
	{ "replies.fault", fault },
	{ NULL, NULL },
};
