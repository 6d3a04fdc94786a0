/* SPDX-License-Identifier: MIT */
/*
 * The text of the line being edited. It is UTF-8 and the cursor never stands inside a
 * sequence. What is not UTF-8 does no harm: a stray continuation byte sticks to the
 * character before it.
 */
#pragma once

#include "shell/lineedit.h"

bool le_is_continuation(char c);
/* Where the character, the word, or what blanks delimit begins or ends, seen from pos. */
u32 le_char_before(const struct lineedit *le, u32 pos);
u32 le_char_after(const struct lineedit *le, u32 pos);
u32 le_word_before(const struct lineedit *le, u32 pos);
u32 le_word_after(const struct lineedit *le, u32 pos);
u32 le_blank_before(const struct lineedit *le, u32 pos);

/* s[0..n) before the cursor; too much is refused. */
void le_insert(struct lineedit *le, const char *s, u32 n);
void le_erase(struct lineedit *le, u32 from, u32 to);
/* The same, kept for Ctrl-Y. */
void le_kill(struct lineedit *le, u32 from, u32 to);
void le_move(struct lineedit *le, u32 pos);
/* All of it, by s. */
void le_replace(struct lineedit *le, const char *s);
void le_transpose(struct lineedit *le);
void le_bell(struct lineedit *le);
