/* SPDX-License-Identifier: MIT */
/* The letters of the screen: 5 by 8 dots, in cells of 6 by 9. */
#pragma once

#include "kernel/types.h"

#define FONT_FIRST ' '
#define FONT_LAST 127 /* what stands for anything that is not ASCII */
#define FONT_COLS 5
#define FONT_ROWS 8
#define CELL_COLS 6
#define CELL_ROWS 9

/* A byte a row, the top one highest; bit 4 is the leftmost dot. */
extern const u64 font[FONT_LAST - FONT_FIRST + 1];
