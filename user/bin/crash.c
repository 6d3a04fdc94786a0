/* SPDX-License-Identifier: MIT */
/*
 * Dies on purpose, in every way that a program can: the kernel must end this
 * process, say in one line why, and go on. `crash all` starts itself once for
 * each kind and compares the status of each child with what the Arm manual
 * says must happen (the exception class, ESR_EL1.EC).
 *
 * The deeds are inline assembly: C has no words for most of them, and a
 * compiler may do anything with the rest.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lodger.h"
#include "syscall.h"

/* Exception classes from EL0 (Arm ARM, ESR_EL1.EC) */
#define EC_UNDEFINED 0x00
#define EC_SYSTEM_TRAP 0x18
#define EC_INSTRUCTION_ABORT 0x20
#define EC_PC_ALIGNMENT 0x22
#define EC_DATA_ABORT 0x24
#define EC_SP_ALIGNMENT 0x26
#define EC_BRK 0x3c

#define SURVIVES (-1) /* the deed must come back */
#define MAY_SURVIVE 0x100 /* added: QEMU does not check this, boards do */

/*
 * Addresses at which the kernel has something: its image, and memory in its
 * linear map. That a program cannot tell is the point: it faults either way.
 */
#define KERNEL_IMAGE 0xffffffff80080000UL
#define KERNEL_LINEAR 0xffffff8000200000UL
#define NOT_CANONICAL 0x0001000000000000UL

static uint32_t code_in_data[] = { 0xd65f03c0 }; /* ret */
static const uint32_t constant[] = { 1, 2, 3 };

static void load(uint64_t addr)
{
	uint64_t value;

	__asm__ volatile("ldr	%0, [%1]" : "=r"(value) : "r"(addr) : "memory");
}

static void store(uint64_t addr)
{
	__asm__ volatile("str	xzr, [%0]" : : "r"(addr) : "memory");
}

static void jump(uint64_t addr)
{
	__asm__ volatile("blr	%0" : : "r"(addr) : "x30", "memory");
}

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

static void kernel_read(void)
{
	load(KERNEL_IMAGE);
}

static void kernel_write(void)
{
	store(KERNEL_LINEAR);
}

static void kernel_jump(void)
{
	jump(KERNEL_IMAGE);
}

static void above_user(void)
{
	load(USER_VA_END);
}

static void not_canonical(void)
{
	load(NOT_CANONICAL);
}

static void data_jump(void)
{
	jump((uint64_t)code_in_data);
}

static void stack_jump(void)
{
	uint32_t code[] = { code_in_data[0] };

	/* Through the operand the compiler sees that code[] is used. */
	__asm__ volatile("blr	%0" : : "r"(code), "m"(code) : "x30", "memory");
}

static void text_write(void)
{
	store((uint64_t)text_write);
}

static void constant_write(void)
{
	store((uint64_t)constant);
}

static void stack_overflow(void)
{
	__asm__ volatile("1:	sub	sp, sp, #4096\n"
			 "	str	xzr, [sp]\n"
			 "	b	1b" : : : "memory");
}

static void unaligned_pc(void)
{
	jump((uint64_t)null_read + 2);
}

static void unaligned_sp(void)
{
	__asm__ volatile("sub	sp, sp, #8\n\t"
			 "ldr	x0, [sp]\n\t"
			 "add	sp, sp, #8" : : : "x0", "memory");
}

static void unaligned_exclusive(void)
{
	uint64_t word[2] = { 0 };

	__asm__ volatile("ldxr	x0, [%0]"
			 : : "r"((char *)word + 1) : "x0", "memory");
}

static void undefined(void)
{
	__asm__ volatile("udf	#0");
}

static void system_write(void)
{
	__asm__ volatile("msr	ttbr0_el1, xzr");
}

static void system_read(void)
{
	__asm__ volatile("mrs	x0, sctlr_el1" : : : "x0");
}

static void mask_interrupts(void)
{
	__asm__ volatile("msr	daifset, #2");
}

static void exception_return(void)
{
	__asm__ volatile("eret");
}

static void hypervisor_call(void)
{
	__asm__ volatile("hvc	#0");
}

