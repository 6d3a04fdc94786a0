/* SPDX-License-Identifier: MIT */
/* read and write: what they refuse before they do anything. */
#include "usertests.h"

/*
 * Fails when a pointer is followed that is not the caller's to read or write.
 * A read into a hole is not tried: it may first wait for a line to be typed.
 */
static void bad_pointers(const char *part)
{
	struct bad_range bad[BAD_RANGES];

	(void)part;
	test_bad_ranges(bad);
	for (int i = 0; i < BAD_RANGES; i++) {
		const void *p = (const void *)(uintptr_t)bad[i].addr;
		long w = sys_write(HANDLE_TERMINAL, p, bad[i].len);
		long r = bad[i].outside ?
				 sys_read(HANDLE_TERMINAL, (void *)(uintptr_t)bad[i].addr,
					  bad[i].len) : -EFAULT;

		if (w != -EFAULT)
			test_fail(__FILE__, __LINE__, "write from %s: %ld",
				  bad[i].what, w);
		if (r != -EFAULT)
			test_fail(__FILE__, __LINE__, "read to %s: %ld",
				  bad[i].what, r);
	}
}

/* Fails when a length is believed that reaches out of what programs have. */
static void bad_lengths(const char *part)
{
	static const uint64_t lengths[] = {
		UINT64_MAX, UINT64_MAX / 2 + 1, LODGER_VA_END, 1ULL << 32,
	};
	char byte = ' ';

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		long w, r;

		if (!sayable(lengths[i]))
			continue;
		w = sys_write(HANDLE_TERMINAL, &byte, lengths[i]);
		r = sys_read(HANDLE_TERMINAL, &byte, lengths[i]);
		CHECK(w == -EINVAL || w == -EFAULT);
		CHECK(r == -EINVAL || r == -EFAULT);
	}
}

/* Fails when nothing is something: no bytes, no error, no waiting. */
static void no_bytes(const char *part)
{
	char byte = ' ';

	(void)part;
	CHECK_EQ(sys_write(HANDLE_TERMINAL, &byte, 0), 0);
	CHECK_EQ(sys_read(HANDLE_TERMINAL, &byte, 0), 0);
}

/* Fails when fopen, fgets, fseek or fstat misread the archive. */
static void files(const char *part)
{
	struct lodger_file f;
	char line[100];
	FILE *file;
	size_t n;

	(void)part;
	CHECK_EQ(lodger_file_find("readme", &f), 0);
	file = fopen("readme", "r");
	CHECK(file != NULL);
	CHECK(fgets(line, sizeof(line), file) == line);
	n = strlen(line);
	CHECK(n > 1 && line[n - 1] == '\n');
	CHECK(memcmp(line, f.data, n) == 0);
	CHECK_EQ(fseek(file, -5, SEEK_END), 0);
	CHECK_EQ(fread(line, 1, sizeof(line), file), 5);
	CHECK(memcmp(line, f.data + f.size - 5, 5) == 0);
	CHECK_EQ(fgetc(file), EOF);
	CHECK_EQ(fclose(file), 0);
	errno = 0;
	CHECK(fopen("no such file", "r") == NULL);
	CHECK_EQ(errno, ENOENT);
	CHECK(fopen("readme", "w") == NULL);
}

const struct test io_tests[] = {
	{ "io.bad_pointers", bad_pointers },
	{ "io.bad_lengths", bad_lengths },
	{ "io.no_bytes", no_bytes },
	{ "io.files", files },
	{ NULL, NULL },
};
