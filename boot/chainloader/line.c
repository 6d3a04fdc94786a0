/* SPDX-License-Identifier: MIT */
/*
 * See line.h. Peripherals lie at 0xfe000000 beside a Cortex-A72, else at 0x3f000000
 * (BCM2711 and BCM2837 ARM Peripherals, 1.2): there is no time to read a device tree,
 * and the same is done in boot/head.S. The UART's clock is not asked for: the card says
 * init_uart_clock=48000000.
 */
#include "boot/chainloader/line.h"
#include "arm64/sysreg.h"
#include "drivers/gpio.h"
#include "drivers/mmio.h"
#include "drivers/pl011_regs.h"
#include "kernel/errno.h"

#define PL011 0x201000
#define GPFSEL1 0x200004 /* GPIO10 to 19, three bits each */
#define FSEL_MASK 7
#define TXD 14
#define RXD 15

#define CLOCK_HZ 48000000
#define ROOM_NS (50 * NSEC_PER_MSEC) /* a FIFO of 32 bytes takes 3 */

static void __iomem *uart;

u64 now_ns(void)
{
	u64 ticks = read_sysreg(cntvct_el0), hz = read_sysreg(cntfrq_el0);

	return ticks / hz * NSEC_PER_SEC + ticks % hz * NSEC_PER_SEC / hz;
}

static void wait_clear(u32 flags)
{
	u64 end_ns = now_ns() + ROOM_NS;

	while ((mmio_read(uart, UARTFR) & flags) && now_ns() < end_ns)
		;
}

void line_put(u8 byte)
{
	wait_clear(FR_TXFF);
	mmio_write(uart, UARTDR, byte);
}

void line_text(const char *text)
{
	while (*text)
		line_put((u8)*text++);
}

void line_drain(void)
{
	wait_clear(FR_BUSY);
}

int line_get(u64 wait_ns)
{
	u64 end_ns = 0;

	while (mmio_read(uart, UARTFR) & FR_RXFE) {
		if (!end_ns)
			end_ns = now_ns() + wait_ns;
		else if (now_ns() >= end_ns)
			return -EAGAIN;
	}
	return (int)(mmio_read(uart, UARTDR) & 0xff);
}

void line_set_baud(u32 baud)
{
	/* 16 bits and a fraction of 6 (3.3.6): clock / (16 * baud), rounded. */
	u32 divisor = (CLOCK_HZ * 4u + baud / 2) / baud;

	line_drain();
	mmio_write(uart, UARTCR, 0);
	mmio_write(uart, UARTIBRD, divisor >> 6);
	mmio_write(uart, UARTFBRD, divisor & 0x3f);
	mmio_write(uart, UARTLCR_H, LCR_WLEN8 | LCR_FEN);
	mmio_write(uart, UARTCR, CR_UARTEN | CR_TXE | CR_RXE);
}

void line_init(void)
{
	bool a72 = MIDR_PART(read_sysreg(midr_el1)) == MIDR_PART_CORTEX_A72;
	uintptr_t peripherals = a72 ? 0xfe000000 : 0x3f000000;
	void __iomem *base = (void __iomem *)peripherals;
	u32 pins = mmio_read(base, GPFSEL1);

	pins &= ~(FSEL_MASK << TXD % 10 * 3 | FSEL_MASK << RXD % 10 * 3);
	pins |= GPIO_ALT0 << TXD % 10 * 3 | GPIO_ALT0 << RXD % 10 * 3;
	mmio_write(base, GPFSEL1, pins);
	uart = (void __iomem *)(peripherals + PL011);
	mmio_write(uart, UARTIMSC, 0);
	line_set_baud(LINE_BAUD);
}
