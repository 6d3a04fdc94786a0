/* SPDX-License-Identifier: MIT */
/*
 * Every system call, with good and with hostile arguments, from where it
 * matters: outside the kernel. Each test runs in a process of its own and
 * passes if that process exits 0 in time.
 *
 *	usertests			all
 *	usertests memory wait.twice	a suite, a test
 *	usertests -l			their names
 *
 * The comment above each test names the defect that makes it fail.
 */
#include <stdarg.h>

#include "usertests.h"

#define TIMEOUT_NS (120 * NSEC_PER_SEC)

static const struct test *const suites[] = {
	register_tests, io_tests, handle_tests, memory_tests, object_tests, protect_tests,
	process_tests, exec_tests, wait_tests, thread_tests, race_tests,
	ipc_tests, ipc_register_tests, ipc_end_tests, ipc_handle_tests,
	ipc_reply_tests,
	pager_tests, posix_tests, signal_tests, timer_tests, limit_tests,
};

/* ---- what tests use ---- */

static const char *running = "?"; /* [I] after main() has begun */

void test_fail(const char *file, int line, const char *format, ...)
{
	const char *base = strrchr(file, '/');
	va_list ap;

	fprintf(stderr, "%s: %s:%d: ", running, base ? base + 1 : file, line);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(EXIT_ERROR);
}

int test_child_with(const char *test, const char *part, const uint64_t *handles,
		    unsigned int nr_handles)
{
	const char *const argv[] = { "usertests" LODGER_SUFFIX, "--run", test, part, NULL };
	int child = lodger_spawn_with("usertests" LODGER_SUFFIX, argv, handles, nr_handles);

	CHECK(child > 0);
	return child;
}

int test_child(const char *test, const char *part)
{
	return test_child_with(test, part, NULL, 0);
}

int64_t test_child_status(const char *test, const char *part)
{
	int child = test_child(test, part);
	int64_t status;

	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(lodger_close(child), 0);
	return status;
}

char *test_map(uint64_t pages, uint64_t prot)
{
	int64_t addr = sys_vm_map(HANDLE_NONE, 0, pages * PAGE, prot, 0);

	CHECK(addr > 0);
	return (char *)(uintptr_t)addr;
}

void test_unmap(const void *addr, uint64_t pages)
{
	CHECK_EQ(sys_vm_unmap((uintptr_t)addr, pages * PAGE), 0);
}

void test_put_return(volatile uint32_t *p, uint32_t n)
{
#ifdef __arm__
	p[0] = 0xe3000000 | n;	    /* movw r0, #n */
	p[1] = 0xe12fff1e;	    /* bx lr */
#else
	p[0] = 0x52800000 | n << 5; /* mov w0, #n */
	p[1] = 0xd65f03c0;	    /* ret */
#endif
}

void test_bad_ranges(struct bad_range ranges[BAD_RANGES])
{
	uint64_t two = (uintptr_t)test_map(2, RW);
	uint64_t hole = two + PAGE;

	/* The first page stays, the second becomes a hole behind it. */
	CHECK_EQ(sys_vm_unmap(hole, PAGE), 0);
	memcpy(ranges, (struct bad_range[]){
		{ "null", 0, 16, true },
		{ "below the user range", USER_VA_START - 16, 16, true },
		{ "a hole", hole, 16, false },
		{ "into a hole", hole - 8, 16, false },
		{ "the end of the user range", LODGER_VA_END - 8, 16, true },
		{ "above the user range", LODGER_VA_END, 16, true },
		{ "the last bytes of all", UINT64_MAX - 15, 16, true },
		{ "not canonical", 0x0001000000000000, 16, true },
		{ "the kernel's image", 0xffffffff80080000, 16, true },
		{ "the kernel's linear map", 0xffffff8000200000, 16, true },
	}, BAD_RANGES * sizeof(ranges[0]));
}

/* ---- running them ---- */

static bool matches(const char *name, int argc, char **argv)
{
	if (argc == 1)
		return true;
	for (int i = 1; i < argc; i++) {
		size_t len = strlen(argv[i]);

		if (strncmp(name, argv[i], len) == 0 &&
		    (name[len] == '\0' || name[len] == '.'))
			return true;
	}
	return false;
}

/* In a process of its own: did it pass? */
static bool run_apart(const struct test *t)
{
	const char *const argv[] = { "usertests" LODGER_SUFFIX, "--run", t->name, NULL };
	int child = lodger_spawn("usertests" LODGER_SUFFIX, argv);
	char text[64];
	int64_t status;
	int ret;

	if (child < 0) {
		printf("FAIL %s: cannot start: %s\n", t->name,
		       lodger_strerror(-child));
		return false;
	}
	ret = lodger_wait(child, TIMEOUT_NS, &status);
	if (ret) {
		printf("FAIL %s: %s\n", t->name, lodger_strerror(-ret));
		lodger_kill(child);
		lodger_wait(child, WAIT_FOREVER, NULL);
	} else if (status != EXIT_OK) {
		printf("FAIL %s: %s\n", t->name,
		       lodger_status_text(status, text, sizeof(text)));
	}
	lodger_close(child);
	return !ret && status == EXIT_OK;
}

/* --run NAME [PART]: this process is the one that a test has to itself. */
static int run_here(const char *name, const char *part)
{
	running = name;
	for (size_t s = 0; s < ARRAY_SIZE(suites); s++) {
		for (const struct test *t = suites[s]; t->name; t++) {
			if (strcmp(t->name, name) != 0)
				continue;
			t->run(part);
			return EXIT_OK;
		}
	}
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	unsigned int passed = 0, failed = 0;
	bool list;

	lodger_help(argc, argv, "usertests [-l] [suite|suite.test...]");
	if (argc > 2 && strcmp(argv[1], "--run") == 0)
		return run_here(argv[2], argc > 3 ? argv[3] : NULL);
	list = argc == 2 && strcmp(argv[1], "-l") == 0;
	for (size_t s = 0; s < ARRAY_SIZE(suites); s++) {
		for (const struct test *t = suites[s]; t->name; t++) {
			if (list)
				printf("%s\n", t->name);
			else if (!matches(t->name, argc, argv))
				continue;
			else if (run_apart(t))
				passed++;
			else
				failed++;
		}
	}
	if (list)
		return EXIT_OK;
	printf("usertests: %u passed, %u failed\n", passed, failed);
	return passed && !failed ? EXIT_OK : EXIT_ERROR;
}
