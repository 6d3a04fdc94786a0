/* SPDX-License-Identifier: MIT */
/*
 * A picture of text that is refreshed in place: `watch`, `top`, `mm watch`. A
 * command writes a whole new picture into the sink; screen_show() sends only
 * the rows that differ from the one before, so a slow line does not flicker,
 * and can mark the characters that changed. Pure.
 */
#pragma once

#include "shell/out.h"

/* What is larger is cut off: two pictures of cells take 24 KB, and no listing is
 * wider. `watch -h` says so. */
#define SCREEN_ROWS 48
#define SCREEN_COLS 128

struct screen {
	struct sink sink; /* what the command writes to */
	u32 rows, cols;	  /* in use */
	u32 row, col;	  /* where the next character goes */
	bool first;	  /* nothing is on the terminal yet */
	u8 style;	  /* SGR number of what is being written */
	u8 escape;	  /* inside an escape sequence */
	u32 param;
	struct cell {
		char c; /* 0: blank, never written */
		u8 style;
	} now[SCREEN_ROWS][SCREEN_COLS], before[SCREEN_ROWS][SCREEN_COLS];
};

void screen_init(struct screen *s, u32 rows, u32 cols);
/* Begin a new picture. */
void screen_begin(struct screen *s);
/* Send it. mark: show in reverse what differs from the one before. */
void screen_show(struct screen *s, struct out *terminal, bool mark);
