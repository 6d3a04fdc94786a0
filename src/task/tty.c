/* SPDX-License-Identifier: MIT */
/*
 * The terminal; tty.h explains who may write when.
 *
 * Input: the console's interrupt puts bytes into a ring (tty_rx), readers take
 * them (tty_getc, tty_read_line; one at a time: input_mutex). A full ring holds
 * the device back. Ctrl-C is caught at the interrupt while nobody edits; but a program
 * that reads raw gets it, unless it leaves three of them unread.
 *
 * Output: tty_write goes to the device. While the shell edits, programs' output
 * collects in `pending` (one ring, under pending_lock) and the shell is woken.
 */
#include "task/tty.h"
#include "abi/lodger.h"
#include "core/clock.h"
#include "core/console.h"
#include "core/irq.h"
#include "core/log.h"
#include "kernel/errno.h"
#include "lib/ring.h"
#include "sched/wait.h"

#define INPUT_SIZE 16384
#define PENDING_SIZE 4096
#define UNREAD_CTRL_C 3 /* so many end a program in raw mode, too */
#define CTRL_C 0x03
#define CTRL_D 0x04
#define CTRL_U 0x15

static u8 input_buf[INPUT_SIZE], pending_buf[PENDING_SIZE];
static struct ring input;	  /* filled by tty_rx, emptied under input_mutex */
static struct ring pending;	  /* [pending_lock] both ends */
static bool editing;		  /* [pending_lock] */
static bool shell_mid_line;	  /* [pending_lock] its last byte was no newline */
static bool interrupt;		  /* [a] Ctrl-C */
static u32 discard_to;		  /* [a] input.head when it came */
static bool echo = true;	  /* [shell] */
static unsigned int column;	  /* [a] of the cursor; a hint */
static u32 mode;		  /* [pending_lock, a] TERMINAL_* */
static u32 mode_owner;		  /* [pending_lock] pid; whose end ends it */
static u32 unread_ctrl_c;	  /* [a] since the last byte was taken */
static struct spinlock pending_lock = SPINLOCK_INIT(RANK_TTY);
static struct spinlock input_lock = SPINLOCK_INIT(RANK_TTY_INPUT); /* readers */
static struct wait_queue input_queue = WAIT_QUEUE_INIT(input_queue);
static struct wait_queue output_queue = WAIT_QUEUE_INIT(output_queue);
static struct mutex input_mutex = MUTEX_INIT(input_mutex);

