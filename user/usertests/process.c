/* SPDX-License-Identifier: MIT */
/* spawn, exit, kill: images and arguments that are none, for exec, too; ends of all
 * kinds. */
#include "usertests.h"

static struct lodger_file program(const char *name)
{
	struct lodger_file f;

	CHECK_EQ(lodger_file_find(name, &f), 0);
	return f;
}

/* Both take the same and refuse the same. */
static const struct {
	const char *name;
	typeof(sys_spawn) *call;
} calls[] = { { "spawn", sys_spawn }, { "exec", sys_exec } };

/* Fails when the kernel follows a bad pointer to the arguments. */
static void bad_pointers(const char *part)
{
	struct lodger_file f = program("exit");
	struct bad_range bad[BAD_RANGES];

	(void)part;
	test_bad_ranges(bad);
	for (int i = 0; i < 2 * BAD_RANGES; i++) {
		const struct bad_range *b = &bad[i / 2];
		struct spawn_args args = { b->addr, 16, 1, 0, 0, 0, 0 };
		long ret = calls[i % 2].call(HANDLE_INITRAMFS, f.offset, f.size,
					     (const void *)(uintptr_t)b->addr);

		if (ret != -EFAULT)
			test_fail(__FILE__, __LINE__, "%s: struct in %s: %ld",
				  calls[i % 2].name, b->what, ret);
		ret = calls[i % 2].call(HANDLE_INITRAMFS, f.offset, f.size, &args);
		if (ret != -EFAULT)
			test_fail(__FILE__, __LINE__, "%s: strings in %s: %ld",
				  calls[i % 2].name, b->what, ret);
	}
}

/* Fails when counts and lengths that do not fit each other are believed. */
static void bad_args(const char *part)
{
	static const char strings[SPAWN_ARGS_MAX + 2] = "exit";
	struct lodger_file f = program("exit");
	const struct {
		uint64_t len, argc, flags;
		long expected;
	} bad[] = {
		{ 0, 1, 0, -EINVAL },
		{ 5, 0, 0, -EINVAL },		/* a string, no count */
		{ 0, 0, 0, -EINVAL },
		{ 4, 1, 0, -EINVAL },		/* the NUL is missing */
		{ 5, 2, 0, -EINVAL },		/* a string too few */
		{ 7, 2, 0, -EINVAL },		/* a string too many */
		{ 5, SPAWN_ARGC_MAX, 0, -EINVAL },
		{ 5, UINT64_MAX, 0, -E2BIG },
		{ 5, (1ULL << 32) + 1, 0, -E2BIG },
		{ SPAWN_ARGC_MAX + 5, SPAWN_ARGC_MAX + 1, 0, -E2BIG },
		{ SPAWN_ARGS_MAX + 1, 1, 0, -E2BIG },
		{ UINT64_MAX, 1, 0, -E2BIG },
		{ 5, 1, 1, -EINVAL },
		{ 5, 1, UINT64_MAX, -EINVAL },
	};

	(void)part;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(bad); i++) {
		__typeof__(&bad[0]) b = &bad[i / 2];
		struct spawn_args args = { (uintptr_t)strings, b->len, b->argc,
					   b->flags, 0, 0, 0 };
		long ret = calls[i % 2].call(HANDLE_INITRAMFS, f.offset, f.size,
					     &args);

		if (ret != b->expected)
			test_fail(__FILE__, __LINE__,
				  "%s: len %" PRIu64 ", argc %" PRIu64 ", flags %" PRIu64
				  ": %ld, not %ld",
				  calls[i % 2].name, b->len, b->argc, b->flags,
				  ret, b->expected);
	}
}

/* What a test needs of an ELF64 file: where the segments' bytes are. */
struct elf_header {
	char ident[32];
	uint64_t phoff; /* of the program headers */
	char unused[16];
	uint16_t phnum;
	char rest[6];
};

