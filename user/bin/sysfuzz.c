/* SPDX-License-Identifier: MIT */
/*
 * Calls every system call with arguments that make sense, almost make sense, or make none:
 * threads of several processes that share endpoints and notifications, while handles are
 * closed and revoked and processes killed in the midst of it.
 *
 *	sysfuzz [processes [seed]]
 *
 * Each process makes 6,000 calls, if it is not ended before.
 *
 * Nothing is expected of a call but that it returns, or ends its process; the kernel's own
 * audits (`mm check`) and a count of what is left say whether it took harm. Calls that may
 * spoil the caller's own code or stack are kept off these, so that it gets far.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lodger.h"
#include "syscall.h"

#define CHILDREN 6
#define THREADS 3	   /* of a child, its first one included */
#define CALLS_A_THREAD 2000
#define SHARED 4	   /* what a child is given: two endpoints, two notifications */
#define SCRATCH_PAGES 16
#define SHORT_NS 20000

static uint64_t scratch; /* pages that may be spoilt */

/* ---- arguments ---- */

struct random {
	uint32_t state;
};

static uint32_t below(struct random *r, uint32_t n)
{
	r->state = r->state * 1664525u + 1013904223u;
	return (r->state >> 16) % n;
}

/* Mostly what may exist; never HANDLE_SELF, which would end us too often. */
static uint64_t any_handle(struct random *r)
{
	static const uint64_t odd[] = { 0, 63, 64, 65, 128, HANDLES_MAX - 1, HANDLES_MAX,
					1ULL << 31, 1ULL << 32, UINT64_MAX, (uint64_t)INT64_MIN };

	if (below(r, 16) == 0)
		return odd[below(r, sizeof(odd) / sizeof(odd[0]))];
	return HANDLE_TERMINAL + below(r, 3 * SHARED + 20);
}

static uint64_t any_address(struct random *r)
{
	static const uint64_t odd[] = { 0, 1, 8, 0xfff, USER_VA_START, LODGER_VA_END,
					LODGER_VA_END - 8, 0xffffff8000000000, UINT64_MAX,
					1ULL << 40 };

	if (below(r, 4) == 0)
		return odd[below(r, sizeof(odd) / sizeof(odd[0]))];
	return scratch + below(r, SCRATCH_PAGES) * USER_PAGE_SIZE + below(r, 4) * 8 % 32;
}

static uint64_t any_page(struct random *r)
{
	return below(r, 8) == 0 ? any_address(r) :
				  scratch + below(r, SCRATCH_PAGES) * USER_PAGE_SIZE;
}

static uint64_t any_size(struct random *r)
{
	static const uint64_t odd[] = { 0, 1, 4095, USER_PAGE_SIZE + 1, 1ULL << 39, UINT64_MAX };

	if (below(r, 4) == 0)
		return odd[below(r, sizeof(odd) / sizeof(odd[0]))];
	return (1 + below(r, 3)) * USER_PAGE_SIZE;
}

static uint64_t any_timeout(struct random *r)
{
	return below(r, 3) * SHORT_NS;
}

/* ---- calls ---- */

/* Its stack may be no memory at all: it uses none. */
#ifdef __arm__
static void __attribute__((naked)) thread_end(void *arg)
{
	__asm__ volatile("mov	r7, #" LODGER_STRING(SYS_thread_exit) "\n\tsvc	#0");
}
#else
static void thread_end(void *arg)
{
	(void)arg;
	sys_thread_exit();
}
#endif

/* Some go wrong in the end: at an address where there is no code. */
static void any_thread(struct random *r)
{
	void (*entry)(void *) = below(r, 64) ? thread_end :
				(void (*)(void *))(uintptr_t)any_address(r);
	long h = sys_thread_create(entry, any_page(r), NULL, any_address(r));

	if (h > 0)
		sys_close(h);
}

