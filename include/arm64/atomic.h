/* SPDX-License-Identifier: MIT */
/*
 * Atomic counters on the compiler's builtins (LDXR/STXR pairs on Armv8.0).
 * The ordering is part of each name; unnamed is relaxed.
 */
#pragma once

#include "kernel/types.h"

typedef struct { s32 v; } atomic_t;
typedef struct { u64 v; } atomic64_t;

#define ATOMIC_INIT(n) { (n) }

#define atomic_read(a) __atomic_load_n(&(a)->v, __ATOMIC_RELAXED)
#define atomic_set(a, n) __atomic_store_n(&(a)->v, n, __ATOMIC_RELAXED)

/* The new value. */
#define atomic_add_return(a, n) __atomic_add_fetch(&(a)->v, n, __ATOMIC_RELAXED)
#define atomic_inc(a) ((void)__atomic_add_fetch(&(a)->v, 1, __ATOMIC_RELAXED))
#define atomic_dec(a) ((void)__atomic_sub_fetch(&(a)->v, 1, __ATOMIC_RELAXED))
#define atomic_add(a, n) ((void)__atomic_add_fetch(&(a)->v, n, __ATOMIC_RELAXED))
#define atomic_sub(a, n) ((void)__atomic_sub_fetch(&(a)->v, n, __ATOMIC_RELAXED))
#define atomic_xchg(a, n) __atomic_exchange_n(&(a)->v, n, __ATOMIC_RELAXED)

#define atomic_or_full(p, bits) __atomic_fetch_or(p, bits, __ATOMIC_SEQ_CST)
#define atomic_and_full(p, bits) __atomic_fetch_and(p, bits, __ATOMIC_SEQ_CST)

/*
 * Drop one reference; true for whoever drops the last. Release before, acquire
 * at zero: all that other holders did to the object is visible to its freer.
 */
#define atomic_dec_and_test(a) \
	(__atomic_sub_fetch(&(a)->v, 1, __ATOMIC_ACQ_REL) == 0)

/* Take one reference unless there is none left. */
static inline bool atomic_inc_not_zero(atomic_t *a)
{
	s32 old = atomic_read(a);

	do {
		if (old == 0)
			return false;
	} while (!__atomic_compare_exchange_n(&a->v, &old, old + 1, true,
					      __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return true;
}
