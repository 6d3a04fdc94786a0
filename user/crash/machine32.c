/* SPDX-License-Identifier: MIT */
/* The deeds that are an AArch32 program's own; see machine.c. */
#include "crash.h"

/* Where an AArch32 kernel would be; ours is beyond all that such a program can name. */
#define KERNEL_OF_OTHERS 0xc0008000

/* bx lr, as the one or the other */
uint32_t code_in_data[] = {
#ifdef __thumb__
	0x47704770
#else
	0xe12fff1e
#endif
};

void load(uint64_t addr)
{
	uint32_t value;

	__asm__ volatile("ldr	%0, [%1]" : "=r"(value) : "r"((uint32_t)addr) : "memory");
}

void store(uint64_t addr)
{
	__asm__ volatile("str	%0, [%0]" : : "r"((uint32_t)addr) : "memory");
}

void jump(uint64_t addr)
{
	uint32_t entry = (uint32_t)addr;

#ifdef __thumb__
	entry |= 1;
#endif
	__asm__ volatile("blx	%0" : : "r"(entry) : "r0", "r1", "r2", "r3", "r12", "lr", "memory");
}

static void kernel_read(void)
{
	load(KERNEL_OF_OTHERS);
}

static void last_bytes(void)
{
	load(0xfffffffc);
}

static void vectors_jump(void)
{
	jump(0xffff0000);
}

static void stack_overflow(void)
{
	__asm__ volatile("1:	sub	sp, sp, #4096\n"
			 "	str	sp, [sp]\n"
			 "	b	1b" : : : "memory");
}

static void unaligned_multiple(void)
{
	uint32_t word[4] = { 0 };

	__asm__ volatile("ldm	%0, {r0, r1}"
			 : : "r"((char *)word + 2) : "r0", "r1", "memory");
}

static void unaligned_exclusive(void)
{
	uint32_t word[4] = { 0 };

	__asm__ volatile("ldrex	r0, [%0]" : : "r"((char *)word + 1) : "r0", "memory");
}

static void undefined(void)
{
	__asm__ volatile("udf	#0");
}

/* TTBR0 and SCTLR of an AArch32 kernel. */
static void system_write(void)
{
	__asm__ volatile("mcr	p15, 0, r0, c2, c0, 0");
}

static void system_read(void)
{
	__asm__ volatile("mrc	p15, 0, r0, c1, c0, 0" : : : "r0");
}

/* The program cannot write it: TPIDRURO. */
static void thread_pointer_write(void)
{
	__asm__ volatile("mcr	p15, 0, r0, c13, c0, 3");
}

static void big_endian(void)
{
	__asm__ volatile(".arch	armv7-a\n\tsetend	be\n\tsetend	le");
}

static void hypervisor_call(void)
{
	__asm__ volatile(".arch_extension virt\n\thvc	#0");
}

static void breakpoint(void)
{
	__asm__ volatile("bkpt	#1");
}

/* To the other modes there is no way; the attempt does nothing (Arm ARM, CPS and MSR). */
static void change_mode(void)
{
	__asm__ volatile("cpsid	if");
	__asm__ volatile("msr	cpsr_c, %0" : : "r"(0x13));
}

/* Old barriers, without which older code does not run. */
static void old_barriers(void)
{
	__asm__ volatile("mcr	p15, 0, %0, c7, c10, 5\n\t" /* DMB */
			 "mcr	p15, 0, %0, c7, c10, 4\n\t" /* DSB */
			 "mcr	p15, 0, %0, c7, c5, 4"	     /* ISB */
			 : : "r"(0) : "memory");
}

const struct kind machine_kinds[] = {
	{ "kernel-read", kernel_read, EC_DATA_ABORT },
	{ "last-bytes", last_bytes, EC_DATA_ABORT },
	{ "vectors-jump", vectors_jump, EC_INSTRUCTION_ABORT },
	{ "stack-overflow", stack_overflow, EC_DATA_ABORT },
	{ "unaligned-multiple", unaligned_multiple, EC_DATA_ABORT },
	{ "unaligned-exclusive", unaligned_exclusive, EC_DATA_ABORT },
	{ "undefined", undefined, EC_UNDEFINED },
	{ "system-write", system_write, EC_UNDEFINED },
	{ "system-read", system_read, EC_UNDEFINED },
	{ "thread-pointer-write", thread_pointer_write, EC_UNDEFINED },
	{ "big-endian", big_endian, MAY_SURVIVE + EC_UNDEFINED },
	{ "hypervisor-call", hypervisor_call, EC_UNDEFINED },
	{ "breakpoint", breakpoint, EC_BKPT32 },
	{ "change-mode", change_mode, SURVIVES },
	{ "old-barriers", old_barriers, SURVIVES },
};

const unsigned int nr_machine_kinds = sizeof(machine_kinds) / sizeof(machine_kinds[0]);
