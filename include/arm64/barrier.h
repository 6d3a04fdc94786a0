/* SPDX-License-Identifier: MIT */
/*
 * Barriers by their Arm names. A barrier that orders against another CPU carries
 * a [TAG] in its comment, and so does its partner; tools/check-style counts that
 * no tag stands alone.
 */
#pragma once

#define barrier() __asm__ volatile("" ::: "memory")

/* Keep the compiler from seeing where a pointer came from: else it works it out
 * again from the array's base at every use. */
#define HIDE_ORIGIN(ptr)                                                   \
	({                                                                 \
		__typeof__(ptr) p_ = (ptr);                                \
		__asm__("" : "+r"(p_));                                    \
		p_;                                                        \
	})

#define isb() __asm__ volatile("isb" ::: "memory")
#define dmb(opt) __asm__ volatile("dmb " #opt ::: "memory")
#define dsb(opt) __asm__ volatile("dsb " #opt ::: "memory")
#define sev() __asm__ volatile("sev" ::: "memory")
#define wfe() __asm__ volatile("wfe" ::: "memory")
#define wfi() __asm__ volatile("wfi" ::: "memory")
#define cpu_yield_hint() __asm__ volatile("yield" ::: "memory")

#define smp_rmb() dmb(ishld)

#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
