/* SPDX-License-Identifier: MIT */
/* Every register behind a message, on the fast path and on the other. */
#include "ipc.h"
#include "probe.h"

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
		struct probed p = { ipc_endpoint(), timeouts[k & 1], k >> 1 & 1 };
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

/*
 * The same between two processes, while others come and go: they take the ASIDs, so now and
 * then a message finds that one of the two has none any more. Fails when the fast path has
 * spoiled a register by then (CONFIG_ASID_BITS=3).
 */
static void registers_apart(const char *part)
{
	struct probed p = { part ? GIVEN : ipc_endpoint(), WAIT_FOREVER, false };
	struct probed c = { part ? 0 : sys_handle_duplicate(p.ep, RIGHT_CALL, 77),
			    WAIT_FOREVER, false };
	uint64_t given = (uint64_t)p.ep;
	struct registers r;
	int64_t status;
	int child;

	if (part)
		exit(probing_server(&p));
	child = test_child_with("ipc.registers_apart", "server", &given, 1);
	for (uint64_t n = 1; n <= MESSAGES; n++) {
		CHECK_EQ(lodger_run("exit", NULL, &status), 0);
		probe_ipc(SYS_ipc_call, &c, 1, n, &r);
		for (uint64_t i = 0; i < IPC_WORDS; i++)
			CHECK_EQ(r.x[i], WORD(2, n, i));
		CHECK_EQ(r.x[8], 0);
	}
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 0);
}

const struct test ipc_register_tests[] = {
	{ "ipc.registers", registers },
	{ "ipc.registers_apart", registers_apart },
	{ NULL, NULL },
};