static void any_spawn(struct random *r)
{
	struct spawn_args args = { .args = (uintptr_t)"exit", .args_len = 5, .argc = 1 };
	uint64_t handles[3] = { any_handle(r), any_handle(r), any_handle(r) };
	struct lodger_file f;
	long h;

	if (lodger_file_find("exit", &f))
		return;
	args.handles = below(r, 4) ? (uintptr_t)handles : any_address(r);
	args.nr_handles = below(r, 8) ? below(r, 4) : any_size(r);
	if (below(r, 8) == 0)
		args.args = any_address(r);
	h = sys_spawn(below(r, 4) ? HANDLE_INITRAMFS : (long)any_handle(r), f.offset,
		      below(r, 8) ? f.size : any_size(r), &args);
	if (h > 0)
		sys_close(h);
}

static void any_message(struct random *r)
{
	struct ipc_message m = { { 1, 2, 3, 4, 5, 6, 7, 8 }, 0, 0, 0 };
	long nr = SYS_ipc_call + (long)below(r, NR_SYSCALLS_IPC - SYS_ipc_call);
	uint64_t timeout = below(r, 4) ? any_timeout(r) : WAIT_FOREVER;

	/* Somebody must come back to reply. */
	if (nr == SYS_ipc_receive || nr == SYS_ipc_reply_receive)
		timeout = below(r, 8) ? any_timeout(r) : WAIT_FOREVER;
	if (below(r, 4) == 0)
		m.send = (any_handle(r) & 0xffff) << 16 * below(r, 2) | (any_handle(r) & 0xffff);
	sys_ipc(nr, (long)any_handle(r), &m, timeout);
}

/* But not the caller's thread pointer. */
static void any_number(struct random *r, uint64_t h)
{
	long nr = (long)(below(r, 8) ? 22 + below(r, 60) : any_size(r));

	if (nr != SYS_thread_pointer)
		syscall6(nr, h, any_size(r), any_address(r), h, h, h);
}

static void any_call(struct random *r)
{
	uint64_t h = any_handle(r);

	switch (below(r, 36)) {
	case 0:
		sys_yield();
		break;
	case 1:
		sys_vm_map(below(r, 2) ? HANDLE_NONE : (long)h,
			   below(r, 4) ? 0 : any_page(r), any_size(r), below(r, 9),
			   any_size(r) & ~below(r, 2));
		break;
	case 2:
		sys_vm_unmap(any_page(r), any_size(r));
		break;
	case 3:
		sys_vm_protect(any_page(r), USER_PAGE_SIZE, below(r, 9));
		break;
	case 4:
		if (below(r, 8) == 0)
			any_spawn(r);
		break;
	case 5:
		sys_wait((long)h, any_timeout(r), (int64_t *)(uintptr_t)any_address(r));
		break;
	case 6:
		any_thread(r);
		break;
	case 7:
		if (below(r, 8) == 0)
			sys_kill((long)h);
		break;
	case 8 ... 10:
		sys_close((long)h);
		break;
	case 11 ... 13:
		sys_handle_duplicate((long)h, below(r, 4096), below(r, 3));
		break;
	case 14:
		if (below(r, 4) == 0)
			sys_handle_revoke((long)h);
		break;
	case 15:
		sys_ipc_accept(below(r, 6));
		sys_endpoint_create();
		break;
	case 16:
		sys_notification_create();
		break;
	case 17 ... 18:
		sys_signal((long)h, 1ULL << below(r, 64));
		break;
	case 19:
		sys_notification_wait((long)h, any_timeout(r));
		break;
	case 20:
		sys_memory_create(any_size(r));
		break;
	case 21 ... 22:
		sys_memory_clone((long)h, any_page(r) - scratch, any_size(r));
		break;
	case 23:
		sys_memory_paged((long)h, below(r, 3), any_size(r));
		sys_memory_supply((long)any_handle(r), any_page(r) - scratch, (long)h,
				  any_page(r) - scratch, any_size(r));
		break;
	case 24:
		sys_timer_create((long)h, 1ULL << below(r, 64));
		sys_timer_set((long)any_handle(r), any_timeout(r));
		break;
	case 25:
		any_number(r, h);
		break;
	case 26:
		sys_thread_priority(below(r, 4) ? HANDLE_NONE : (long)h, 12 + below(r, 5));
		break;
	case 27:
		sys_reply_create();
		break;
	case 28:
		sys_reply_keep((long)h);
		break;
	default:
		any_message(r);
	}
}

