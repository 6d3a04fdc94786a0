/* SPDX-License-Identifier: MIT */
/* The registers of the PL011 UART (ARM DDI 0183G, chapter 3). */
#pragma once

#include "kernel/types.h"

#define UARTDR 0x00
#define DR_ERRORS 0x700 /* break, parity, framing */
#define DR_OE 0x800
#define UARTFR 0x18
#define FR_BUSY (1 << 3)
#define FR_RXFE (1 << 4)
#define FR_TXFF (1 << 5)
/* The divisor of the clock, 16 bits and a fraction of 6 (3.3.6): clock / (16 * baud). */
#define UARTIBRD 0x24
#define UARTFBRD 0x28
#define UARTLCR_H 0x2c
#define LCR_FEN (1 << 4)
#define LCR_WLEN8 (3 << 5)
#define UARTCR 0x30
#define CR_UARTEN (1 << 0)
#define CR_TXE (1 << 8)
#define CR_RXE (1 << 9)
#define UARTIFLS 0x34
#define UARTIMSC 0x38
#define INT_RX (1 << 4)
#define INT_TX (1 << 5)
#define INT_RT (1 << 6)
#define UARTMIS 0x40
#define UARTICR 0x44
#define INT_ALL 0x7ff

/* Rounded: UARTIBRD << 6 | UARTFBRD. */
static inline u32 pl011_divisor(u32 clock_hz, u32 baud)
{
	return (u32)(((u64)clock_hz * 4 + baud / 2) / baud);
}
