/* SPDX-License-Identifier: MIT */
/*
 * stdin, stdout and stderr: one terminal.
 *
 * Output is gathered into lines, and the line under construction belongs to
 * the thread that writes it. So threads share no lock here, a line is one
 * system call, and two threads never mix letters (a line longer than LINE_MAX
 * goes out in pieces). stderr is the same stream as stdout: there is one
 * terminal, and messages appear in the order in which they were written.
 *
 * Input is gathered for the whole process under a lock. A program that mixes
 * stdio on stdin with read(0) loses the order of the two, as everywhere.
 */
#include <stdio-bufio.h>
#include <stdio.h>

#include "private.h"
#include "syscall.h"

#define LINE_MAX 160
#define INPUT_MAX 256

static _Thread_local struct {
	unsigned int len;
	char text[LINE_MAX];
} line;

static struct lodger_lock input_lock;
static char input[INPUT_MAX];		     /* [input_lock] */
static unsigned int input_next, input_count; /* [input_lock] */

int lodger_terminal_flush(void)
{
	unsigned int done = 0;

	while (done < line.len) {
		long n = sys_write(HANDLE_TERMINAL, line.text + done,
				   line.len - done);

		if (n < 0) {
			line.len = 0;
			return (int)n;
		}
		done += (unsigned int)n;
	}
	line.len = 0;
	return 0;
}

static int terminal_put(char c, FILE *stream)
{
	(void)stream;
	line.text[line.len++] = c;
	if (c != '\n' && line.len < LINE_MAX)
		return (unsigned char)c;
	return lodger_terminal_flush() ? EOF : (unsigned char)c;
}

bool lodger_terminal_icrnl;

long lodger_terminal_read(void *buf, size_t len)
{
	char *text = buf;
	long n;

	lodger_terminal_flush(); /* a prompt shows before we wait */
	n = sys_read(HANDLE_TERMINAL, buf, len < IO_MAX ? len : IO_MAX);
	for (long i = 0; i < n && lodger_terminal_icrnl; i++)
		if (text[i] == '\r')
			text[i] = '\n';
	return n;
}

static int terminal_get(FILE *stream)
{
	int c = _FDEV_EOF;

	(void)stream;
	lodger_lock(&input_lock);
	if (input_next == input_count) {
		long n = lodger_terminal_read(input, sizeof(input));

		input_next = 0;
		input_count = n > 0 ? (unsigned int)n : 0;
		if (n < 0)
			c = _FDEV_ERR;
	}
	if (input_next < input_count)
		c = (unsigned char)input[input_next++];
	lodger_unlock(&input_lock);
	return c;
}

static int terminal_flush(FILE *stream)
{
	(void)stream;
	return lodger_terminal_flush() ? EOF : 0;
}

/* Three, so that fileno() can tell them apart; one would do for the rest. */
#define TERMINAL FDEV_SETUP_STREAM(terminal_put, terminal_get, terminal_flush, _FDEV_SETUP_RW)
static FILE streams[3] = { TERMINAL, TERMINAL, TERMINAL };

FILE *const stdin = &streams[0];
FILE *const stdout = &streams[1];
FILE *const stderr = &streams[2];

/* picolibc's knows only the streams that fopen made. */
int fileno(FILE *stream)
{
	if (stream >= streams && stream < streams + 3)
		return (int)(stream - streams);
	if (stream->flags & __SBUF)
		return ((struct __file_bufio *)stream)->fd;
	return lodger_fail(-EBADF);
}
