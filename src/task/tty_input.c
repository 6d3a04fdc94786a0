/* SPDX-License-Identifier: MIT */
/*
 * The terminal's input: the console's interrupt puts bytes into a ring (tty_rx), readers
 * take them (tty_getc, tty_read_line; one at a time: input_mutex). A full ring holds
 * the device back. Ctrl-C is caught at the interrupt while nobody edits; but a program
 * that reads raw gets it, unless it leaves three of them unread.
 */
#include "abi/lodger.h"
#include "core/clock.h"
#include "core/console.h"
#include "core/irq.h"
#include "core/log.h"
#include "kernel/errno.h"
#include "lib/ring.h"
#include "sched/wait.h"
#include "task/tty.h"

#define INPUT_SIZE 16384
#define UNREAD_CTRL_C 3 /* so many end a program in raw mode, too */
#define CTRL_C 0x03
#define CTRL_D 0x04
#define CTRL_U 0x15

static u8 input_buf[INPUT_SIZE];
static struct ring input;	  /* filled by tty_rx, emptied under input_mutex */
static bool interrupt;		  /* [a] Ctrl-C */
static u32 discard_to;		  /* [a] input.head when it came */
static bool echo = true;	  /* [shell] */
static u32 unread_ctrl_c;	  /* [a] since the last byte was taken */
static struct spinlock input_lock = SPINLOCK_INIT(RANK_TTY_INPUT); /* readers */
static struct wait_queue input_queue = WAIT_QUEUE_INIT(input_queue);
static struct mutex input_mutex = MUTEX_INIT(input_mutex);

/* Does Ctrl-C end something, or is it a byte to be read? */
static bool ctrl_c_interrupts(void)
{
	if (tty_editing())
		return false;
	if ((tty_mode() & (TERMINAL_RAW | TERMINAL_SIGNALS)) != TERMINAL_RAW)
		return true;
	return __atomic_add_fetch(&unread_ctrl_c, 1, __ATOMIC_RELAXED) >= UNREAD_CTRL_C;
}

/* From the interrupt: false holds the device back. */
static bool tty_rx(u8 byte)
{
	bool ok = true;

	if (byte == CTRL_C && ctrl_c_interrupts()) {
		WRITE_ONCE(discard_to, input.head);
		smp_store_release(&interrupt, true);
	} else {
		ok = ring_put(&input, byte);
	}
	wait_wake_all(&input_queue);
	return ok;
}

void tty_input_init(void)
{
	ring_init(&input, input_buf, sizeof(input_buf));
	irq_work_set_handler(tty_wake); /* the log has grown */
	console_set_rx(tty_rx);
}

struct wait_queue *tty_wait_queue(void)
{
	return &input_queue;
}

void tty_wake(void)
{
	wait_wake_all(&input_queue);
}

bool tty_interrupted(void)
{
	return READ_ONCE(interrupt);
}

bool tty_take_interrupt(void)
{
	bool was = __atomic_exchange_n(&interrupt, false, __ATOMIC_ACQUIRE);
	irqflags_t flags;
	u8 byte;

	if (!was)
		return false;
	/* What was typed ahead of Ctrl-C was meant for what it ended. */
	flags = spin_lock_irqsave(&input_lock);
	while ((s32)(READ_ONCE(discard_to) - input.tail) > 0 &&
	       ring_get(&input, &byte))
		;
	console_rx_resume();
	spin_unlock_irqrestore(&input_lock, flags);
	return true;
}

/* Readers take bytes one at a time: the shell, or a program's read. */
static int take_byte(void)
{
	irqflags_t flags = spin_lock_irqsave(&input_lock);
	u8 byte;
	int c = ring_get(&input, &byte) ? byte : -EAGAIN;

	WRITE_ONCE(unread_ctrl_c, 0);
	if (c >= 0)
		console_rx_resume();
	spin_unlock_irqrestore(&input_lock, flags);
	return c;
}

/* ---- bytes, for the shell ---- */

