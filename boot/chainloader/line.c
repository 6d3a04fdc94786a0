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
#define GPIO 0x200000

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
	u32 divisor = pl011_divisor(CLOCK_HZ, baud);

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
	void __iomem *gpio = (void __iomem *)(peripherals + GPIO);

	mmio_write(gpio, GPFSEL1, gpio_serial_fsel(mmio_read(gpio, GPFSEL1), GPIO_ALT0));
	uart = (void __iomem *)(peripherals + PL011);
	mmio_write(uart, UARTIMSC, 0);
	line_set_baud(LINE_BAUD);
}
