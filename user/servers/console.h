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
 * There is no request to read. What is typed belongs to the program in the foreground, which
 * has the terminal itself; the kernel lets nobody else read it (docs/abi.md), and a server,
 * which never is in the foreground, would take lines from the program that waits for them.
 */
#pragma once

#define CONSOLE_WRITE 1

#define CONSOLE_TEXT_MAX 48
#define CONSOLE_LINE_MAX 160
#define CONSOLE_CLIENTS_MAX 16
#define CONSOLE_SILENCE_NS 200000000UL
