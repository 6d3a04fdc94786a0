/* SPDX-License-Identifier: MIT */
/*
 * TLB and cache maintenance. The TLBI forms are the inner-shareable ones: the
 * hardware broadcasts them to every CPU of the cluster. None of these waits;
 * the caller completes them with dsb(ish) (Arm ARM D8.13).
 */
#pragma once

#include "arm64/barrier.h"
#include "arm64/pte.h"

static inline void tlbi_vmalle1(void) /* this CPU only */
{
	__asm__ volatile("tlbi vmalle1" ::: "memory");
}

static inline void tlbi_aside1is(u64 asid)
{
	__asm__ volatile("tlbi aside1is, %0" : : "r"(asid << 48) : "memory");
}

/* Last-level entry of one user page. */
static inline void tlbi_vale1is(u64 asid, vaddr_t va)
{
	__asm__ volatile("tlbi vale1is, %0"
			 :
			 : "r"(asid << 48 | (va >> PAGE_SHIFT & 0xfffffffffffUL))
			 : "memory");
}

/* One page or block of the kernel's half, all levels. */
static inline void tlbi_vaae1is(vaddr_t va)
{
	__asm__ volatile("tlbi vaae1is, %0"
			 :
			 : "r"(va >> PAGE_SHIFT & 0xfffffffffffUL)
			 : "memory");
}

/* Cache lines of [p, p + n). To the point of coherency (other masters and CPUs
 * with their MMU off), or the point of unification (instruction fetch). */
void dcache_clean_poc(const void *p, size_t n);
void dcache_flush_poc(const void *p, size_t n);
void icache_sync(const void *p, size_t n);
/* dc zva: clear one page. */
void page_clear(void *page);
