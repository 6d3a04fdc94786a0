/* SPDX-License-Identifier: MIT */
/*
 * Tests that live beside what they test (x_test.c beside x.c). The same file
 * runs in the kernel (`test all`) and, for pure code, on the host under cmocka
 * with ASan and UBSan.
 *
 *	TEST(avl, removes_what_it_inserted)
 *	{
 *		...
 *		EXPECT_EQ(avl_first(&t), NULL);
 *	}
 *
 * An EXPECT that fails is reported with its expression and ends the test
 * function. A comment above each test says how it was seen failing.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

struct test {
	const char *suite, *name;
	void (*run)(void);
};

/* Report and mark the running test as failed. */
void test_fail(const char *file, int line, const char *expr, u64 a, u64 b);
/* The running test cannot say anything here (too few CPUs, ...). */
void test_skip(const char *why);

#define TEST(suite_, name_)                                                \
	static void test_##suite_##_##name_(void);                         \
	static const struct test test_entry_##suite_##_##name_ = {         \
		#suite_, #name_, test_##suite_##_##name_                   \
	};                                                                 \
	static const struct test *const                                    \
		test_ptr_##suite_##_##name_ __used __section("tests") =    \
			&test_entry_##suite_##_##name_;                    \
	static void test_##suite_##_##name_(void)

#define EXPECT(expr)                                                       \
	do {                                                               \
		if (!(expr)) {                                             \
			test_fail(__FILE__, __LINE__, #expr, 0, 0);        \
			return;                                            \
		}                                                          \
	} while (0)

#define EXPECT_OP(a, op, b)                                                \
	do {                                                               \
		u64 a_ = (u64)(a), b_ = (u64)(b);                          \
		if (!(a_ op b_)) {                                         \
			test_fail(__FILE__, __LINE__, #a " " #op " " #b,   \
				  a_, b_);                                 \
			return;                                            \
		}                                                          \
	} while (0)
#define EXPECT_EQ(a, b) EXPECT_OP(a, ==, b)
#define EXPECT_NE(a, b) EXPECT_OP(a, !=, b)
#define EXPECT_LT(a, b) EXPECT_OP(a, <, b)
#define EXPECT_LE(a, b) EXPECT_OP(a, <=, b)
