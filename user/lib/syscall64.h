/* SPDX-License-Identifier: MIT */
/*
 * The registers of a call of an AArch64 program. For syscall.h only.
 *
 * A call is one `svc` with its arguments in x0..x5 and its number in x8. The
 * kernel hands x1..x18 back as zero and keeps x19..x30, sp and all FP/SIMD
 * registers; so every one of x0..x18 is named below, as an operand that
 * changes or as a clobber, and none of v0..v31 is. NZCV is not promised.
 */
#pragma once

#define WIDE(x) (x)

static inline int64_t syscall6(long nr, uint64_t a0, uint64_t a1, uint64_t a2,
			       uint64_t a3, uint64_t a4, uint64_t a5)
{
	register uint64_t x0 __asm__("x0") = a0;
	register uint64_t x1 __asm__("x1") = a1;
	register uint64_t x2 __asm__("x2") = a2;
	register uint64_t x3 __asm__("x3") = a3;
	register uint64_t x4 __asm__("x4") = a4;
	register uint64_t x5 __asm__("x5") = a5;
	register uint64_t x8 __asm__("x8") = (uint64_t)nr;

	__asm__ volatile("svc	#0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4),
			   "+r"(x5), "+r"(x8)
			 :
			 : "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14",
			   "x15", "x16", "x17", "x18", "cc", "memory");
	return (int64_t)x0;
}

/* Any of the SYS_ipc_ calls: m is sent, and what is received is in it. */
static inline long sys_ipc(long nr, long handle, struct ipc_message *m, uint64_t timeout_ns)
{
	register uint64_t x0 __asm__("x0") = m->word[0];
	register uint64_t x1 __asm__("x1") = m->word[1];
	register uint64_t x2 __asm__("x2") = m->word[2];
	register uint64_t x3 __asm__("x3") = m->word[3];
	register uint64_t x4 __asm__("x4") = m->word[4];
	register uint64_t x5 __asm__("x5") = m->word[5];
	register uint64_t x6 __asm__("x6") = m->word[6];
	register uint64_t x7 __asm__("x7") = m->word[7];
	register uint64_t x8 __asm__("x8") = (uint64_t)nr;
	register uint64_t x9 __asm__("x9") = (uint64_t)handle;
	register uint64_t x10 __asm__("x10") = m->send;
	register uint64_t x11 __asm__("x11") = timeout_ns;

	__asm__ volatile("svc	#0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5),
			   "+r"(x6), "+r"(x7), "+r"(x8), "+r"(x9), "+r"(x10), "+r"(x11)
			 :
			 : "x12", "x13", "x14", "x15", "x16", "x17", "x18", "cc", "memory");
	*m = (struct ipc_message){ { x0, x1, x2, x3, x4, x5, x6, x7 }, x9, 0, x10 };
	return (long)x8;
}
