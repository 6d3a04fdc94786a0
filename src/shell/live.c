/* SPDX-License-Identifier: MIT */
/*
 * Pictures that are refreshed in place until q (`watch`, `top`, `mm watch`).
 *
 * At a terminal that knows its escape sequences a picture replaces the one
 * before it; anywhere else (a dumb terminal, a script, behind grep) pictures
 * follow each other, with an empty line between.
 */
#include "shell/shell.h"

#include "core/clock.h"
#include "lib/string.h"
#include "task/tty.h"

#define INTERVAL_MIN_NS (50 * NSEC_PER_MSEC)

int live_options(struct shell *sh, struct live *live, int argc, char **argv,
		 const char *letters)
{
	struct options opt = { argc, argv, 1, NULL };
	int c, err = 0;

	for (;;) {
		const char *word = opt.next < argc ? argv[opt.next] : "";

		if (strcmp(word, "--json") == 0 || strcmp(word, "--csv") == 0)
			return shell_fail(sh, -EINVAL, "%s goes with a command "
					  "that ends, as in: mm cpus %s", word,
					  word);
		c = shell_option(sh, &opt, letters);
		if (c <= 0)
			break;
		if (c == 'n')
			err = shell_seconds(sh, opt.value, &live->interval_ns);
		else if (c == 'c')
			err = shell_number(sh, opt.value, "a count",
					   &live->count);
		else
			live->option = (char)c;
		if (err)
			return err;
	}
	live->interval_ns = MAX(live->interval_ns, INTERVAL_MIN_NS);
	live->argc = argc - opt.next;
	live->argv = argv + opt.next;
	return c;
}

/* Wait for the next picture: false if q or Ctrl-C came first. What was typed is
 * looked at even if the next one is due: drawing may take longer than that. */
static bool pause(const struct live *live, u64 until_ns)
{
	for (;;) {
		u64 now_ns = clock_ns();
		int c = tty_getc(until_ns > now_ns ? until_ns - now_ns : 0);

		if (c == 'q' || c == 'Q' || c == 3 || c == -EINTR)
			return false;
		if (live->key && live->key(c))
			return true;
		if (c == -ETIMEDOUT && clock_ns() >= until_ns)
			return true;
	}
}

static int draw_in_place(struct shell *sh, struct live *live)
{
	struct out terminal = sh->out;
	int err;

	screen_begin(&sh->screen);
	sh->out.sink = sh->errors = &sh->screen.sink;
	err = live->draw(sh, live);
	sh->out = terminal;
	sh->errors = &sh->tty;
	screen_show(&sh->screen, &terminal, live->option == 'd');
	return err;
}

int live_run(struct shell *sh, struct live *live)
{
	bool in_place = !live->plain && !sh->script && !sh->edit.dumb &&
			sh->out.sink == &sh->tty &&
			sh->out.mode == OUT_TEXT;
	u64 next_ns = clock_ns();
	int err;

	/* `watch top`: one picture each time; `top --json`: one document. */
	if (sh->depth > 1 || sh->out.mode != OUT_TEXT)
		live->count = 1;
	if (in_place) {
		screen_init(&sh->screen, sh->edit.rows, sh->edit.cols - 1);
		out_puts(&sh->out, "\033[?25l"); /* no cursor */
	}
	for (u64 n = 1;; n++) {
		if (in_place) {
			err = draw_in_place(sh, live);
		} else {
			if (n > 1 && sh->out.mode == OUT_TEXT)
				out_puts(&sh->out, "\n");
			err = live->draw(sh, live);
		}
		/* From the plan, not from now: the interval does not grow by the
		 * time that drawing takes; but a late picture is not made up for. */
		next_ns = MAX(next_ns + live->interval_ns, clock_ns());
		if (err || n == live->count || !pause(live, next_ns))
			break;
	}
	if (in_place)
		out_puts(&sh->out, "\033[?25h");
	return err;
}

/* ---- watch ---- */

static int watch_draw(struct shell *sh, struct live *live)
{
	u64 ms = live->interval_ns / NSEC_PER_MSEC;

	if (sh->out.mode == OUT_TEXT) {
		out_style(&sh->out, STYLE_DIM);
		out_printf(&sh->out, "every %llu.%llus, q ends:",
			   (unsigned long long)(ms / 1000),
			   (unsigned long long)(ms / 100 % 10));
		for (int i = 0; i < live->argc; i++)
			out_printf(&sh->out, " %s", live->argv[i]);
		out_style(&sh->out, STYLE_PLAIN);
		out_puts(&sh->out, "\n\n");
	}
	shell_run_words(sh, live->argc, live->argv);
	return sh->stop ? -EINTR : 0;
}

static int cmd_watch(struct shell *sh, int argc, char **argv)
{
	struct live live = { .interval_ns = 2 * NSEC_PER_SEC,
			     .draw = watch_draw };
	int err = live_options(sh, &live, argc, argv, "n:c:d");

	if (err)
		return err;
	if (live.argc == 0)
		return shell_usage(sh);
	live.plain = strcmp(live.argv[0], "run") == 0;
	return live_run(sh, &live);
}

_Static_assert(SCREEN_ROWS == 48 && SCREEN_COLS == 128, "the help says so");

COMMAND(watch) = {
	.name = "watch",
	.usage = "[-n SECONDS] [-d] [-c COUNT] COMMAND...",
	.brief = "run a command again and again, in place, until q",
	.help = "-n SECONDS  between two runs (2; 0.5 works)\n"
		"-d          mark what differs from the run before\n"
		"-c COUNT    stop after so many runs\n"
		"A picture has at most 48 rows of 128 columns, on a larger screen too.\n"
		"example: watch -n 0.5 -d mm stat",
	.flags = CMD_RAW,
	.run = cmd_watch,
};
