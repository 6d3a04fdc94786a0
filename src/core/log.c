/* SPDX-License-Identifier: MIT */
/*
 * The log ring: slots of one line each, under one lock. `next` counts lines ever
 * written; line n lives in slot n % LOG_LINES until n + LOG_LINES is written.
 * `printed` counts what the console has seen. While the console is held (someone
 * is typing) lines only queue up, and irq_work wakes whoever prints them.
 */
#include "core/log.h"
#include "core/clock.h"
#include "core/console.h"
#include "core/irq.h"
#include "core/spinlock.h"
#include "kernel/errno.h"
#include "lib/format.h"

#define LINE_MAX 150

struct line {
	u64 time_ns;
	u8 level, len;
	char text[LINE_MAX];
};

#define LOG_LINES (CONFIG_LOG_BUF_KB * 1024 / sizeof(struct line))

static struct line lines[LOG_LINES]; /* [log_lock] */
static u64 next, printed;	     /* [log_lock] */
static bool held;		     /* [log_lock] */
static struct spinlock log_lock = SPINLOCK_INIT(RANK_LOG);
u32 log_console_level = LOG_INFO;
u64 log_lost;

static int line_format(const struct line *l, char *buf, size_t size)
{
	u64 us = l->time_ns / NSEC_PER_USEC;

	return fmt_scnprintf(buf, size, "[%5llu.%06llu] %s%.*s",
			     (unsigned long long)(us / 1000000),
			     (unsigned long long)(us % 1000000),
			     l->level == LOG_ERR    ? "error: "
			     : l->level == LOG_WARN ? "warning: "
						    : "",
			     l->len, l->text);
}

/* Print what the console has not seen. [log_lock] */
static void flush_locked(void)
{
	char buf[LINE_MAX + 32];

	if (next - printed > LOG_LINES) {
		log_lost += next - printed - LOG_LINES;
		printed = next - LOG_LINES;
	}
	for (; printed < next; printed++) {
		const struct line *l = &lines[printed % LOG_LINES];
		int n;

		if (l->level > log_console_level)
			continue;
		n = line_format(l, buf, sizeof(buf) - 1);
		buf[n++] = '\n';
		console_write(buf, (size_t)n);
	}
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	irqflags_t flags = spin_lock_irqsave(&log_lock);
	struct line *l = &lines[next % LOG_LINES];
	bool wake;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = fmt_vsnprintf(l->text, sizeof(l->text), fmt, ap);
	va_end(ap);
	l->len = (u8)(n < LINE_MAX ? n : LINE_MAX - 1);
	l->level = (u8)level;
	l->time_ns = clock_ns();
	next++;
	if (!held)
		flush_locked();
	wake = held && level <= log_console_level;
	spin_unlock_irqrestore(&log_lock, flags);
	if (wake)
		irq_work_raise();
}

void log_hold(bool hold)
{
	irqflags_t flags = spin_lock_irqsave(&log_lock);

	held = hold;
	if (!held)
		flush_locked();
	spin_unlock_irqrestore(&log_lock, flags);
}

bool log_has_pending(void)
{
	irqflags_t flags = spin_lock_irqsave(&log_lock);
	bool pending = false;

	for (u64 n = printed; n < next && !pending; n++)
		pending = lines[n % LOG_LINES].level <= log_console_level;
	spin_unlock_irqrestore(&log_lock, flags);
	return pending;
}

void log_flush(void)
{
	irqflags_t flags = spin_lock_irqsave(&log_lock);

	flush_locked();
	spin_unlock_irqrestore(&log_lock, flags);
}

void log_force(void)
{
	/* A CPU stopped in mid-line may hold the lock: it will not come back. */
	log_lock = (struct spinlock)SPINLOCK_INIT(RANK_LOG);
	held = false;
	flush_locked();
}

int log_read(u64 *seq, enum log_level *level, char *buf, size_t size)
{
	irqflags_t flags = spin_lock_irqsave(&log_lock);
	int n = -ENOENT;

	if (next > LOG_LINES && *seq < next - LOG_LINES)
		*seq = next - LOG_LINES;
	if (*seq < next) {
		const struct line *l = &lines[*seq % LOG_LINES];

		*level = l->level;
		n = line_format(l, buf, size);
		(*seq)++;
	}
	spin_unlock_irqrestore(&log_lock, flags);
	return n;
}
