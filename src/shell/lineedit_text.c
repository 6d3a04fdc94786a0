/* SPDX-License-Identifier: MIT */
/* The text of the line being edited: characters, words, and what changes them. */
#include "shell/lineedit_text.h"

#include "lib/string.h"
#include "shell/lineedit_draw.h"

bool le_is_continuation(char c)
{
	return ((u8)c & 0xc0) == 0x80;
}

u32 le_char_before(const struct lineedit *le, u32 pos)
{
	if (pos > 0)
		pos--;
	while (pos > 0 && le_is_continuation(le->text[pos]))
		pos--;
	return pos;
}

u32 le_char_after(const struct lineedit *le, u32 pos)
{
	if (pos < le->len)
		pos++;
	while (pos < le->len && le_is_continuation(le->text[pos]))
		pos++;
	return pos;
}

/* Words are what is not punctuation, as in Emacs. */
static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (u8)c >= 0x80 || c == '_';
}

u32 le_word_before(const struct lineedit *le, u32 pos)
{
	while (pos > 0 && !is_word(le->text[pos - 1]))
		pos--;
	while (pos > 0 && is_word(le->text[pos - 1]))
		pos--;
	return pos;
}

u32 le_word_after(const struct lineedit *le, u32 pos)
{
	while (pos < le->len && !is_word(le->text[pos]))
		pos++;
	while (pos < le->len && is_word(le->text[pos]))
		pos++;
	return pos;
}

/* Ctrl-W cuts what blanks delimit, as in a terminal. */
u32 le_blank_before(const struct lineedit *le, u32 pos)
{
	while (pos > 0 && le->text[pos - 1] == ' ')
		pos--;
	while (pos > 0 && le->text[pos - 1] != ' ')
		pos--;
	return pos;
}

void le_bell(struct lineedit *le)
{
	if (!le->script)
		out_puts(&le->out, "\a");
}

/* ---- changes ---- */

void le_insert(struct lineedit *le, const char *s, u32 n)
{
	if (n > LINE_BYTES - le->len) {
		le->overflow = true;
		le_bell(le);
		return;
	}
	memmove(le->text + le->pos + n, le->text + le->pos, le->len - le->pos);
	memcpy(le->text + le->pos, s, n);
	le->len += n;
	le->pos += n;
	draw_inserted(le, s, n);
}

void le_erase(struct lineedit *le, u32 from, u32 to)
{
	memmove(le->text + from, le->text + to, le->len - to);
	le->len -= to - from;
	le->pos = from;
	le->stale = true;
	if (le->len == 0)
		le->overflow = false;
}

void le_kill(struct lineedit *le, u32 from, u32 to)
{
	if (from == to)
		return;
	memcpy(le->killed, le->text + from, to - from);
	le->killed[to - from] = 0;
	le_erase(le, from, to);
}

void le_move(struct lineedit *le, u32 pos)
{
	le->pos = pos;
	le->stale = true;
}

void le_replace(struct lineedit *le, const char *s)
{
	str_copy(le->text, s, sizeof(le->text));
	le->len = (u32)strnlen(s, LINE_BYTES);
	le->overflow = false;
	le_move(le, le->len);
}

static void reverse(char *from, char *to)
{
	while (from < to) {
		char c = *from;

		*from++ = *--to;
		*to = c;
	}
}

/* Swap the characters around the cursor, or the last two at the end: each turned
 * round, then both together, because a run of bytes that are no UTF-8 may be as
 * long as the line. */
void le_transpose(struct lineedit *le)
{
	u32 mid = le->pos == le->len ? le_char_before(le, le->pos) : le->pos;
	u32 from = le_char_before(le, mid), to = le_char_after(le, mid);

	if (from == mid || mid == to)
		return;
	reverse(le->text + from, le->text + mid);
	reverse(le->text + mid, le->text + to);
	reverse(le->text + from, le->text + to);
	le_move(le, to);
}
