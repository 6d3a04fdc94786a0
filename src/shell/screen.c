/* SPDX-License-Identifier: MIT */
/*
 * See screen.h. Bytes of UTF-8 sequences are kept as cells of their own: a row
 * is always sent whole, so they come out together.
 */
#include "shell/screen.h"

#include "lib/string.h"

#define SGR_REVERSE 7

static void put(struct screen *s, char c)
{
	if (c == '\n') {
		s->row++;
		s->col = 0;
	} else if (c == '\r') {
		s->col = 0;
	} else if ((u8)c >= ' ') {
		if (s->row < s->rows && s->col < s->cols)
			s->now[s->row][s->col] =
				(struct cell){ c, s->style };
		s->col++;
	}
}

/* Styles come as ESC [ number m (out_style); other sequences are dropped. */
static void screen_write(struct sink *sink, const char *p, size_t n)
{
	struct screen *s = container_of(sink, struct screen, sink);

	for (; n--; p++) {
		if (*p == '\033') {
			s->escape = 1;
			s->param = 0;
		} else if (s->escape == 0) {
			put(s, *p);
		} else if (*p >= '0' && *p <= '9') {
			s->param = s->param * 10 + (u32)(*p - '0');
		} else if (*p != '[') {
			if (*p == 'm')
				s->style = (u8)s->param;
			s->escape = 0;
		}
	}
}

void screen_init(struct screen *s, u32 rows, u32 cols)
{
	memset(s, 0, sizeof(*s));
	s->sink.write = screen_write;
	s->rows = MIN(rows, (u32)SCREEN_ROWS);
	s->cols = MIN(cols, (u32)SCREEN_COLS);
	s->first = true;
}

void screen_begin(struct screen *s)
{
	memcpy(s->before, s->now, sizeof(s->before));
	memset(s->now, 0, sizeof(s->now));
	s->row = s->col = 0;
	s->style = s->escape = 0;
}

static void show_row(struct screen *s, struct out *o, u32 row, bool mark)
{
	const struct cell *now = s->now[row], *before = s->before[row];
	u32 used = s->cols, style = 0;

	/* The blank end of the row; a mark may lie on a blank. */
	while (used > 0 && now[used - 1].c == 0 &&
	       !(mark && before[used - 1].c > ' '))
		used--;
	out_printf(o, "\033[%u;1H", row + 1);
	for (u32 i = 0; i < used; i++) {
		char c = now[i].c ? now[i].c : ' ';
		char old = before[i].c ? before[i].c : ' ';
		u32 want = mark && c != old ? SGR_REVERSE : now[i].style;

		if (want != style) {
			out_printf(o, want ? "\033[0;%um" : "\033[%um", want);
			style = want;
		}
		out_write(o, &c, 1);
	}
	if (style)
		out_puts(o, "\033[0m");
	out_puts(o, "\033[K");
}

void screen_show(struct screen *s, struct out *o, bool mark)
{
	u32 last = 0;

	if (s->first)
		out_puts(o, "\033[H\033[2J");
	/* A mark of the last picture must go although the text is the same: so
	 * with marks every row that has text is sent. */
	for (u32 row = 0; row < s->rows; row++) {
		bool same = memcmp(s->now[row], s->before[row],
				   s->cols * sizeof(struct cell)) == 0;

		if (s->now[row][0].c || s->now[row][1].c)
			last = row;
		if (s->first ? s->now[row][0].c != 0 : mark || !same)
			show_row(s, o, row, mark && !s->first);
	}
	out_printf(o, "\033[%u;1H", MIN(last + 2, s->rows));
	s->first = false;
}
