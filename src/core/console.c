/* SPDX-License-Identifier: MIT */
/*
 * Bytes to and from the serial line. See console.h for the contract.
 *
 * Locking: console_lock guards the transmit ring and the device's registers on
 * the way out. Received bytes are taken from the device by its interrupt (one
 * CPU), or by a writer that polls for room, both under the lock, into a small
 * staging buffer; they are handed up after the lock is dropped.
 */
#include "core/console.h"
#include "arm64/irqflags.h"
#include "core/build_info.h"
#include "core/early.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "kernel/errno.h"
#include "lib/format.h"
#include "lib/ring.h"
#include "lib/string.h"

#define TX_RING_SIZE 8192

static struct uart *uart; /* set once */
static u8 tx_buf[TX_RING_SIZE];
static struct ring tx_ring; /* [console_lock] */
static bool tx_irq_on;	    /* [console_lock] */
static bool polled;	    /* panic: no locks, no ring */
static bool (*rx_fn)(u8 byte);
static void (*mirror)(const char *s, size_t n); /* [console_lock] set once */
static bool rx_full;	    /* [console_lock] the upper layer had no room: its */
static int rx_kept = -1;    /* reader, in resume, has this byte and the device */
static struct spinlock console_lock = SPINLOCK_INIT(RANK_CONSOLE);

/* Move bytes from the ring to the device while it has room. [console_lock] */
static void tx_push(void)
{
	u8 byte;

	while (ring_count(&tx_ring) > 0 && uart->tx_ready(uart) &&
	       ring_get(&tx_ring, &byte)) {
		uart->tx(uart, byte);
		uart->tx_bytes++;
	}
	if (tx_irq_on != (ring_count(&tx_ring) > 0)) {
		tx_irq_on = !tx_irq_on;
		uart->tx_irq(uart, tx_irq_on);
	}
}

static void put_polled(u8 byte)
{
	if (!uart) {
		early_putc(byte);
		return;
	}
	for (u32 i = 0; i < 1000000 && !uart->tx_ready(uart); i++)
		cpu_yield_hint();
	uart->tx(uart, byte);
	uart->tx_bytes++;
}

static void put(u8 byte)
{
	if (polled || !uart) {
		put_polled(byte);
		return;
	}
	while (!ring_put(&tx_ring, byte)) {
		/* Full: the line is slower than we are. Push by hand. */
		u8 first;

		if (ring_get(&tx_ring, &first))
			put_polled(first);
	}
}

static void write_locked(const char *s, size_t n)
{
	if (mirror)
		mirror(s, n);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			put('\r');
		put((u8)s[i]);
	}
	if (uart && !polled)
		tx_push();
}

void console_write(const char *s, size_t n)
{
	irqflags_t flags;

	if (polled) {
		write_locked(s, n);
		return;
	}
	flags = spin_lock_irqsave(&console_lock);
	write_locked(s, n);
	spin_unlock_irqrestore(&console_lock, flags);
}

void console_printf(const char *fmt, ...)
{
	char buf[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = fmt_vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	console_write(buf, MIN((size_t)n, sizeof(buf) - 1));
}

void console_register(struct uart *u)
{
	irqflags_t flags = spin_lock_irqsave(&console_lock);

	ring_init(&tx_ring, tx_buf, sizeof(tx_buf));
	uart = u;
	spin_unlock_irqrestore(&console_lock, flags);
}

void console_set_mirror(void (*fn)(const char *s, size_t n))
{
	enum log_level level;
	irqflags_t flags;
	char buf[192];
	u64 seq = 0;
	int n;

	fn(banner_text, strlen(banner_text));
	while ((n = log_read(&seq, &level, buf, sizeof(buf) - 1)) >= 0) {
		if (level > log_console_level)
			continue;
		fn("\n", 1);
		fn(buf, (size_t)n);
	}
	fn("\n", 1);
	flags = spin_lock_irqsave(&console_lock);
	mirror = fn;
	spin_unlock_irqrestore(&console_lock, flags);
}

struct uart *console_uart(void)
{
	return uart;
}

void console_set_rx(bool (*fn)(u8 byte))
{
	rx_fn = fn;
	if (uart)
		uart->rx_irq(uart, true);
}

static int rx_next(struct uart *u)
{
	irqflags_t flags = spin_lock_irqsave(&console_lock);
	int c = u->rx(u);

	if (c >= 0)
		u->rx_bytes++;
	spin_unlock_irqrestore(&console_lock, flags);
	return c;
}

/* Hand received bytes up until there are none or no room. True: no room. */
static bool rx_drain(struct uart *u)
{
	int c;

	while ((c = rx_next(u)) >= 0) {
		if (!rx_fn || rx_fn((u8)c))
			continue;
		rx_kept = c;
		return true;
	}
	return false;
}

/*
 * Nothing is dropped when there is no room: the receive interrupt is turned off
 * and one byte kept; the device's FIFO fills up, then its sender, if it has flow
 * control, waits; if not, the device counts the loss.
 */
void console_interrupt(struct uart *u)
{
	irqflags_t flags;
	bool full = !smp_load_acquire(&rx_full) && rx_drain(u); /* [RXFULL-2] */

	flags = spin_lock_irqsave(&console_lock);
	if (full) {
		u->rx_irq(u, false);
		smp_store_release(&rx_full, true); /* behind rx_kept [RXFULL-1] */
	}
	tx_push();
	spin_unlock_irqrestore(&console_lock, flags);
}

void console_rx_resume(void)
{
	irqflags_t flags;

	if (!smp_load_acquire(&rx_full)) /* [RXFULL-1] */
		return;
	/*
	 * The receive interrupt is off and only the reader comes here: nobody
	 * else hands bytes up. The device is drained before its interrupt is
	 * turned on, because a FIFO that is above its level already does not
	 * raise one; what comes in between does.
	 */
	flags = local_irq_save();
	if (rx_kept >= 0 && rx_fn((u8)rx_kept))
		rx_kept = -1;
	if (rx_kept < 0 && !rx_drain(uart)) {
		raw_spin_lock(&console_lock);
		smp_store_release(&rx_full, false); /* [RXFULL-2] */
		uart->rx_irq(uart, true);
		raw_spin_unlock(&console_lock);
	}
	local_irq_restore(flags);
}

void console_flush(void)
{
	irqflags_t flags;
	u8 byte;

	if (!uart || polled) /* polled: nothing is kept; and a panic takes no lock */
		return;
	flags = spin_lock_irqsave(&console_lock);
	while (ring_get(&tx_ring, &byte))
		put_polled(byte);
	spin_unlock_irqrestore(&console_lock, flags);
}

void console_force_polled(void)
{
	u8 byte;

	polled = true;
	while (uart && ring_get(&tx_ring, &byte))
		put_polled(byte);
}
