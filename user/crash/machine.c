/* SPDX-License-Identifier: MIT */
/*
 * The deeds that are an AArch64 program's own. They are inline assembly: C has no
 * words for most of them, and a compiler may do anything with the rest.
 */
#include "crash.h"

/*
 * Addresses at which the kernel has something: its image, and memory in its
 * linear map. That a program cannot tell is the point: it faults either way.
 */
#define KERNEL_IMAGE 0xffffffff80080000UL
#define KERNEL_LINEAR 0xffffff8000200000UL
#define NOT_CANONICAL 0x0001000000000000UL

uint32_t code_in_data[] = { 0xd65f03c0 }; /* ret */

void load(uint64_t addr)
{
	uint64_t value;

	__asm__ volatile("ldr	%0, [%1]" : "=r"(value) : "r"(addr) : "memory");
}

void store(uint64_t addr)
{
	__asm__ volatile("str	xzr, [%0]" : : "r"(addr) : "memory");
}

void jump(uint64_t addr)
{
	__asm__ volatile("blr	%0" : : "r"(addr) : "x30", "memory");
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

static void not_canonical(void)
{
	load(NOT_CANONICAL);
}

static void stack_overflow(void)
{
	__asm__ volatile("1:	sub	sp, sp, #4096\n"
			 "	str	xzr, [sp]\n"
			 "	b	1b" : : : "memory");
}

static void unaligned_pc(void)
{
	jump((uint64_t)kernel_read + 2);
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

const struct kind machine_kinds[] = {
	{ "kernel-read", kernel_read, EC_DATA_ABORT },
	{ "kernel-write", kernel_write, EC_DATA_ABORT },
	{ "kernel-jump", kernel_jump, EC_INSTRUCTION_ABORT },
	{ "not-canonical", not_canonical, EC_DATA_ABORT },
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
};

const unsigned int nr_machine_kinds = sizeof(machine_kinds) / sizeof(machine_kinds[0]);