static void breakpoint(void)
{
	__asm__ volatile("brk	#1");
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
	long addr = sys_vm_map(HANDLE_NONE, 0, USER_PAGE_SIZE,
			       PROT_READ | PROT_WRITE, 0);

	if (addr < 0)
		return;
	store((uint64_t)addr);
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

	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (syscall0((long)numbers[i]) != -ENOSYS)
			lodger_die("system call 0x%lx is not refused",
				   numbers[i]);
}

static const struct kind {
	const char *name;
	void (*run)(void);
	int expected; /* exception class, perhaps + MAY_SURVIVE; or SURVIVES */
} kinds[] = {
	{ "null-read", null_read, EC_DATA_ABORT },
	{ "null-write", null_write, EC_DATA_ABORT },
	{ "null-jump", null_jump, EC_INSTRUCTION_ABORT },
	{ "kernel-read", kernel_read, EC_DATA_ABORT },
	{ "kernel-write", kernel_write, EC_DATA_ABORT },
	{ "kernel-jump", kernel_jump, EC_INSTRUCTION_ABORT },
	{ "above-user", above_user, EC_DATA_ABORT },
	{ "not-canonical", not_canonical, EC_DATA_ABORT },
	{ "data-jump", data_jump, EC_INSTRUCTION_ABORT },
	{ "stack-jump", stack_jump, EC_INSTRUCTION_ABORT },
	{ "text-write", text_write, EC_DATA_ABORT },
	{ "constant-write", constant_write, EC_DATA_ABORT },
	{ "stack-overflow", stack_overflow, EC_DATA_ABORT },
	{ "unaligned-pc", unaligned_pc, EC_PC_ALIGNMENT },
	{ "unaligned-sp", unaligned_sp, MAY_SURVIVE + EC_SP_ALIGNMENT },
	{ "unaligned-exclusive", unaligned_exclusive, EC_DATA_ABORT },
	{ "undefined", undefined, EC_UNDEFINED },
	{ "system-write", system_write, EC_UNDEFINED },
	{ "system-read", system_read, EC_UNDEFINED },
	{ "mask-interrupts", mask_interrupts, EC_SYSTEM_TRAP },
	{ "exception-return", exception_return, EC_UNDEFINED },
	{ "hypervisor-call", hypervisor_call, EC_UNDEFINED },
	{ "breakpoint", breakpoint, EC_BRK },
	{ "initramfs-end", initramfs_end, EC_DATA_ABORT },
	{ "initramfs-write", initramfs_write, EC_DATA_ABORT },
	{ "unmapped", unmapped, EC_DATA_ABORT },
	{ "thread", thread_fault, EC_DATA_ABORT },
	{ "bad-system-call", bad_system_call, SURVIVES },
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool may_survive(const struct kind *k)
{
	return k->expected != SURVIVES && k->expected & MAY_SURVIVE;
}

/* Run one kind in a process of its own: did it end as it must? */
static bool crash_child(const struct kind *k)
{
	const char *const argv[] = { "crash", k->name, NULL };
	int64_t expected = k->expected == SURVIVES ?
				   EXIT_OK :
				   STATUS_FAULT + (k->expected & ~MAY_SURVIVE);
	char want[80], got[80];
	int64_t status;
	int ret = lodger_run("crash", argv, &status);

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
		ok += crash_child(&kinds[i]);
	printf("crash: %u of %zu as expected\n", ok, NR_KINDS);
	return ok == NR_KINDS ? EXIT_OK : EXIT_ERROR;
}

static void list_kinds(void)
{
	printf("kinds:");
	for (unsigned int i = 0; i < NR_KINDS; i++)
		printf("%s%s", i % 5 ? " " : "\n  ", kinds[i].name);
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
		if (strcmp(argv[1], kinds[i].name) != 0)
			continue;
		kinds[i].run();
		if (kinds[i].expected == SURVIVES)
			return EXIT_OK;
		if (may_survive(&kinds[i])) {
			printf("crash: %s: not checked by this machine\n",
			       kinds[i].name);
			return EXIT_OK;
		}
		lodger_die("%s: still alive", kinds[i].name);
	}
	fprintf(stderr, "crash: no kind '%s'\n", argv[1]);
	list_kinds();
	return EXIT_USAGE;
}
