/* SPDX-License-Identifier: MIT */
/*
 * The registers of a call of an AArch32 program. For syscall.h only.
 *
 * The number is in r7, arguments are in r0 and the next ones, the result is in r0 and r1,
 * all others keep their values. A 64-bit argument takes two registers, the low half first.
 */
#pragma once

#define WIDE(x) (uint32_t)(x), (uint32_t)((uint64_t)(x) >> 32)

static inline int64_t syscall6(long nr, uint32_t a0, uint32_t a1, uint32_t a2,
			       uint32_t a3, uint32_t a4, uint32_t a5)
{
	register uint32_t r0 __asm__("r0") = a0;
	register uint32_t r1 __asm__("r1") = a1;
	register uint32_t r2 __asm__("r2") = a2;
	register uint32_t r3 __asm__("r3") = a3;
	register uint32_t r4 __asm__("r4") = a4;
	register uint32_t r5 __asm__("r5") = a5;
	register uint32_t r7 __asm__("r7") = (uint32_t)nr;

	__asm__ volatile("svc	#0"
			 : "+r"(r0), "+r"(r1)
			 : "r"(r2), "r"(r3), "r"(r4), "r"(r5), "r"(r7)
			 : "memory");
	return (int64_t)((uint64_t)r1 << 32 | r0);
}

/* Any of the SYS_ipc_ calls: m is sent, and what is received is in it. */
static inline long sys_ipc(long nr, long handle, struct ipc_message *m, uint64_t timeout_ns)
{
	return (long)syscall6(nr, (uint32_t)handle, (uintptr_t)m, WIDE(timeout_ns), 0, 0);
}