/* Anything that ends a wait in tty_getc? */
static bool getc_ready(void)
{
	if (ring_count(&input) > 0)
		return true;
	return tty_editing() ? tty_others_wait() : READ_ONCE(interrupt);
}

int tty_getc(u64 timeout_ns)
{
	int err = wait_event(&input_queue, getc_ready(), clock_deadline_ns(timeout_ns),
			     "input");

	if (err)
		return err;
	if (!tty_editing() && READ_ONCE(interrupt))
		return -EINTR;
	if (tty_editing() && tty_others_wait())
		return -EAGAIN;
	return take_byte();
}

/* ---- lines and raw bytes, for programs ---- */

void tty_set_echo(bool on)
{
	WRITE_ONCE(echo, on);
}

static void echo_bytes(const char *s, size_t n)
{
	if (READ_ONCE(echo))
		tty_write_now(s, n);
}

/* The log comes above the line, which is then shown again. */
static void line_show_log(const char *line, size_t n)
{
	tty_write_now("\n", 1);
	log_flush();
	echo_bytes(line, n);
}

static int read_byte(bool (*foreground)(void), bool for_log, u64 deadline_ns)
{
	int err = wait_event(&input_queue,
			     ring_count(&input) > 0 || tty_editing() ||
				     READ_ONCE(interrupt) || (for_log && log_has_pending()),
			     deadline_ns, "input");

	if (err)
		return err;
	if (READ_ONCE(interrupt)) /* what follows Ctrl-C is the shell's */
		return -EINTR;
	if (tty_editing() || !foreground())
		return -EIO; /* the shell has taken the terminal back */
	return take_byte();
}

s64 tty_read_line(char *buf, size_t size, bool (*foreground)(void))
{
	size_t n = 0;
	int c = 0;

	if (!foreground())
		return -EIO;
	mutex_lock(&input_mutex);
	while (n < size) {
		tty_hold_log(n > 0);
		c = read_byte(foreground, true, WAIT_FOREVER_NS);
		if (c == -EAGAIN) {
			if (log_has_pending())
				line_show_log(buf, n);
			continue;
		}
		if (c < 0 || c == CTRL_D)
			break;
		if (c == '\r')
			c = '\n';
		if (c == '\b' || c == 0x7f) {
			if (n > 0) {
				n--;
				echo_bytes("\b \b", 3);
			}
			continue;
		}
		if (c == CTRL_U) {
			for (; n > 0; n--)
				echo_bytes("\b \b", 3);
			continue;
		}
		buf[n++] = (char)c;
		echo_bytes(&buf[n - 1], 1);
		if (c == '\n')
			break;
	}
	tty_hold_log(false);
	mutex_unlock(&input_mutex);
	return c < 0 && n == 0 ? c : (s64)n;
}

s64 tty_read_raw(char *buf, size_t size, bool (*foreground)(void))
{
	u32 how = tty_mode();
	u64 tenths = how / TERMINAL_TENTHS(1);
	u64 deadline_ns = how & TERMINAL_TIMED ? clock_ns() + tenths * 100 * NSEC_PER_MSEC :
						 WAIT_FOREVER_NS;
	size_t n = 0;
	int c = 0;

	if (!foreground())
		return -EIO;
	mutex_lock(&input_mutex);
	while (n < size && (c = read_byte(foreground, false, n ? 0 : deadline_ns)) != -ETIMEDOUT) {
		if (c == -EAGAIN) /* gone before we took it, by Ctrl-C say */
			continue;
		if (c < 0)
			break;
		buf[n++] = (char)c;
	}
	mutex_unlock(&input_mutex);
	return n > 0 || c == -ETIMEDOUT ? (s64)n : c;
}

/* ---- for who looks ---- */

void tty_get_stats(struct tty_stats *out)
{
	const struct uart *u = console_uart();

	*out = (struct tty_stats){ .device = u ? u->name : "none",
				   .input_queued = ring_count(&input) };
	if (u) {
		out->rx_bytes = u->rx_bytes;
		out->tx_bytes = u->tx_bytes;
		out->overruns = u->overruns;
		out->line_errors = u->errors;
	}
}
