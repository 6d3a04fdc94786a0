/* SPDX-License-Identifier: MIT */
/* What a server has to say, as a line on the terminal: "NAME: TEXT". */
#pragma once

#include "services.h"

/* A server that says something has `uses console` as the first line of its manifest. If
 * nobody serves there, it is lost. */
#define HANDLE_CONSOLE (HANDLE_SERVICE + 1)

/* Returns when it is shown, at the latest after two seconds. Too long a text is cut off. */
void lodger_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
