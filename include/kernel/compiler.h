/* SPDX-License-Identifier: MIT */
/* Spellings for what the two compilers (gcc, clang) can be told. */
#pragma once

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define __must_check __attribute__((warn_unused_result))
#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __noreturn __attribute__((noreturn))
#define __noinline __attribute__((noinline))
#undef __always_inline /* glibc has it too, where tests run on the host */
#define __always_inline inline __attribute__((always_inline))
#define __unused __attribute__((unused))
#define __used __attribute__((used))
#define __weak __attribute__((weak))
#define __section(name) __attribute__((section(name)))
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
#define __malloc __attribute__((malloc))

/* sparse's annotations; nothing to a compiler. */
#ifdef __CHECKER__
#define __user __attribute__((noderef, address_space(1)))
#define __iomem __attribute__((noderef, address_space(2)))
#define __force __attribute__((force))
#define __acquires(x) __attribute__((context(x, 0, 1)))
#define __releases(x) __attribute__((context(x, 1, 0)))
#else
#define __user
#define __iomem
#define __force
#define __acquires(x)
#define __releases(x)
#endif

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Each argument is evaluated once: it may be a load that gives another value the
 * next time (a ring's fill did, and bytes were lost). */
#define MIN(a, b)                                                          \
	({                                                                 \
		__auto_type min_a_ = (a);                                  \
		__auto_type min_b_ = (b);                                  \
		min_a_ < min_b_ ? min_a_ : min_b_;                         \
	})
#define MAX(a, b)                                                          \
	({                                                                 \
		__auto_type max_a_ = (a);                                  \
		__auto_type max_b_ = (b);                                  \
		max_a_ > max_b_ ? max_a_ : max_b_;                         \
	})
/* n is a power of two. */
#define ALIGN_DOWN(x, n) ((x) & ~((__typeof__(x))(n) - 1))
#define ALIGN_UP(x, n) ALIGN_DOWN((x) + ((__typeof__(x))(n) - 1), n)
#define IS_ALIGNED(x, n) (((x) & ((__typeof__(x))(n) - 1)) == 0)
#define DIV_ROUND_UP(x, n) (((x) + (n) - 1) / (n))
#define BIT(n) (1ULL << (n))

/* One access, not torn, not repeated, not invented by the compiler. */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define static_assert _Static_assert
