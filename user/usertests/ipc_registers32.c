/* SPDX-License-Identifier: MIT */
/* Registers and memory of a thread of AArch32 behind a message. */
#include "ipc.h"
#include "probe.h"

#define WORD(who, n, i) ((uint64_t)(who) << 32 | (n) << 8 | (i))
#define MESSAGES 50

struct probed {
	long ep;
	uint64_t timeout_ns;
	bool fp; /* with FP/SIMD registers in use, too */
};

/* One of the SYS_ipc_ calls with a message that `who` sends as its n-th; its result. */
static int64_t probe_ipc(uint32_t nr, const struct probed *p, uint32_t who, uint32_t n,
			 struct ipc_message *m)
{
	const unsigned long args[] = { (unsigned long)p->ep, (uintptr_t)m, WIDE(p->timeout_ns) };

	for (uint32_t i = 0; i < IPC_WORDS; i++)
		m->word[i] = WORD(who, n, i);
	m->send = 0;
	m->badge = m->came = UINT64_MAX;
	return probed_call((long)nr, args, 4, who << 10 | n, p->fp);
}

static int probing_server(void *arg)
{
	const struct probed *p = arg;
	struct ipc_message m;

	CHECK_EQ(sys_ipc_receive(p->ep, &m), 0);
	for (uint32_t n = 1; n < MESSAGES; n++) {
		CHECK_EQ(probe_ipc(SYS_ipc_reply_receive, p, 2, n, &m), 0);
		for (uint32_t i = 0; i < IPC_WORDS; i++)
			CHECK_EQ(m.word[i], WORD(1, n + 1, i));
		CHECK_EQ(m.badge, 77ULL << 32);
		CHECK_EQ(m.came, 0);
	}
	CHECK_EQ(probe_ipc(SYS_ipc_reply, p, 2, MESSAGES, &m), 0);
	return 0;
}

/* Fails when a register or a word of the message is lost, or is another thread's. */
static void registers(const char *part)
{
	static const uint64_t timeouts[] = { WAIT_FOREVER, 100 * NSEC_PER_SEC };
	struct lodger_thread server;
	struct ipc_message m;
	int result;

	(void)part;
	for (size_t k = 0; k < 16; k++) {
		struct probed p = { ipc_endpoint(), timeouts[k & 1], k >> 1 & 1 };
		long client = sys_handle_duplicate(p.ep, RIGHT_CALL, 77ULL << 32);
		struct probed c = { client, timeouts[k >> 2 & 1], k >> 3 & 1 };

		CHECK_EQ(lodger_thread_create(&server, probing_server, &p), 0);
		for (uint32_t n = 1; n <= MESSAGES; n++) {
			CHECK_EQ(probe_ipc(SYS_ipc_call, &c, 1, n, &m), 0);
			for (uint32_t i = 0; i < IPC_WORDS; i++)
				CHECK_EQ(m.word[i], WORD(2, n, i));
			CHECK_EQ(m.badge, 0);
		}
		CHECK_EQ(lodger_thread_join(&server, &result), 0);
		CHECK_EQ(result, 0);
		CHECK_EQ(sys_close(client), 0);
		CHECK_EQ(sys_close(p.ep), 0);
	}
}

/* Fails when a message is sent from, or lost for, memory that it cannot be put into. */
static void bad_memory(const char *part)
{
	struct bad_range bad[BAD_RANGES];
	struct ipc_message m, *constant = (void *)test_map(1, PROT_READ);
	struct lodger_thread server;
	long ep = ipc_endpoint();
	int result;

	(void)part;
	test_bad_ranges(bad);
	CHECK_EQ(lodger_thread_create(&server, ipc_serve, (void *)(intptr_t)ep), 0);
	for (int i = 0; i < (int)BAD_RANGES; i++)
		for (long nr = SYS_ipc_call; nr < NR_SYSCALLS_IPC; nr++)
			CHECK_EQ(sys_ipc(nr, ep, (void *)(uintptr_t)bad[i].addr, 0), -EFAULT);
	CHECK_EQ(sys_ipc_call(ep, constant), -EFAULT);
	ipc_check_calls(ep, 10);
	m = (struct ipc_message){ .word = { STOP } };
	CHECK_EQ(sys_ipc_call(ep, &m), 0);
	CHECK_EQ(lodger_thread_join(&server, &result), 0);
	CHECK_EQ(result, 0);
}

const struct test ipc_register_tests[] = {
	{ "ipc.registers", registers },
	{ "ipc.bad_memory", bad_memory },
	{ NULL, NULL },
};
