/* SPDX-License-Identifier: MIT */
/* What the command lines of our programs have in common; see lodger.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lodger.h"

static const char *program_name(void)
{
	char **argv = (char **)(uintptr_t)lodger_info->argv;

	return lodger_info->argc ? argv[0] : "?";
}

void lodger_help(int argc, char **argv, const char *usage)
{
	if (argc < 2 ||
	    (strcmp(argv[1], "-h") != 0 && strcmp(argv[1], "--help") != 0))
		return;
	printf("usage: %s\n", usage);
	exit(EXIT_OK);
}

void lodger_usage(const char *usage)
{
	fprintf(stderr, "usage: %s\n", usage);
	exit(EXIT_USAGE);
}

unsigned long lodger_number(const char *what, const char *text,
			    unsigned long min, unsigned long max)
{
	unsigned long value = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(value, 10UL, &value) ||
		    __builtin_add_overflow(value, (unsigned long)(*p - '0'),
					   &value))
			break;
	}
	if (p == text || *p || value < min || value > max) {
		fprintf(stderr,
			"%s: %s must be a number from %lu to %lu, not '%s'\n",
			program_name(), what, min, max, text);
		exit(EXIT_USAGE);
	}
	return value;
}

void lodger_die(const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", program_name());
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(EXIT_ERROR);
}

const char *lodger_strerror(int err)
{
	static const struct {
		short err;
		const char *text;
	} texts[] = {
		{ EPERM, "the handle does not allow that" },
		{ ENOENT, "no such file" },
		{ ENODEV, "no such device" },
		{ ENFILE, "too many files are open" },
		{ ENOTCONN, "not connected" },
		{ ESRCH, "no such process" },
		{ EINTR, "broken off" },
		{ EIO, "the device or the terminal refused" },
		{ E2BIG, "arguments too long" },
		{ ENOEXEC, "not a program that can be run here" },
		{ EBADF, "no such handle, or of another kind" },
		{ EAGAIN, "not now: try again" },
		{ ENOMEM, "out of memory" },
		{ EACCES, "not permitted" },
		{ EFAULT, "bad address" },
		{ EBUSY, "in use" },
		{ EEXIST, "there already" },
		{ EINVAL, "wrong argument" },
		{ EMFILE, "no handle left" },
		{ ENOSPC, "no room" },
		{ ENOSYS, "no such system call" },
		{ EPIPE, "the other side is gone" },
		{ ETIMEDOUT, "timed out" },
		{ EILSEQ, "malformed or damaged" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].err == err)
			return texts[i].text;
	return "unknown error";
}
