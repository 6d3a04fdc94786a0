/* SPDX-License-Identifier: MIT */
/* What lazy_protocol.h needs, on the compiler's builtins. */
#pragma once

#define K_ATOMIC(type) type
#define K_ORDER_relaxed __ATOMIC_RELAXED
#define K_ORDER_acquire __ATOMIC_ACQUIRE
#define K_ORDER_release __ATOMIC_RELEASE
#define K_ORDER_acq_rel __ATOMIC_ACQ_REL
#define K_LOAD(p, order) __atomic_load_n(p, K_ORDER_##order)
#define K_STORE(p, value, order) __atomic_store_n(p, value, K_ORDER_##order)
#define K_XCHG(p, value, order) __atomic_exchange_n(p, value, K_ORDER_##order)
#define K_ADD(p, n, order) __atomic_fetch_add(p, n, K_ORDER_##order)
#define K_CAS(p, old, new, order)                                          \
	({                                                                 \
		__typeof__(*(p)) old_ = (old);                             \
		__atomic_compare_exchange_n(p, &old_, new, false,          \
					    K_ORDER_##order,               \
					    __ATOMIC_RELAXED);             \
	})
