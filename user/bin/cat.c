/* SPDX-License-Identifier: MIT */
/*
 * Copies files of the archive to the terminal; without a name, what is typed,
 * until the end of input (Ctrl-D).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lodger.h"

/* 0 or -errno */
static int copy(int from)
{
	char buf[512];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		for (ssize_t done = 0; done < n;) {
			ssize_t m = write(STDOUT_FILENO, buf + done,
					  (size_t)(n - done));

			if (m < 0)
				return -errno;
			done += m;
		}
	}
	return n < 0 ? -errno : 0;
}

static int cat(const char *name)
{
	int fd = open(name, O_RDONLY);
	int ret;

	if (fd < 0)
		return -errno;
	ret = copy(fd);
	close(fd);
	return ret;
}

int main(int argc, char **argv)
{
	int status = EXIT_OK;

	lodger_help(argc, argv, "cat [file...]  (no file: the terminal)");
	if (argc == 1) {
		int ret = copy(STDIN_FILENO);

		if (ret)
			lodger_die("%s", lodger_strerror(-ret));
	}
	for (int i = 1; i < argc; i++) {
		int ret = cat(argv[i]);

		if (!ret)
			continue;
		fprintf(stderr, "cat: %s: %s\n", argv[i],
			lodger_strerror(-ret));
		status = EXIT_ERROR;
	}
	return status;
}
