/* SPDX-License-Identifier: MIT */
/*
 * The mini-UART of the AUX block (BCM2711 ARM Peripherals, chapter 2.2): what a
 * Pi 4 has on its header pins unless an overlay says otherwise. Its baud rate hangs
 * on the core clock: what the firmware or U-Boot set up is kept; if nobody enabled the
 * device, it is set up for the clock that the firmware names.
 */
#include "core/console.h"
#include "core/irq.h"
#include "core/log.h"
#include "drivers/drivers.h"
#include "drivers/gpio.h"
#include "drivers/mailbox.h"
#include "drivers/mmio.h"
#include "kernel/errno.h"
#include "mm/kmap.h"

/* The AUX block begins 0x40 before the node's registers. */
#define AUX_ENABLES 0x04
#define AUX_MU_IO 0x40
#define AUX_MU_IER 0x44
#define IER_RX (1 << 0)
#define IER_TX (1 << 1)
#define IER_ALWAYS (3 << 2) /* "must be set to receive interrupts" */
#define AUX_MU_IIR 0x48
#define IIR_CLEAR_FIFOS 6
#define AUX_MU_LCR 0x4c
#define LCR_8BIT 3
#define AUX_MU_LSR 0x54
#define LSR_RX_READY (1 << 0)
#define LSR_OVERRUN (1 << 1)
#define LSR_TX_READY (1 << 5)
#define AUX_MU_CNTL 0x60
#define AUX_MU_BAUD 0x68 /* 16 bits: clock / (8 * baud) - 1 (2.2.1) */
#define BAUD 115200
#define CLOCK_GUESS 500000000 /* a Pi 4's, if the firmware does not say */

struct mini_uart {
	struct uart uart;
	void __iomem *aux;
	u32 ier; /* [console_lock] shadow of AUX_MU_IER */
};

static struct mini_uart *to_mini(struct uart *u)
{
	return container_of(u, struct mini_uart, uart);
}

static bool mini_tx_ready(struct uart *u)
{
	return mmio_read(to_mini(u)->aux, AUX_MU_LSR) & LSR_TX_READY;
}

static void mini_tx(struct uart *u, u8 byte)
{
	mmio_write(to_mini(u)->aux, AUX_MU_IO, byte);
}

static void set_ier(struct mini_uart *m, u32 bits, bool on)
{
	m->ier = on ? m->ier | bits : m->ier & ~bits;
	mmio_write(m->aux, AUX_MU_IER, m->ier ? m->ier | IER_ALWAYS : 0);
}

static void mini_tx_irq(struct uart *u, bool on)
{
	set_ier(to_mini(u), IER_TX, on);
}

static void mini_rx_irq(struct uart *u, bool on)
{
	set_ier(to_mini(u), IER_RX, on);
}

static int mini_rx(struct uart *u)
{
	u32 lsr = mmio_read(to_mini(u)->aux, AUX_MU_LSR);

	if (lsr & LSR_OVERRUN)
		u->overruns++;
	if (!(lsr & LSR_RX_READY))
		return -EAGAIN;
	return (int)(mmio_read(to_mini(u)->aux, AUX_MU_IO) & 0xff);
}

static void mini_irq(void *arg)
{
	console_interrupt(arg);
}

static void set_up(struct mini_uart *m)
{
	u32 hz = mailbox_clock_hz(CLOCK_CORE), clock = hz ? hz : CLOCK_GUESS;

	mmio_write(m->aux, AUX_ENABLES, mmio_read(m->aux, AUX_ENABLES) | 1);
	mmio_write(m->aux, AUX_MU_LCR, LCR_8BIT);
	mmio_write(m->aux, AUX_MU_BAUD, (clock + 4 * BAUD) / (8 * BAUD) - 1);
	log_info("mini-uart: set to %u baud, clock %u Hz%s", BAUD, clock,
		 hz ? "" : " (assumed)");
}

int mini_uart_probe(const struct fdt *f, fdt_node node)
{
	static struct mini_uart mini = {
		.uart = {
			.name = "mini-UART",
			.tx_ready = mini_tx_ready,
			.tx = mini_tx,
			.tx_irq = mini_tx_irq,
			.rx = mini_rx,
			.rx_irq = mini_rx_irq,
		},
	};
	struct mini_uart *m = &mini;
	u64 base, size;
	int irq, err;

	err = fdt_reg(f, node, 0, &base, &size);
	if (err)
		return err;
	m->aux = ioremap(base & PAGE_MASK, 0x1000);
	if (!m->aux)
		return -ENOMEM;
	if (!(mmio_read(m->aux, AUX_ENABLES) & 1))
		set_up(m);
	gpio_serial_pins(f, GPIO_ALT5);
	mmio_write(m->aux, AUX_MU_IER, 0);
	mmio_write(m->aux, AUX_MU_IIR, IIR_CLEAR_FIFOS);
	mmio_write(m->aux, AUX_MU_CNTL, 3); /* receive and send */
	console_register(&m->uart);

	irq = irq_of_node(f, node, 0);
	err = irq < 0 ? irq : irq_request((u32)irq, "mini-uart", mini_irq, &m->uart);
	if (err)
		log_err("mini-uart: no interrupt (%d): output only", err);
	else
		log_info("console: mini-UART at 0x%llx, line %d",
			 (unsigned long long)base, irq);
	return 0;
}
