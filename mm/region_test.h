/* SPDX-License-Identifier: MIT */
/*
 * For tests of an address space that no CPU has loaded: what a program would see is read
 * through the descriptors. Each test gets a fresh mm; the runner counts what mmput left.
 */
#pragma once

#include "abi/lodger.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "mm/pgtable.h"
#include "mm/region.h"

#define R PROT_READ
#define W PROT_WRITE
#define X PROT_EXEC
#define AT 0x400000UL
#define PAGES(n) ((n) * PAGE_SIZE)

/* A test of `suite` that gets a fresh mm, which it has not loaded. */
#define MM_TEST(suite, name)                                               \
	static void on_mm_##name(struct mm *mm);                           \
	TEST(suite, name)                                                  \
	{                                                                  \
		struct mm *mm = mm_alloc("test", NULL);                    \
		EXPECT(mm);                                                \
		on_mm_##name(mm);                                          \
		mmput(mm);                                                 \
	}                                                                  \
	static void on_mm_##name(struct mm *mm)

static inline int map(struct mm *mm, vaddr_t addr, u64 len, u32 prot)
{
	return mm_map_anon(mm, &addr, len, prot);
}

static inline pte_t pte(struct mm *mm, vaddr_t va)
{
	pte_t e;

	spin_lock(&mm->lock);
	e = user_pte_get(mm, va & PAGE_MASK);
	spin_unlock(&mm->lock);
	return e;
}

/* What a program would see at va, to the end of the page; NULL: nothing. */
static inline const u8 *seen(struct mm *mm, vaddr_t va)
{
	pte_t e = pte(mm, va);

	if (!(e & PTE_VALID))
		return NULL;
	return (const u8 *)phys_to_virt(pte_addr(e)) + va % PAGE_SIZE;
}

/* Fault in n pages from va: how many of them succeeded. */
static inline u32 touch(struct mm *mm, vaddr_t va, u32 n, u32 access)
{
	u32 good = 0;

	for (u32 i = 0; i < n; i++)
		good += mm_handle_fault(mm, va + PAGES(i), access) == 0;
	return good;
}
