/* SPDX-License-Identifier: MIT */
/*
 * The kernel's log: a ring of lines with time and level, which `dmesg` shows.
 * Lines of the console's level and above are printed too: at once, or, while
 * someone types at the prompt, by the shell between two of its own (tty.h).
 * Any context, any lock held except the log's and console's own.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

enum log_level { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };

extern u32 log_console_level; /* print this and what is graver */

void log_printf(enum log_level level, const char *fmt, ...) __printf(2, 3);
#define log_err(...) log_printf(LOG_ERR, __VA_ARGS__)
#define log_warn(...) log_printf(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_printf(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_printf(LOG_DEBUG, __VA_ARGS__)

/*
 * Read the line numbered *seq (0: the oldest kept) into buf, as text with its
 * time; *seq becomes the number of the next one. Returns its length, or -ENOENT.
 */
int log_read(u64 *seq, enum log_level *level, char *buf, size_t size);
/* While held, lines are kept back from the console; letting go prints them. */
void log_hold(bool hold);
/* Is there a line that the console has not seen and should? */
bool log_has_pending(void);
/* Print what is kept back, now. */
void log_flush(void);
/* Panic: print the rest, whoever holds what. All other CPUs are stopped. */
void log_force(void);
/* Lines overwritten before anyone printed them to the console. */
extern u64 log_lost;
