/* SPDX-License-Identifier: MIT */
/*
 * Dies on purpose, in every way that a program can: the kernel must end this
 * process, say in one line why, and go on. `crash all` starts itself once for
 * each kind and compares the status of each child with what the Arm manual
 * says must happen (the exception class, ESR_EL1.EC).
 *
 * What takes assembly, and what only one architecture has, is in machine.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crash.h"
#include "syscall.h"

static const uint32_t constant[] = { 1, 2, 3 };

static void null_read(void)
{
	load(0);
}

static void null_write(void)
{
	store(0);
}

static void null_jump(void)
{
	jump(0);
}

static void above_user(void)
{
	load(LODGER_VA_END);
}

static void data_jump(void)
{
	jump((uintptr_t)code_in_data);
}

static void stack_jump(void)
{
	uint32_t code[] = { code_in_data[0] };

	/* Through the operand the compiler sees that code[] is used. */
	__asm__ volatile("" : : "m"(code));
	jump((uintptr_t)code);
}

static void text_write(void)
{
	store((uintptr_t)text_write);
}

static void constant_write(void)
{
	store((uintptr_t)constant);
}

static void initramfs_end(void)
{
	uint64_t end = lodger_info->initramfs + lodger_info->initramfs_len;

	/* The last page is mapped whole; the next one is not ours. */
	load((end + USER_PAGE_SIZE - 1) & -(uint64_t)USER_PAGE_SIZE);
}

static void initramfs_write(void)
{
	store(lodger_info->initramfs);
}

static void unmapped(void)
{
	int64_t addr = sys_vm_map(HANDLE_NONE, 0, USER_PAGE_SIZE,
			       PROT_READ | PROT_WRITE, 0);

	if (addr < 0)
		return;
	store((uintptr_t)addr);
	sys_vm_unmap((uint64_t)addr, USER_PAGE_SIZE);
	load((uint64_t)addr);
}

static int thread_body(void *arg)
{
	(void)arg;
	store(0);
	return 0;
}

/* One thread's fault ends them all. */
static void thread_fault(void)
{
	struct lodger_thread thread;

	if (!lodger_thread_create(&thread, thread_body, NULL))
		lodger_thread_join(&thread, NULL);
}

static void bad_system_call(void)
{
	static const uint64_t numbers[] = {
		NR_SYSCALLS, NR_SYSCALLS + 1, 0x1000, 0x7fffffff, 0x80000000,
		0x100000000 + SYS_nop, (uint64_t)-1, (uint64_t)1 << 63,
	};

	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		/* What an AArch32 program cannot say would be another number. */
		if (numbers[i] > UINTPTR_MAX && numbers[i] != UINT64_MAX)
			continue;
		if (syscall0((long)numbers[i]) != -ENOSYS)
			lodger_die("system call 0x%llx is not refused",
				   (unsigned long long)numbers[i]);
	}
}

static const struct kind common_kinds[] = {
	{ "null-read", null_read, EC_DATA_ABORT },
	{ "null-write", null_write, EC_DATA_ABORT },
	{ "null-jump", null_jump, EC_INSTRUCTION_ABORT },
	{ "above-user", above_user, EC_DATA_ABORT },
	{ "data-jump", data_jump, EC_INSTRUCTION_ABORT },
	{ "stack-jump", stack_jump, EC_INSTRUCTION_ABORT },
	{ "text-write", text_write, EC_DATA_ABORT },
	{ "constant-write", constant_write, EC_DATA_ABORT },
	{ "initramfs-end", initramfs_end, EC_DATA_ABORT },
	{ "initramfs-write", initramfs_write, EC_DATA_ABORT },
	{ "unmapped", unmapped, EC_DATA_ABORT },
	{ "thread", thread_fault, EC_DATA_ABORT },
	{ "bad-system-call", bad_system_call, SURVIVES },
};

#define NR_COMMON (sizeof(common_kinds) / sizeof(common_kinds[0]))
#define NR_KINDS (NR_COMMON + nr_machine_kinds)

static const struct kind *kind_at(unsigned int i)
{
	return i < NR_COMMON ? &common_kinds[i] : &machine_kinds[i - NR_COMMON];
}

static bool may_survive(const struct kind *k)
{
	return k->expected != SURVIVES && k->expected & MAY_SURVIVE;
}

/* Run one kind in a process of its own: did it end as it must? */
static bool crash_child(const struct kind *k)
{
	const char *const argv[] = { "crash" LODGER_SUFFIX, k->name, NULL };
	int64_t expected = k->expected == SURVIVES ?
				   EXIT_OK :
				   STATUS_FAULT + (k->expected & ~MAY_SURVIVE);
	char want[80], got[80];
	int64_t status;
	int ret = lodger_run("crash" LODGER_SUFFIX, argv, &status);

	if (ret) {
		fprintf(stderr, "crash: %s: %s\n", k->name,
			lodger_strerror(-ret));
		return false;
	}
	if (status == expected || (status == EXIT_OK && may_survive(k)))
		return true;
	fprintf(stderr, "crash: %s: expected %s, got %s\n", k->name,
		lodger_status_text(expected, want, sizeof(want)),
		lodger_status_text(status, got, sizeof(got)));
	return false;
}

static int crash_all(void)
{
	unsigned int ok = 0;

	for (unsigned int i = 0; i < NR_KINDS; i++)
		ok += crash_child(kind_at(i));
	printf("crash: %u of %u as expected\n", ok, (unsigned int)NR_KINDS);
	return ok == NR_KINDS ? EXIT_OK : EXIT_ERROR;
}

static void list_kinds(void)
{
	printf("kinds:");
	for (unsigned int i = 0; i < NR_KINDS; i++)
		printf("%s%s", i % 5 ? " " : "\n  ", kind_at(i)->name);
	printf("\n");
}

int main(int argc, char **argv)
{
	const char *usage = "crash kind|all  (crash: list the kinds)";

	lodger_help(argc, argv, usage);
	if (argc == 1) {
		list_kinds();
		return EXIT_USAGE;
	}
	if (argc > 2)
		lodger_usage(usage);
	if (strcmp(argv[1], "all") == 0)
		return crash_all();
	for (unsigned int i = 0; i < NR_KINDS; i++) {
		const struct kind *k = kind_at(i);

		if (strcmp(argv[1], k->name) != 0)
			continue;
		k->run();
		if (k->expected == SURVIVES)
			return EXIT_OK;
		if (may_survive(k)) {
			printf("crash: %s: not checked by this machine\n", k->name);
			return EXIT_OK;
		}
		lodger_die("%s: still alive", k->name);
	}
	fprintf(stderr, "crash: no kind '%s'\n", argv[1]);
	list_kinds();
	return EXIT_USAGE;
}
