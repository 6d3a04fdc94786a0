/* SPDX-License-Identifier: MIT */
/*
 * A text screen: bytes in, cells of characters and styles out. It knows what this
 * kernel's own output needs: new lines, tabs, backspace, scrolling, and of the escape
 * sequences (ECMA-48, 8.3) cursor addressing, erasing and SGR. Others are dropped. A
 * character beyond ASCII becomes one VT_OTHER. No locks: the caller's.
 */
#pragma once

#include "kernel/types.h"

#define VT_ROWS 48
#define VT_COLS 100
#define VT_OTHER 127
#define VT_PARAMS 4

/* A style: SGR's colour (30 to 37, less 30) and these. */
#define VT_PLAIN 7
#define VT_COLOUR 7
#define VT_BOLD 8
#define VT_REVERSE 16

struct vt_cell {
	u8 c, style;
};

struct vt {
	u32 rows, cols;
	u32 row, col;		/* col == cols: the next character begins a row */
	u32 saved_row, saved_col;
	u64 dirty;		/* a bit for each row that has changed */
	u32 param[VT_PARAMS], params;
	u8 style, state;
	struct vt_cell cell[VT_ROWS][VT_COLS];
};

/* Blank, at most VT_ROWS by VT_COLS, all dirty. */
void vt_init(struct vt *v, u32 rows, u32 cols);
void vt_write(struct vt *v, const char *s, size_t n);
