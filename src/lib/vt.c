/* SPDX-License-Identifier: MIT */
/* See vt.h. */
#include "lib/vt.h"

#include "kernel/compiler.h"
#include "lib/string.h"

#define ESC 0x1b
#define TAB 8

enum { TEXT, ESCAPE, SEQUENCE };

static void erase(struct vt *v, u32 row, u32 from, u32 to)
{
	for (u32 col = from; col < to; col++)
		v->cell[row][col] = (struct vt_cell){ ' ', VT_PLAIN };
	v->dirty |= 1ULL << row;
}

static void new_line(struct vt *v)
{
	v->col = 0;
	if (v->row + 1 < v->rows) {
		v->row++;
		return;
	}
	memmove(v->cell[0], v->cell[1], (v->rows - 1) * sizeof(v->cell[0]));
	erase(v, v->rows - 1, 0, v->cols);
	v->dirty = ~0ULL;
}

static void put(struct vt *v, u8 c)
{
	if (v->col == v->cols)
		new_line(v);
	v->cell[v->row][v->col++] = (struct vt_cell){ c, v->style };
	v->dirty |= 1ULL << v->row;
}

static void text(struct vt *v, u8 c)
{
	if (c == ESC)
		v->state = ESCAPE;
	else if (c == '\n')
		new_line(v);
	else if (c == '\r')
		v->col = 0;
	else if (c == '\b')
		v->col -= v->col > 0;
	else if (c == '\t')
		v->col = MIN((v->col / TAB + 1) * TAB, v->cols - 1);
	else if (c >= ' ' && c < 127)
		put(v, c);
	else if (c >= 0xc0) /* the first byte of a character; the rest say nothing */
		put(v, VT_OTHER);
}

static void set_style(struct vt *v, u32 sgr)
{
	if (sgr == 0 || sgr == 39)
		v->style = VT_PLAIN;
	else if (sgr == 1)
		v->style |= VT_BOLD;
	else if (sgr == 7)
		v->style |= VT_REVERSE;
	else if (sgr >= 30 && sgr <= 37)
		v->style = (u8)((v->style & ~VT_COLOUR) | (sgr - 30));
}

/* ED and EL: 0 from the cursor on, 1 up to it, 2 all. */
static void erase_line(struct vt *v, u32 how)
{
	u32 col = MIN(v->col, v->cols - 1);

	erase(v, v->row, how == 0 ? col : 0, how == 1 ? col + 1 : v->cols);
}

static void erase_screen(struct vt *v, u32 how)
{
	for (u32 row = 0; row < v->rows; row++)
		if (row == v->row)
			erase_line(v, how);
		else if (how == 2 || (how == 1) == (row < v->row))
			erase(v, row, 0, v->cols);
}

static void move(struct vt *v, u32 row, u32 col)
{
	v->row = MIN(row, v->rows - 1);
	v->col = MIN(col, v->cols - 1);
}

static void sequence(struct vt *v, u8 final)
{
	u32 first = v->param[0], n = MAX(first, 1u);

	switch (final) {
	case 'H':
		move(v, n - 1, MAX(v->param[1], 1u) - 1);
		break;
	case 'A':
		move(v, v->row - MIN(n, v->row), v->col);
		break;
	case 'B':
		move(v, v->row + n, v->col);
		break;
	case 'C':
		move(v, v->row, v->col + n);
		break;
	case 'D':
		move(v, v->row, v->col - MIN(n, v->col));
		break;
	case 'J':
		erase_screen(v, first);
		break;
	case 'K':
		erase_line(v, first);
		break;
	case 'm':
		for (u32 i = 0; i <= v->params; i++)
			set_style(v, v->param[i]);
		break;
	}
}

static void escape(struct vt *v, u8 c)
{
	v->state = TEXT;
	if (c == '[') {
		v->state = SEQUENCE;
		memset(v->param, 0, sizeof(v->param));
		v->params = 0;
	} else if (c == '7') {
		v->saved_row = v->row;
		v->saved_col = v->col;
	} else if (c == '8') {
		move(v, v->saved_row, v->saved_col);
	}
}

static void in_sequence(struct vt *v, u8 c)
{
	u32 *param = &v->param[v->params];

	if (c >= '0' && c <= '9') {
		*param = MIN(*param * 10 + c - '0', 9999u);
	} else if (c == ';') {
		v->params = MIN(v->params + 1, VT_PARAMS - 1u);
		v->param[v->params] = 0;
	} else if (c >= '@' || c < ' ') {
		v->state = TEXT;
		sequence(v, c);
	}
}

void vt_write(struct vt *v, const char *s, size_t n)
{
	u64 was = 1ULL << v->row;

	for (; n--; s++)
		if (v->state == TEXT)
			text(v, (u8)*s);
		else if (v->state == ESCAPE)
			escape(v, (u8)*s);
		else
			in_sequence(v, (u8)*s);
	v->dirty |= was | 1ULL << v->row; /* the cursor is seen, too */
}

void vt_init(struct vt *v, u32 rows, u32 cols)
{
	memset(v, 0, sizeof(*v));
	v->rows = MIN(rows, (u32)VT_ROWS);
	v->cols = MIN(cols, (u32)VT_COLS);
	v->style = VT_PLAIN;
	for (u32 row = 0; row < v->rows; row++)
		erase(v, row, 0, v->cols);
	v->dirty = ~0ULL;
}
