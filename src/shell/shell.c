/* SPDX-License-Identifier: MIT */
/*
 * The shell's thread: read a line, run it, again. How a line is run is
 * shell_run.c; what Tab offers is shell_complete.c.
 *
 * Who may write to the terminal when: tty.h. While a line is being edited the
 * editor owns the screen, and tty_getc says -EAGAIN when log lines or programs
 * have something to print; then the line is taken off, they print, and it comes
 * back.
 */
#include "shell/shell.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/machine.h"
#include "lib/cmdline.h"
#include "lib/string.h"
#include "task/tty.h"

#define PROMPT "lodger> "
#define FOREVER (~0ULL)

struct shell the_shell;

static void tty_sink_write(struct sink *s, const char *p, size_t n)
{
	tty_write(p, n);
}

static void complete(struct shell *sh)
{
	struct lineedit *le = &sh->edit;
	u32 word = shell_word_start(le->text, le->pos);
	struct completions c;

	le_complete_begin(le, &c, word);
	shell_complete(&c, le->text, word);
	if (le_complete_end(le, &c)) {
		shell_complete(&c, le->text, word);
		le_complete_listed(le, &c);
	}
}

/* The next byte typed; the picture is brought up to date when none waits. */
static u8 next_byte(struct lineedit *le)
{
	int c = tty_getc(0);

	while (c < 0) {
		if (c == -EAGAIN) {
			le_hide(le);
			tty_flush_pending();
			le_show(le);
		} else {
			le_refresh(le);
		}
		c = tty_getc(FOREVER);
	}
	return (u8)c;
}

/* False: the line was given up. */
static bool read_line(struct shell *sh)
{
	struct lineedit *le = &sh->edit;
	enum le_event event;

	tty_edit_begin();
	le->script = sh->script;
	le_start(le);
	do {
		event = le_feed(le, next_byte(le));
		if (event == LE_COMPLETE)
			complete(sh);
	} while (event != LE_LINE && event != LE_CANCEL);
	tty_edit_end();
	return event == LE_LINE;
}

static void one_line(struct shell *sh)
{
	if (tty_column() != 0)
		tty_write("\n", 1);
	jobs_report(sh);
	if (!read_line(sh)) {
		sh->status = 0x100;
		return;
	}
	if (sh->edit.overflow) {
		/* Half a line must not be run, nor lie in wait in the history. */
		str_copy(sh->running, "shell", sizeof(sh->running));
		shell_fail(sh, -E2BIG, "line longer than %u bytes: not run",
			   LINE_BYTES);
		sh->status = -E2BIG;
		if (sh->script)
			out_printf(&sh->out, "rc=%d\n", -E2BIG);
		return;
	}
	if (!sh->script)
		history_add(&sh->history, sh->edit.text);
	/* The editor's buffer is free again from here: run a copy of it. */
	shell_run_line(sh, sh->edit.text);
}

void shell_main(void *unused)
{
	static char autorun[LINE_BYTES + 1];
	struct shell *sh = &the_shell;
	int err;

	sh->tty.write = tty_sink_write;
	sh->out.sink = sh->errors = &sh->tty;
	str_copy(sh->running, "shell", sizeof(sh->running));
	le_init(&sh->edit, &sh->tty, &sh->history, PROMPT);

	machine_prompt_ns = clock_ns();
	err = cmdline_get(machine_cmdline, "autorun", autorun, sizeof(autorun));
	if (err == 0)
		shell_run_line(sh, autorun);
	else if (err == -ENOSPC)
		log_err("autorun: longer than a line, %u bytes; not run", LINE_BYTES);
	if (!sh->script) {
		le_probe(&sh->edit);
		out_puts(&sh->out, "\nType help for the commands, "
				   "mm cpus for what the CPUs lodge in.\n");
	}
	for (;;)
		one_line(sh);
}