struct elf_segment {
	uint32_t type, flags; /* type 1: load */
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

/* End of the last byte that a segment needs, in the file. */
static uint64_t needed_bytes(const struct lodger_file *f)
{
	struct elf_header e;
	struct elf_segment p;
	uint64_t end = 0;

	_Static_assert(sizeof(e) == 64 && sizeof(p) == 56, "as in the file");
	memcpy(&e, f->data, sizeof(e));
	for (size_t i = 0; i < e.phnum; i++) {
		memcpy(&p, f->data + e.phoff + i * sizeof(p), sizeof(p));
		if (p.type == 1 && p.offset + p.filesz > end)
			end = p.offset + p.filesz;
	}
	CHECK(end > sizeof(e) && end <= f->size);
	return end;
}

/* Fails when what is not a whole program is started. */
static void bad_images(const char *part)
{
	struct spawn_args args = { (uintptr_t)"exit", 5, 1, 0, 0, 0, 0 };
	struct lodger_file f = program("exit"), text = program("motd");
	uint64_t size = lodger_info->initramfs_len;
	const struct {
		uint64_t offset, len;
		long expected;
	} bad[] = {
		{ 0, size, -ENOEXEC },
		{ text.offset, text.size, -ENOEXEC },
		{ f.offset + 1, f.size - 1, -ENOEXEC },
		{ f.offset + 4, f.size - 4, -ENOEXEC },
		{ f.offset, 1, -ENOEXEC },
		{ f.offset, 4, -ENOEXEC },
		{ f.offset, 63, -ENOEXEC },
		{ f.offset, 64, -ENOEXEC },
		{ f.offset, 100, -ENOEXEC },
		{ f.offset, needed_bytes(&f) - 1, -ENOEXEC },
		{ f.offset, 0, -ENOEXEC },
		{ size, 1, -EINVAL },
		{ f.offset, size - f.offset + 1, -EINVAL },
		{ size + PAGE, f.size, -EINVAL },
		{ UINT64_MAX, 2, -EINVAL },
		{ f.offset, UINT64_MAX, -EINVAL },
		{ f.offset, -f.offset, -EINVAL },
		{ 1ULL << 63, 1ULL << 63, -EINVAL },
	};

	(void)part;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(bad); i++) {
		__typeof__(&bad[0]) b = &bad[i / 2];
		long ret = !sayable(b->offset) ? b->expected :
			   calls[i % 2].call(HANDLE_INITRAMFS, b->offset, b->len, &args);

		if (ret != b->expected)
			test_fail(__FILE__, __LINE__,
				  "%s: 0x%" PRIx64 " bytes at 0x%" PRIx64 ": %ld, not %ld",
				  calls[i % 2].name, b->len, b->offset, ret,
				  b->expected);
	}
}

/* Fails when arguments do not arrive as they were sent, up to the limits. */
static void arguments(const char *part)
{
	static char longest[SPAWN_ARGS_MAX];
	const char *argv[SPAWN_ARGC_MAX + 2] = {
		"usertests" LODGER_SUFFIX, "--run", "process.arguments", "check",
	};
	size_t used = 0;
	int64_t status;
	int i;

	if (part && strcmp(part, "check") == 0) {
		char **got = (char **)(uintptr_t)lodger_info->argv;

		CHECK_EQ(lodger_info->argc, SPAWN_ARGC_MAX);
		CHECK(got[SPAWN_ARGC_MAX] == NULL);
		CHECK(strcmp(got[4], "") == 0);
		CHECK(strcmp(got[5], "two words\n") == 0);
		for (i = 6; i < SPAWN_ARGC_MAX - 1; i++)
			CHECK(strcmp(got[i], "x") == 0);
		used = sizeof("usertests" LODGER_SUFFIX) + 6 + 18 + 6 + 1 + 11 +
		       2 * (SPAWN_ARGC_MAX - 7);
		CHECK_EQ(strlen(got[i]) + 1, SPAWN_ARGS_MAX - used);
		CHECK_EQ(strspn(got[i], "y"), strlen(got[i]));
		return;
	}
	argv[4] = "";
	argv[5] = "two words\n";
	for (i = 6; i < SPAWN_ARGC_MAX - 1; i++)
		argv[i] = "x";
	for (i = 0; i < SPAWN_ARGC_MAX - 1; i++)
		used += strlen(argv[i]) + 1;
	memset(longest, 'y', SPAWN_ARGS_MAX - used - 1);
	argv[SPAWN_ARGC_MAX - 1] = longest;
	if (part)
		test_fail(__FILE__, __LINE__, "exec: %d",
			  lodger_exec("usertests" LODGER_SUFFIX, argv));
	CHECK_EQ(lodger_run("usertests" LODGER_SUFFIX, argv, &status), 0);
	CHECK_EQ(status, 0);
	CHECK_EQ(test_child_status("process.arguments", "exec"), 0);
	/* One byte more is too much, and so is one string. */
	strcat(longest, "y");
	CHECK_EQ(lodger_spawn("usertests" LODGER_SUFFIX, argv), -E2BIG);
	CHECK_EQ(lodger_exec("usertests" LODGER_SUFFIX, argv), -E2BIG);
	longest[10] = '\0';
	argv[SPAWN_ARGC_MAX] = "";
	CHECK_EQ(lodger_spawn("usertests" LODGER_SUFFIX, argv), -E2BIG);
}