static int fuzz(void *arg)
{
	struct random r = { (uint32_t)(uintptr_t)arg };

	for (int i = 0; i < CALLS_A_THREAD; i++)
		any_call(&r);
	return 0;
}

static int child(uint32_t seed)
{
	struct lodger_thread threads[THREADS - 1];
	long at = sys_vm_map(HANDLE_NONE, 0, SCRATCH_PAGES * USER_PAGE_SIZE,
			     PROT_READ | PROT_WRITE, 0);

	if (at < 0)
		return EXIT_ERROR;
	scratch = (uint64_t)at;
	for (uint32_t i = 0; i < THREADS - 1; i++)
		lodger_thread_create(&threads[i], fuzz, (void *)(uintptr_t)(seed * 97 + i));
	fuzz((void *)(uintptr_t)seed);
	/* Others may wait for ever: for somebody who has left. */
	sys_exit(EXIT_OK);
}

/* ---- who starts and ends them ---- */

static int start(uint32_t seed, const uint64_t shared[SHARED])
{
	char text[12];
	const char *const argv[] = { "sysfuzz" LODGER_SUFFIX, "--child", text, NULL };

	snprintf(text, sizeof(text), "%lu", (unsigned long)seed);
	return lodger_spawn_with("sysfuzz" LODGER_SUFFIX, argv, shared, SHARED);
}

int main(int argc, char **argv)
{
	const char *usage = "sysfuzz [processes [seed]]";
	unsigned long wanted = 50, started = 0, ended = 0, killed = 0, faults = 0;
	uint64_t shared[SHARED];
	int children[CHILDREN];
	struct random r = { 1 };

	if (argc == 3 && strcmp(argv[1], "--child") == 0)
		return child((uint32_t)strtoul(argv[2], NULL, 10));
	lodger_help(argc, argv, usage);
	if (argc > 3)
		lodger_usage(usage);
	if (argc > 1)
		wanted = lodger_number("processes", argv[1], 1, 1000000);
	if (argc > 2)
		r.state = (uint32_t)lodger_number("seed", argv[2], 0, 1000000);
	for (int i = 0; i < SHARED; i++)
		shared[i] = (uint64_t)(i % 2 ? sys_notification_create() : sys_endpoint_create());
	memset(children, 0, sizeof(children));
	while (ended < wanted) {
		uint32_t i = below(&r, CHILDREN);
		struct ipc_message m = { { 0 }, 0, 0, 0 };
		int64_t status;

		if (!children[i]) {
			children[i] = start(below(&r, 65536), shared);
			if (children[i] < 0)
				lodger_die("spawn: %s", lodger_strerror(-children[i]));
			started++;
		}
		/* We are one of those who serve and call, too. */
		sys_ipc(SYS_ipc_receive, (long)shared[0], &m, 100 * SHORT_NS);
		sys_ipc_reply(&m);
		sys_ipc(SYS_ipc_call, (long)shared[2], &m, 10 * SHORT_NS);
		if (below(&r, 4) == 0)
			sys_signal((long)shared[1], 1);
		if (below(&r, 64) == 0) {
			lodger_kill(children[i]);
			killed++;
		}
		if (lodger_wait(children[i], SHORT_NS, &status))
			continue;
		faults += status >= STATUS_FAULT;
		ended++;
		lodger_close(children[i]);
		children[i] = 0;
	}
	for (int i = 0; i < CHILDREN; i++) {
		if (!children[i])
			continue;
		lodger_kill(children[i]);
		lodger_wait(children[i], WAIT_FOREVER, NULL);
	}
	printf("sysfuzz: %lu processes, %lu of them killed, %lu ended by a fault\n", started,
	       killed, faults);
	return EXIT_OK;
}
