/* SPDX-License-Identifier: MIT */
/*
 * Runs on the host, under cmocka, the tests that the kernel runs on the target:
 * each TEST() leaves a pointer in the section "tests", whose ends the linker
 * marks. ASan and UBSan watch; CMOCKA_MESSAGE_OUTPUT chooses the form of the
 * report. With an argument only the suites of that name run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/assert.h"
#include "kernel/test.h"

extern const struct test *const __start_tests[], *const __stop_tests[];

void test_fail(const char *file, int line, const char *expr, u64 a, u64 b)
{
	print_error("%s: %llu (%#llx) and %llu (%#llx)\n", expr,
		    (unsigned long long)a, (unsigned long long)a,
		    (unsigned long long)b, (unsigned long long)b);
	_fail(file, line);
}

void test_skip(const char *why)
{
	print_message("skipped: %s\n", why);
	_skip("kernel/test.h", 0);
}

void assert_failed(const char *expr, const char *file, int line)
{
	fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expr);
	abort();
}

static void run(void **state)
{
	const struct test *t = *state;

	t->run();
}

int main(int argc, char **argv)
{
	size_t max = (size_t)(__stop_tests - __start_tests), n = 0;
	struct CMUnitTest *tests = calloc(max, sizeof(*tests));
	int failed;

	if (!tests)
		return EXIT_FAILURE;
	for (size_t i = 0; i < max; i++) {
		const struct test *t = __start_tests[i];
		size_t size = strlen(t->suite) + strlen(t->name) + 2;
		char *name;

		if (argc > 1 && strcmp(t->suite, argv[1]) != 0)
			continue;
		name = malloc(size);
		if (!name)
			return EXIT_FAILURE;
		snprintf(name, size, "%s.%s", t->suite, t->name);
		tests[n++] = (struct CMUnitTest){
			.name = name,
			.test_func = run,
			.initial_state = (void *)(uintptr_t)t,
		};
	}
	failed = n ? _cmocka_run_group_tests("host", tests, n, NULL, NULL) : 1;
	while (n)
		free((void *)(uintptr_t)tests[--n].name);
	free(tests);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
