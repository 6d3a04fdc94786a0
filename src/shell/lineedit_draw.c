/* SPDX-License-Identifier: MIT */
/*
 * The picture of the line: one row of the screen, whatever the length of the
 * text. A line that is too long scrolls sideways, half a screen at a time, so
 * that typing on costs little; '<' and '>' mark what is out of sight.
 *
 *	lodger> <some text around the cur_sor and more of>
 *	        ^first                                   ^cols - 1
 *
 * The last column stays free: terminals disagree about what happens there.
 */
#include "shell/lineedit_draw.h"

#include "lib/format.h"
#include "lib/string.h"

static u32 columns(const char *s, u32 n)
{
	u32 cols = 0;

	while (n--)
		cols += ((u8)*s++ & 0xc0) != 0x80;
	return cols;
}

/* The part of s that covers columns [from, from + room). */
static const char *cut(const char *s, u32 *n, u32 from, u32 room)
{
	const char *end = s + *n, *start;

	while (s < end && (from > 0 || ((u8)*s & 0xc0) == 0x80))
		if (((u8)*s++ & 0xc0) != 0x80)
			from--;
	/* The tail of the last character that was skipped. */
	while (s < end && ((u8)*s & 0xc0) == 0x80)
		s++;
	start = s;
	while (s < end && (room > 0 || ((u8)*s & 0xc0) == 0x80))
		if (((u8)*s++ & 0xc0) != 0x80)
			room--;
	*n = (u32)(s - start);
	return start;
}

static void backspaces(struct lineedit *le, u32 n)
{
	if (n > 4 && !le->dumb)
		out_printf(&le->out, "\033[%uD", n);
	else
		while (n--)
			out_puts(&le->out, "\b");
}

/* Take off the screen what lies right of the cursor, which is at column `at`;
 * returns where the cursor is then. */
static u32 clear_rest(struct lineedit *le, u32 at)
{
	if (le->drawn <= at)
		return at;
	if (!le->dumb) {
		out_puts(&le->out, "\033[K");
		return at;
	}
	out_pad(&le->out, (int)(le->drawn - at));
	return le->drawn;
}

static void draw(struct lineedit *le, const char *prompt, const char *text,
		 u32 len, u32 pos)
{
	u32 prompt_cols = (u32)strlen(prompt), room, cursor, end, total, at;
	const char *part;
	u32 n = len;

	prompt_cols = MIN(prompt_cols, le->cols / 2);
	room = le->cols - 1 - prompt_cols;
	cursor = columns(text, pos);
	total = columns(text, len);

	/* Keep the cursor in sight, and off the marks at both ends. */
	if (cursor < room - 1 && le->first <= room / 2)
		le->first = 0;
	else if (cursor <= le->first || cursor >= le->first + room - 1)
		le->first = cursor > room / 2 ? cursor - room / 2 : 0;

	part = cut(text, &n, le->first, room);
	if (!le->fresh)
		out_puts(&le->out, "\r");
	le->fresh = false;
	out_write(&le->out, prompt, prompt_cols);
	at = columns(part, n);
	if (le->first > 0 && n > 0) {
		u32 skip = 1;

		while (skip < n && ((u8)part[skip] & 0xc0) == 0x80)
			skip++;
		out_puts(&le->out, "<");
		part += skip;
		n -= skip;
	}
	if (le->first + at < total && n > 0) {
		do
			n--;
		while (n > 0 && ((u8)part[n] & 0xc0) == 0x80);
		out_write(&le->out, part, n);
		out_puts(&le->out, ">");
	} else {
		out_write(&le->out, part, n);
	}

	end = prompt_cols + at;
	at = clear_rest(le, end);
	le->drawn = end;
	backspaces(le, at - (prompt_cols + cursor - le->first));
	le->stale = false;
}

void le_refresh(struct lineedit *le)
{
	char prompt[SEARCH_BYTES + 16];
	const char *s;

	if (!le->stale || !le->shown || le->script)
		return;
	if (!le->searching) {
		draw(le, le->prompt, le->text, le->len, le->pos);
		return;
	}
	s = le->found < 0 ? NULL : history_get(le->history, (u32)le->found);
	le->pattern[le->pattern_len] = 0;
	fmt_snprintf(prompt, sizeof(prompt), "(%s) %s: ",
		     s || !le->pattern_len ? "search" : "no match",
		     le->pattern);
	le->first = 0;
	draw(le, prompt, s ? s : "", s ? (u32)strlen(s) : 0, 0);
}

void draw_inserted(struct lineedit *le, const char *s, u32 n)
{
	u32 cols = columns(s, n);

	/* The common case, and the fast one: typing at the end. */
	if (le->shown && !le->stale && !le->script && le->pos == le->len &&
	    le->drawn + cols < le->cols - 1) {
		out_write(&le->out, s, n);
		le->drawn += cols;
	} else {
		le->stale = true;
	}
}

void draw_clear(struct lineedit *le)
{
	out_puts(&le->out, le->dumb ? "\n" : "\033[H\033[2J");
	le->drawn = 0;
	le->stale = true;
}

void le_hide(struct lineedit *le)
{
	if (!le->shown || le->script)
		return;
	out_puts(&le->out, "\r");
	if (clear_rest(le, 0))
		out_puts(&le->out, "\r");
	le->drawn = 0;
	le->shown = false;
}

void le_show(struct lineedit *le)
{
	if (le->script)
		return;
	le->shown = true;
	le->stale = true;
	le_refresh(le);
}

/*
 * Go to a corner that no terminal has, and ask where that is. Saving and
 * restoring the cursor (DECSC, DECRC) is old enough for all that answer.
 */
void le_probe(struct lineedit *le)
{
	if (le->script)
		return;
	le->probing = true;
	out_puts(&le->out, "\0337\033[999;999H\033[6n\0338");
}
