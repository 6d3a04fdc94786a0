/* SPDX-License-Identifier: MIT */
/*
 * The serial line as a device: bytes out, bytes in. Above it sits the terminal
 * (src/task/tty.h), which knows about lines and readers.
 *
 * Output is buffered in a ring that the transmit interrupt drains; when it is
 * full the writer pushes bytes out by polling, so nothing is ever lost. Before
 * a driver has registered, bytes go to the early UART, if boot found one.
 */
#pragma once

#include "core/cpu.h"

struct uart {
	const char *name;
	/* Polled, called with the console's lock held and IRQs off. */
	bool (*tx_ready)(struct uart *u);
	void (*tx)(struct uart *u, u8 byte);
	/* Interrupt on "room to send" on or off. */
	void (*tx_irq)(struct uart *u, bool on);
	/* A received byte, or -EAGAIN. Adds to *overruns and *errors. */
	int (*rx)(struct uart *u);
	void (*rx_irq)(struct uart *u, bool on);
	u64 overruns; /* bytes the hardware dropped */
	u64 errors;   /* framing, parity, break */
	u64 rx_bytes, tx_bytes;
};

void console_register(struct uart *u);
struct uart *console_uart(void);
/* Write bytes, '\n' as CR LF. Any context. */
void console_write(const char *s, size_t n);
void console_printf(const char *fmt, ...) __printf(1, 2);
/*
 * fn gets all output from now on as well; first, what the log has so far. It is called with
 * the console's lock held and IRQs off; in a panic without lock. At boot, once.
 */
void console_set_mirror(void (*fn)(const char *s, size_t n));
/* From the driver's interrupt handler: move bytes both ways. */
void console_interrupt(struct uart *u);
/* Who takes received bytes: called with IRQs off, console lock not held.
 * Returns false if it has no room: then the receive interrupt is turned off
 * until console_rx_resume(). */
void console_set_rx(bool (*fn)(u8 byte));
void console_rx_resume(void);
/* Wait until all that was written has left. */
void console_flush(void);
/* Panic: no locks from here on, polled only. */
void console_force_polled(void);
