/* SPDX-License-Identifier: MIT */
/*
 * How the server of the terminal is asked. In each reply word 0 is 0 or -errno.
 *
 *	CONSOLE_WRITE	word 1 bytes, words 2..7 the text. A newline ends the line, and so do 0
 *			bytes. -EINVAL: more than CONSOLE_TEXT_MAX
 *
 * Lines are put together for each client, known by its badge, and shown when they end: so
 * those of several clients do not mix. A line also ends when its client has been silent for
 * CONSOLE_SILENCE_NS, when it is CONSOLE_LINE_MAX bytes long, or when CONSOLE_CLIENTS_MAX
 * others have begun theirs later. Control characters are shown as '?', but for tabs.
 *
 *	CONSOLE_READ	-> 1 bytes, 2..7 what was typed, with a newline at the end of the line; the
 *			rest of a longer line is the next read's. 0 bytes: end of input. What
 *			the client has written of a line is shown first, as the question.
 *			-EIO: not in the foreground; -EINTR: Ctrl-C; -EBUSY: somebody reads
 *
 * What is typed belongs to the program in the foreground. A server that owes it a reply acts
 * for it, and so may read (docs/abi.md): it cannot take lines from anybody else.
 */
#pragma once

#define CONSOLE_WRITE 1
#define CONSOLE_READ 2

#define CONSOLE_TEXT_MAX 48
#define CONSOLE_LINE_MAX 160
#define CONSOLE_CLIENTS_MAX 16
#define CONSOLE_SILENCE_NS 200000000UL
