/* SPDX-License-Identifier: MIT */
/* See log.h. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "console.h"

#define SHOWN_NS (2 * NSEC_PER_SEC)

static long send(const char *text, size_t bytes)
{
	struct ipc_message m = { { CONSOLE_WRITE, bytes }, 0, 0, 0 };

	memcpy(&m.word[2], text, bytes);
	return sys_ipc(SYS_ipc_call, HANDLE_CONSOLE, &m, SHOWN_NS);
}

void lodger_log(const char *format, ...)
{
	char **argv = (char **)(uintptr_t)lodger_info->argv;
	char text[CONSOLE_LINE_MAX];
	va_list ap;
	size_t len;
	long err;

	snprintf(text, sizeof(text), "%s: ", argv[0]);
	len = strlen(text);
	va_start(ap, format);
	vsnprintf(text + len, sizeof(text) - len, format, ap);
	va_end(ap);
	len = strlen(text);
	err = send(text, 0); /* who had our badge before us may have died within a line */
	for (size_t at = 0; at < len && !err; at += CONSOLE_TEXT_MAX)
		err = send(text + at, len - at < CONSOLE_TEXT_MAX ? len - at : CONSOLE_TEXT_MAX);
	if (!err)
		send(text, 0);
}
