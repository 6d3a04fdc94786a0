/* SPDX-License-Identifier: MIT */
/* A process that may use only so much memory: whatever it does, it gets no more, and all of
 * it comes back. */
#include "probe.h"
#include "usertests.h"

#define LIMIT (64 * PAGE)

/* Part `part` of a test in a process with that limit: its handle, or -errno. */
static int limited(const char *test, const char *part, uint64_t memory_max)
{
	char args[64];
	struct lodger_file f;
	struct spawn_args s = { .args = (uintptr_t)args, .argc = 4, .memory_max = memory_max };
	int n = snprintf(args, sizeof(args), "usertests%c--run%c%s%c%s", 0, 0, test, 0, part);

	CHECK_EQ(lodger_file_find("usertests" LODGER_SUFFIX, &f), 0);
	s.args_len = (uint64_t)n + 1;
	return (int)sys_spawn(HANDLE_INITRAMFS, f.offset, f.size, &s);
}

static int64_t status_of(const char *test, const char *part)
{
	int child = limited(test, part, LIMIT);
	int64_t status;

	CHECK(child > 0);
	CHECK_EQ(lodger_wait(child, WAIT_FOREVER, &status), 0);
	CHECK_EQ(lodger_close(child), 0);
	return status;
}

static void touch(int64_t at, uint64_t pages)
{
	CHECK(at > 0);
	for (uint64_t i = 0; i < pages; i++)
		*(volatile char *)(uintptr_t)(at + (int64_t)(i * PAGE)) = 1;
}

/* It was told that there is no more, or needed a page for itself by then. */
static void check_ended(const char *part)
{
	int64_t status = status_of("limits.stays_below", part);

	CHECK(status == 0 || status > STATUS_FAULT);
}

/* Fails when one of the ways to use memory is not counted. */
static void stays_below(const char *part)
{
	long h, err;

	if (!part) {
		CHECK_EQ(status_of("limits.stays_below", "pages"), STATUS_FAULT + 0x24);
		CHECK_EQ(status_of("limits.stays_below", "object"), STATUS_FAULT + 0x24);
		CHECK_EQ(status_of("limits.stays_below", "clones"), STATUS_FAULT + 0x24);
		CHECK_EQ(status_of("limits.stays_below", "tables"), STATUS_FAULT + 0x24);
		check_ended("handles");
		check_ended("threads");
		check_ended("children");
		CHECK_EQ(status_of("limits.stays_below", "divides"), 0);
	} else if (!strcmp(part, "pages")) {
		touch(sys_vm_map(HANDLE_NONE, 0, 2 * LIMIT, RW, 0), 2 * LIMIT / PAGE);
	} else if (!strcmp(part, "object")) {
		h = sys_memory_create(2 * LIMIT);
		touch(sys_vm_map(h, 0, 2 * LIMIT, RW, 0), 2 * LIMIT / PAGE);
	} else if (!strcmp(part, "clones")) {
		h = sys_memory_create(LIMIT / 4);
		touch(sys_vm_map(h, 0, LIMIT / 4, RW, 0), LIMIT / 4 / PAGE);
		while ((err = sys_memory_clone(h, 0, LIMIT / 4)) > 0)
			touch(sys_vm_map(err, 0, LIMIT / 4, RW, 0), LIMIT / 4 / PAGE);
		CHECK_EQ(err, -ENOMEM);
		touch(sys_vm_map(HANDLE_NONE, 0, LIMIT, RW, 0), LIMIT / PAGE);
	} else if (!strcmp(part, "tables")) {
		for (uint64_t at = 0x10000000; at < 0xf0000000; at += 0x200000)
			if (sys_vm_map(HANDLE_NONE, at, PAGE, RW, 0) == (int64_t)at)
				touch((int64_t)at, 1);
	} else if (!strcmp(part, "handles")) {
		while ((err = sys_endpoint_create()) > 0)
			;
		CHECK_EQ(err, -ENOMEM);
	} else if (!strcmp(part, "threads")) {
		uint64_t sp = (uintptr_t)test_map(1, RW) + PAGE;

		while ((err = sys_thread_create(probe_exit, sp, NULL, 0)) > 0)
			;
		CHECK_EQ(err, -ENOMEM);
	} else if (!strcmp(part, "children")) {
		static const char *const argv[] = { "sleeper", "1", NULL };

		do
			err = lodger_spawn("sleeper", argv);
		while (err > 0);
		CHECK_EQ(err, -ENOMEM);
	} else if (!strcmp(part, "divides")) {
		/* More than it has it cannot promise. */
		CHECK_EQ(limited("limits.stays_below", "pages", 2 * LIMIT), -ENOMEM);
		err = limited("limits.stays_below", "pages", LIMIT / 2);
		CHECK(err > 0);
		CHECK_EQ(limited("limits.stays_below", "pages", LIMIT / 2), -ENOMEM);
		CHECK_EQ(lodger_wait((int)err, WAIT_FOREVER, NULL), 0);
	}
}

/* Fails when the end of a process does not give its share back to the parent. */
static void comes_back(const char *part)
{
	(void)part;
	for (int i = 0; i < 40; i++) {
		int child = limited("limits.stays_below", "pages", 256 * LIMIT);

		CHECK(child > 0);
		CHECK_EQ(lodger_wait(child, WAIT_FOREVER, NULL), 0);
		CHECK_EQ(lodger_close(child), 0);
	}
	CHECK_EQ(limited("limits.stays_below", "pages", 1), -EINVAL);
}

const struct test limit_tests[] = {
	{ "limits.stays_below", stays_below },
	{ "limits.comes_back", comes_back },
	{ NULL, NULL },
};