/* Fails when a status is not one byte, or is taken for the kernel's own. */
static void statuses(const char *part)
{
	static const char *const parts[] = { "0", "1", "255", "256", "512",
					     "548", "-1" };

	if (part)
		sys_exit(atoi(part));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		int64_t status = test_child_status("process.statuses", parts[i]);

		CHECK(status >= 0 && status <= 255);
		if (i < 3)
			CHECK_EQ(status, atoi(parts[i]));
	}
}

/* Fails when a process cannot be ended, whatever it is doing. */
static void killed(const char *part)
{
	static const char *const victims[][3] = {
		{ "spin" LODGER_SUFFIX, NULL }, { "sleeper", "1000000", NULL },
		{ "usertests" LODGER_SUFFIX, NULL },
	};
	int64_t status;
	int child;

	if (part && strcmp(part, "self") == 0) {
		lodger_kill(HANDLE_SELF);
		sys_exit(1);
	}
	if (part) { /* in a wait, with a child of its own */
		static const char *const orphan[] = { "sleeper", "300", NULL };

		child = lodger_spawn("sleeper", orphan);
		lodger_wait(child, WAIT_FOREVER, NULL);
		return;
	}
	for (int i = 0; i < 3; i++) {
		child = i < 2 ? lodger_spawn(victims[i][0], victims[i]) :
				test_child("process.killed", "waiting");
		CHECK(child > 0);
		lodger_sleep_ns(20 * NSEC_PER_MSEC);
		CHECK_EQ(lodger_wait(child, 0, &status), -ETIMEDOUT);
		CHECK_EQ(lodger_kill(child), 0);
		CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
		CHECK_EQ(status, STATUS_KILLED);
		lodger_kill(child); /* again: changes nothing */
		CHECK_EQ(lodger_wait(child, 0, &status), 0);
		CHECK_EQ(status, STATUS_KILLED);
		CHECK_EQ(lodger_close(child), 0);
	}
	CHECK_EQ(test_child_status("process.killed", "self"), STATUS_KILLED);
}

/* Fails when a kill changes the status of one that has ended before. */
static void killed_late(const char *part)
{
	const char *const argv[] = { "exit", "9", NULL };
	int child = lodger_spawn("exit", argv);
	int64_t status;

	(void)part;
	CHECK(child > 0);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	lodger_kill(child);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(status, 9);
}

/* Fails when closing the only handle ends, or hurts, a running process. */
static void let_go(const char *part)
{
	const char *const argv[] = { "sleeper", "30", NULL };

	(void)part;
	for (int i = 0; i < 5; i++) {
		int child = lodger_spawn("exit", NULL);

		CHECK(child > 0);
		CHECK_EQ(lodger_close(child), 0);
	}
	CHECK_EQ(lodger_close(lodger_spawn("sleeper", argv)), 0);
	lodger_sleep_ns(60 * NSEC_PER_MSEC);
}

/* Fails when many processes at once lose one or mix up their statuses. */
static void many(const char *part)
{
	const char *const argv[] = { "spawner", "100", NULL };
	int64_t status;

	(void)part;
	CHECK_EQ(lodger_run("spawner", argv, &status), 0);
	CHECK_EQ(status, 0);
}

/* Fails when a fault does not end its process, or ends it wrongly. */
static void faults(const char *part)
{
	const char *const argv[] = { "crash" LODGER_SUFFIX, "all", NULL };
	int64_t status;

	(void)part;
	CHECK_EQ(lodger_run("crash" LODGER_SUFFIX, argv, &status), 0);
	CHECK_EQ(status, 0);
}

const struct test process_tests[] = {
	{ "process.bad_pointers", bad_pointers },
	{ "process.bad_args", bad_args },
	{ "process.bad_images", bad_images },
	{ "process.arguments", arguments },
	{ "process.statuses", statuses },
	{ "process.killed", killed },
	{ "process.killed_late", killed_late },
	{ "process.let_go", let_go },
	{ "process.many", many },
	{ "process.faults", faults },
	{ NULL, NULL },
};
