/* SPDX-License-Identifier: MIT */
/*
 * What the terminal hands to a program that reads bytes: each read is a line of hex, until
 * q. Without -c Ctrl-C is such a byte; -t gives up after so many tenths of a second; -n
 * reads nothing, to see that three Ctrl-C end even that.
 */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lodger.h"

#define USAGE "keys [-c] [-n] [-t TENTHS]"

int main(int argc, char **argv)
{
	unsigned char bytes[32] = "";
	struct termios t;
	bool reads = true;
	ssize_t n;

	lodger_help(argc, argv, USAGE);
	if (tcgetattr(STDIN_FILENO, &t))
		lodger_die("no terminal");
	cfmakeraw(&t);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-c") == 0) {
			t.c_lflag |= ISIG;
		} else if (strcmp(argv[i], "-n") == 0) {
			reads = false;
		} else if (strcmp(argv[i], "-t") == 0 && i + 1 < argc) {
			t.c_cc[VMIN] = 0;
			t.c_cc[VTIME] = (cc_t)lodger_number("TENTHS", argv[++i], 0, 255);
		} else {
			lodger_usage(USAGE);
		}
	}
	if (tcsetattr(STDIN_FILENO, TCSANOW, &t))
		lodger_die("not in the foreground");
	puts("keys: q ends");
	while (!reads)
		lodger_sleep_ns(NSEC_PER_SEC);
	do {
		n = read(STDIN_FILENO, bytes, sizeof(bytes));
		if (n < 0)
			lodger_die("the terminal is gone");
		printf("keys: %d:", (int)n);
		for (ssize_t i = 0; i < n; i++)
			printf(" %02x", bytes[i]);
		putchar('\n');
	} while (n > 0 && !memchr(bytes, 'q', (size_t)n));
	return EXIT_OK;
}
