/* SPDX-License-Identifier: MIT */
/*
 * PL011 UART (ARM DDI 0183G). The baud rate that firmware or U-Boot set is kept;
 * if nobody did, boot/head.S took a guess for the clock, and it is corrected here when
 * the firmware names another.
 */
#include "core/console.h"
#include "core/irq.h"
#include "core/log.h"
#include "drivers/drivers.h"
#include "drivers/gpio.h"
#include "drivers/mailbox.h"
#include "drivers/mmio.h"
#include "drivers/pl011_regs.h"
#include "kernel/errno.h"
#include "mm/kmap.h"

#define BAUD 115200
#define CLOCK_GUESS 48000000 /* boot/head.S */

struct pl011 {
	struct uart uart;
	void __iomem *base;
	u32 imsc; /* [console_lock] shadow of UARTIMSC */
};

static struct pl011 *to_pl011(struct uart *u)
{
	return container_of(u, struct pl011, uart);
}

static bool pl011_tx_ready(struct uart *u)
{
	return !(mmio_read(to_pl011(u)->base, UARTFR) & FR_TXFF);
}

static void pl011_tx(struct uart *u, u8 byte)
{
	mmio_write(to_pl011(u)->base, UARTDR, byte);
}

static void set_mask(struct pl011 *p, u32 bits, bool on)
{
	p->imsc = on ? p->imsc | bits : p->imsc & ~bits;
	mmio_write(p->base, UARTIMSC, p->imsc);
}

static void pl011_tx_irq(struct uart *u, bool on)
{
	set_mask(to_pl011(u), INT_TX, on);
}

static void pl011_rx_irq(struct uart *u, bool on)
{
	set_mask(to_pl011(u), INT_RX | INT_RT, on);
}

static int pl011_rx(struct uart *u)
{
	struct pl011 *p = to_pl011(u);
	u32 v;

	if (mmio_read(p->base, UARTFR) & FR_RXFE)
		return -EAGAIN;
	v = mmio_read(p->base, UARTDR);
	if (v & DR_OE)
		u->overruns++;
	if (v & DR_ERRORS)
		u->errors++;
	return (int)(v & 0xff);
}

static void pl011_irq(void *arg)
{
	struct pl011 *p = arg;

	/* Only what is unmasked: a receive interrupt that is turned off (the
	 * reader drains the device itself then) must be there when it is turned
	 * on again, since a FIFO above its level does not raise another. */
	mmio_write(p->base, UARTICR, mmio_read(p->base, UARTMIS));
	console_interrupt(&p->uart);
}

static void check_baud(struct pl011 *p)
{
	u32 now = mmio_read(p->base, UARTIBRD) << 6 | mmio_read(p->base, UARTFBRD);
	u32 hz = mailbox_clock_hz(CLOCK_UART);

	if (!hz || !now)
		return;
	if (now == pl011_divisor(CLOCK_GUESS, BAUD) && now != pl011_divisor(hz, BAUD)) {
		now = pl011_divisor(hz, BAUD);
		mmio_write(p->base, UARTIBRD, now >> 6);
		mmio_write(p->base, UARTFBRD, now & 0x3f);
	}
	log_info("pl011: %llu baud, clock %u Hz", (unsigned long long)hz * 4 / now, hz);
}

int pl011_probe(const struct fdt *f, fdt_node node)
{
	static struct pl011 pl011 = {
		.uart = {
			.name = "PL011",
			.tx_ready = pl011_tx_ready,
			.tx = pl011_tx,
			.tx_irq = pl011_tx_irq,
			.rx = pl011_rx,
			.rx_irq = pl011_rx_irq,
		},
	};
	struct pl011 *p = &pl011;
	u64 base, size;
	int irq, err;

	err = fdt_reg(f, node, 0, &base, &size);
	if (err)
		return err;
	p->base = ioremap(base, 0x1000);
	if (!p->base)
		return -ENOMEM;
	mmio_write(p->base, UARTIMSC, 0);
	gpio_serial_pins(f, GPIO_ALT0);
	check_baud(p);
	mmio_write(p->base, UARTLCR_H, LCR_WLEN8 | LCR_FEN);
	mmio_write(p->base, UARTIFLS, 0x2 << 3 | 0); /* rx at 1/8: early */
	mmio_write(p->base, UARTCR, CR_UARTEN | CR_TXE | CR_RXE);
	mmio_write(p->base, UARTICR, INT_ALL);
	console_register(&p->uart);

	irq = irq_of_node(f, node, 0);
	err = irq < 0 ? irq : irq_request((u32)irq, "pl011", pl011_irq, p);
	if (err)
		log_err("pl011: no interrupt (%d): output only", err);
	else
		log_info("console: PL011 at 0x%llx, line %d",
			 (unsigned long long)base, irq);
	return 0;
}
