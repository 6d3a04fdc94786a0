/* SPDX-License-Identifier: MIT */
/* The serial line, polled: a PL011 on the header's pins. */
#pragma once

#include "kernel/types.h"

#define LINE_BAUD 115200 /* what a line begins with, and what a kernel finds */
#define LINE_FAST 921600

/* Time since some moment in the past. */
u64 now_ns(void);

/* Pins, baud rate, FIFOs. Once. */
void line_init(void);
/* Once all that was put is out, another rate: one of the two. */
void line_set_baud(u32 baud);
/* Waits for room, a while at most. */
void line_put(u8 byte);
void line_text(const char *text);
/* Wait until all that was put is out, a while at most. */
void line_drain(void);
/* The next byte, or -EAGAIN: none has come for so long. */
int line_get(u64 wait_ns);
