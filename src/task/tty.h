/* SPDX-License-Identifier: MIT */
/*
 * The terminal: the one serial line, shared by the shell's editor, its commands,
 * programs and the log.
 *
 * One owner of the line being typed. While the shell edits (tty_edit_begin ..
 * tty_edit_end) nobody else writes to the device: log lines wait in the log,
 * output of programs waits in a ring (writers sleep when it is full), and the
 * shell is woken: its tty_getc returns -EAGAIN, whereupon it hides its line,
 * calls tty_flush_pending(), and shows the line again. At other times output
 * goes straight out.
 */
#pragma once

#include "kernel/types.h"

void tty_init(void);

/* ---- for the shell (its thread only) ---- */
/* The next raw byte: 0..255, -ETIMEDOUT, -EAGAIN (while editing: others have
 * something to print), -EINTR (not editing: Ctrl-C was pressed; the flag of
 * tty_take_interrupt stays set). timeout_ns is relative; ~0: none. */
int tty_getc(u64 timeout_ns);
/* While editing every byte, Ctrl-C included, goes to tty_getc. Otherwise Ctrl-C
 * discards typed-ahead input and sets the interrupt flag. */
void tty_edit_begin(void);
void tty_edit_end(void);
/* Print what waits: always ends at column 0. */
void tty_flush_pending(void);
/* Was Ctrl-C pressed since the last call? */
bool tty_take_interrupt(void);
/* Sleep until Ctrl-C or until cond (polled at every wake-up): see shell's job
 * waiting. Wakes everyone in tty_getc / tty_read too. */
void tty_wake(void);
struct wait_queue *tty_wait_queue(void); /* woken by input and Ctrl-C */
bool tty_interrupted(void); /* the flag, not taken */
/* Column of the cursor as far as plain output tells; 0: at the start. */
unsigned int tty_column(void);

/* ---- output ---- */
/* The shell's own output, and kernel messages: at once. Any context. */
void tty_write(const char *s, size_t n);

/* ---- for programs (system calls); buf is kernel memory ---- */
/* A line of input, edited (Backspace, Ctrl-U, Ctrl-D), for the foreground
 * process: bytes, 0 at end of input, -EIO (not in the foreground), -EINTR. */
s64 tty_read_line(char *buf, size_t size, bool (*foreground)(void));
/* What has been typed, as tty_mode() says it is to be read: bytes, at least one, or 0 after
 * the timeout; -EIO, -EINTR. */
s64 tty_read_raw(char *buf, size_t size, bool (*foreground)(void));
/* Set TERMINAL_*, until process `pid` ends: the mode before, -EINVAL, or -EIO (not in the
 * foreground, or the shell edits). */
s64 tty_set_mode(u64 mode, u32 pid, bool (*foreground)(void));
u32 tty_mode(void);
void tty_process_ended(u32 pid);
/* Program output. Bytes written, or -EINTR. */
s64 tty_program_write(const char *s, size_t n);
void tty_set_echo(bool on); /* off in script mode */

struct tty_stats {
	const char *device;
	u64 rx_bytes, tx_bytes;
	u64 overruns;	/* lost in the hardware */
	u64 line_errors;
	u32 input_queued;
};
void tty_get_stats(struct tty_stats *out);

/* ---- between tty.c and tty_input.c ---- */
void tty_input_init(void);
bool tty_editing(void);
/* While the shell edits: have others something to print? */
bool tty_others_wait(void);
/* At once, whoever edits. */
void tty_write_now(const char *s, size_t n);
/* Log lines wait while a line is half typed; unless the shell decides about them. */
void tty_hold_log(bool hold);
