/* SPDX-License-Identifier: MIT */
/*
 * The terminal's output, and whose the terminal is; tty.h explains who may write when.
 *
 * tty_write goes to the device. While the shell edits, programs' output collects in
 * `pending` (one ring, under pending_lock) and the shell is woken.
 */
#include "task/tty.h"
#include "abi/lodger.h"
#include "core/console.h"
#include "core/log.h"
#include "kernel/errno.h"
#include "lib/ring.h"
#include "sched/wait.h"

#define PENDING_SIZE 4096

static u8 pending_buf[PENDING_SIZE];
static struct ring pending;	  /* [pending_lock] both ends */
static bool editing;		  /* [pending_lock, a] */
static bool shell_mid_line;	  /* [pending_lock] its last byte was no newline */
static unsigned int column;	  /* [a] of the cursor; a hint */
static u32 mode;		  /* [pending_lock, a] TERMINAL_* */
static u32 mode_owner;		  /* [pending_lock] pid; whose end ends it */
static struct spinlock pending_lock = SPINLOCK_INIT(RANK_TTY);
static struct wait_queue output_queue = WAIT_QUEUE_INIT(output_queue);

void tty_init(void)
{
	ring_init(&pending, pending_buf, sizeof(pending_buf));
	tty_input_init();
}

bool tty_editing(void)
{
	return READ_ONCE(editing);
}

unsigned int tty_column(void)
{
	return READ_ONCE(column);
}

static void track_column(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		column = s[i] == '\n' || s[i] == '\r' ? 0 : column + 1;
}

void tty_write_now(const char *s, size_t n)
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
		tty_write_now(chunk, n);
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
	tty_write_now(s, n);
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

bool tty_others_wait(void)
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
		tty_write_now("\n", 1);
	log_flush();
}

void tty_hold_log(bool hold)
{
	spin_lock(&pending_lock);
	if (!editing)
		log_hold(hold);
	spin_unlock(&pending_lock);
}

/* True if it was taken: put into the ring, or written since nobody edits. */
static bool program_put(const char *s, size_t n)
{
	bool wake = false, done = true;

	spin_lock(&pending_lock);
	if (!editing && !shell_mid_line) {
		tty_write_now(s, n);
	} else if (ring_space(&pending) >= n) {
		ring_push_many(&pending, s, (u32)n);
		wake = true;
	} else {
		done = false;
	}
	spin_unlock(&pending_lock);
	if (wake)
		tty_wake();
	return done;
}

s64 tty_program_write(const char *s, size_t n)
{
	/* A piece fits into the ring as a whole: lines stay together. */
	int err = wait_event(&output_queue, program_put(s, n), WAIT_FOREVER_NS,
			     "output");

	return err ? err : (s64)n;
}

/* ---- how programs read ---- */

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
