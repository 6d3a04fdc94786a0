/* SPDX-License-Identifier: MIT */
/* Taking and releasing a lock word: 0 is free, 1 is taken. */
#pragma once

#include "arm64/barrier.h"
#include "kernel/types.h"

static inline void arch_spin_lock(u32 *word)
{
	u32 seen, failed;

	/* While it is taken wait for the event that the owner's store causes. */
	__asm__ volatile("	b	2f\n"
			 "1:	wfe\n"
			 "2:	ldaxr	%w0, [%2]\n"
			 "	cbnz	%w0, 1b\n"
			 "	stxr	%w1, %w3, [%2]\n"
			 "	cbnz	%w1, 2b\n"
			 : "=&r"(seen), "=&r"(failed)
			 : "r"(word), "r"(1)
			 : "memory");
}

static inline bool arch_spin_trylock(u32 *word)
{
	return __atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE) == 0;
}

static inline void arch_spin_unlock(u32 *word)
{
	smp_store_release(word, 0);
}
