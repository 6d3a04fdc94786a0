/* SPDX-License-Identifier: MIT */
/* Between the two halves of the line editor: what changed on the screen. */
#pragma once

#include "shell/lineedit.h"

/* s[0..n) was inserted before the cursor. */
void draw_inserted(struct lineedit *le, const char *s, u32 n);
void draw_clear(struct lineedit *le);