/* Does Ctrl-C end something, or is it a byte to be read? */
static bool ctrl_c_interrupts(void)
{
	if (READ_ONCE(editing))
		return false;
	if ((READ_ONCE(mode) & (TERMINAL_RAW | TERMINAL_SIGNALS)) != TERMINAL_RAW)
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

static void on_log(void)
{
	wait_wake_all(&input_queue);
}

void tty_init(void)
{
	ring_init(&input, input_buf, sizeof(input_buf));
	ring_init(&pending, pending_buf, sizeof(pending_buf));
	irq_work_set_handler(on_log);
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

/* ---- output ---- */

unsigned int tty_column(void)
{
	return READ_ONCE(column);
}

static void track_column(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		column = s[i] == '\n' || s[i] == '\r' ? 0 : column + 1;
}

static void write_now(const char *s, size_t n)
{
	track_column(s, n);
	console_write(s, n);
}

/* What programs have written meanwhile. */
static void flush_programs(void)
{
	char chunk[128];
	u32 n;

	for (;;) {
		spin_lock(&pending_lock);
		n = ring_pop_many(&pending, chunk, sizeof(chunk));
		spin_unlock(&pending_lock);
		if (n == 0)
			break;
		write_now(chunk, n);
	}
	wait_wake_all(&output_queue);
}

/*
 * The shell's own. In the middle of a line of its (a JSON document is one) the
 * others wait as they do while it edits; at its end they get their turn.
 */
void tty_write(const char *s, size_t n)
{
	bool mid = n > 0 && s[n - 1] != '\n';

	if (n == 0)
		return;
	if (mid && !shell_mid_line) {
		spin_lock(&pending_lock);
		WRITE_ONCE(shell_mid_line, true);
		spin_unlock(&pending_lock);
		log_hold(true);
	}
	write_now(s, n);
	if (!mid && shell_mid_line) {
		spin_lock(&pending_lock);
		WRITE_ONCE(shell_mid_line, false);
		spin_unlock(&pending_lock);
		if (!editing) {
			log_hold(false);
			flush_programs();
		}
	}
}

static bool others_have_output(void)
{
	return ring_count(&pending) > 0 || log_has_pending();
}

void tty_edit_begin(void)
{
	spin_lock(&pending_lock);
	WRITE_ONCE(editing, true);
	WRITE_ONCE(mode, TERMINAL_LINE); /* a program that ran on has lost it */
	spin_unlock(&pending_lock);
	log_hold(true);
}

void tty_edit_end(void)
{
	tty_flush_pending();
	spin_lock(&pending_lock);
	WRITE_ONCE(editing, false);
	WRITE_ONCE(shell_mid_line, false);
	spin_unlock(&pending_lock);
	log_hold(false);
	flush_programs();
}

void tty_flush_pending(void)
{
	flush_programs();
	if (tty_column() != 0)
		write_now("\n", 1);
	log_flush();
}

/* True if it was taken: put into the ring, or written since nobody edits. */
static bool program_put(const char *s, size_t n)
{
	bool wake = false, done = true;

	spin_lock(&pending_lock);
	if (!editing && !shell_mid_line) {
		write_now(s, n);
	} else if (ring_space(&pending) >= n) {
		ring_push_many(&pending, s, (u32)n);
		wake = true;
	} else {
		done = false;
	}
	spin_unlock(&pending_lock);
	if (wake)
		wait_wake_all(&input_queue);
	return done;
}

s64 tty_program_write(const char *s, size_t n)
{
	/* A piece fits into the ring as a whole: lines stay together. */
	int err = wait_event(&output_queue, program_put(s, n), WAIT_FOREVER_NS,
			     "output");

	return err ? err : (s64)n;
}

/* ---- input ---- */

/* Anything that ends a wait in tty_getc? */
static bool getc_ready(void)
{
	if (ring_count(&input) > 0)
		return true;
	return READ_ONCE(editing) ? others_have_output() : READ_ONCE(interrupt);
}

int tty_getc(u64 timeout_ns)
{
	int err = wait_event(&input_queue, getc_ready(), clock_deadline_ns(timeout_ns),
			     "input");

	if (err)
		return err;
	if (!READ_ONCE(editing) && READ_ONCE(interrupt))
		return -EINTR;
	if (READ_ONCE(editing) && others_have_output())
		return -EAGAIN;
	return take_byte();
}

void tty_set_echo(bool on)
{
	WRITE_ONCE(echo, on);
}

static void echo_bytes(const char *s, size_t n)
{
	if (READ_ONCE(echo))
		write_now(s, n);
}

/* Log lines wait while a line is half typed; unless the shell decides about them. */
static void line_hold(bool hold)
{
	spin_lock(&pending_lock);
	if (!editing)
		log_hold(hold);
	spin_unlock(&pending_lock);
}

/* The log comes above the line, which is then shown again. */
static void line_show_log(const char *line, size_t n)
{
	write_now("\n", 1);
	log_flush();
	echo_bytes(line, n);
}

static int read_byte(bool (*foreground)(void), bool for_log, u64 deadline_ns)
{
	int err = wait_event(&input_queue,
			     ring_count(&input) > 0 || READ_ONCE(editing) ||
				     READ_ONCE(interrupt) || (for_log && log_has_pending()),
			     deadline_ns, "input");

	if (err)
		return err;
	if (READ_ONCE(interrupt)) /* what follows Ctrl-C is the shell's */
		return -EINTR;
	if (READ_ONCE(editing) || !foreground())
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
		line_hold(n > 0);
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
	line_hold(false);
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

u32 tty_mode(void)
{
	return READ_ONCE(mode);
}

s64 tty_set_mode(u64 new, u32 pid, bool (*foreground)(void))
{
	const u64 flags = TERMINAL_SIGNALS | TERMINAL_TIMED | TERMINAL_TENTHS(255);
	s64 old = -EIO;

	if (new & ~(flags | TERMINAL_RAW) || (new & flags && !(new & TERMINAL_RAW)))
		return -EINVAL;
	spin_lock(&pending_lock);
	if (!editing && foreground()) {
		old = mode;
		WRITE_ONCE(mode, (u32)new);
		mode_owner = pid;
	}
	spin_unlock(&pending_lock);
	return old;
}

void tty_process_ended(u32 pid)
{
	spin_lock(&pending_lock);
	if (mode_owner == pid)
		WRITE_ONCE(mode, TERMINAL_LINE);
	spin_unlock(&pending_lock);
}

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
