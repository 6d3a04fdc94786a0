/* SPDX-License-Identifier: MIT */
/*
 * What keys do, and the history; the text is lineedit_text.c, the picture is
 * lineedit_draw.c, the decoding of keys is keys.c. See lineedit.h.
 */
#include "shell/lineedit_draw.h"
#include "shell/lineedit_text.h"

#include "lib/string.h"

#define CTRL(c) ((c) & 0x1f)
#define DEL 127

/* ---- history ---- */

static void browse(struct lineedit *le, int line)
{
	const char *s;

	if (line < -1 || line == le->browse)
		return;
	s = line < 0 ? le->saved : history_get(le->history, (u32)line);
	if (!s) {
		le_bell(le);
		return;
	}
	if (le->browse < 0) {
		le->text[le->overflow ? 0 : le->len] = 0;
		str_copy(le->saved, le->text, sizeof(le->saved));
	}
	le->browse = line;
	le_replace(le, s);
}

/* The first line at or behind `from` with the pattern; -1: none. */
static int search(struct lineedit *le, int from)
{
	int n;

	le->pattern[le->pattern_len] = 0;
	n = history_search(le->history, (u32)MAX(from, 0), le->pattern);
	if (n < 0)
		le_bell(le);
	le->stale = true;
	return n;
}

static void search_end(struct lineedit *le, bool accept)
{
	const char *s = le->found < 0 ? NULL :
					history_get(le->history, (u32)le->found);

	le->searching = false;
	le->stale = true;
	if (accept && s)
		le_replace(le, s);
}

/* A key while searching: false if it ends the search and then counts itself.
 * Return runs what is shown: where nothing was found, nothing. */
static bool search_key(struct lineedit *le, int key)
{
	char c = (char)key;
	int n;

	if (key == CTRL('R')) {
		n = search(le, le->found + 1);
		if (n >= 0) /* no older one: the one that was found stays */
			le->found = n;
	} else if (key == KEY_ENTER && le->found < 0) {
		search_end(le, false);
		le_bell(le);
	} else if (key == CTRL('G') || key == CTRL('C')) {
		search_end(le, false);
	} else if (key == CTRL('H') || key == DEL) {
		while (le->pattern_len > 0 &&
		       le_is_continuation(le->pattern[--le->pattern_len]))
			;
		le->found = search(le, 0);
	} else if (key >= ' ' && key <= 0xff) {
		if (le->pattern_len < SEARCH_BYTES)
			le->pattern[le->pattern_len++] = c;
		le->found = search(le, le->found);
	} else {
		search_end(le, true);
		return false;
	}
	return true;
}

/* ---- keys ---- */

static enum le_event finish(struct lineedit *le, enum le_event event)
{
	le->text[le->len] = 0;
	if (!le->script) {
		if (le->pos != le->len)
			le_move(le, le->len);
		le_refresh(le);
		if (event == LE_CANCEL)
			out_puts(&le->out, "^C");
		out_puts(&le->out, "\n");
	}
	le->shown = false;
	return event;
}

static void report(struct lineedit *le)
{
	u32 rows = le->keys.param[0], cols = le->keys.param[1];

	/* F3 with modifiers looks the same: believe only what was asked for. */
	if (!le->probing || cols < 20 || rows < 4)
		return;
	le->probing = false;
	le->dumb = false;
	le->rows = rows;
	le->cols = cols;
	le->stale = true;
}

static void edit_control(struct lineedit *le, int key)
{
	switch (key) {
	case CTRL('A'):
		le_move(le, 0);
		break;
	case CTRL('E'):
		le_move(le, le->len);
		break;
	case CTRL('B'):
		le_move(le, le_char_before(le, le->pos));
		break;
	case CTRL('F'):
		le_move(le, le_char_after(le, le->pos));
		break;
	case CTRL('D'):
		le_erase(le, le->pos, le_char_after(le, le->pos));
		break;
	case CTRL('H'):
	case DEL:
		le_erase(le, le_char_before(le, le->pos), le->pos);
		break;
	case CTRL('K'):
		le_kill(le, le->pos, le->len);
		break;
	case CTRL('U'):
		le_kill(le, 0, le->pos);
		break;
	case CTRL('W'):
		le_kill(le, le_blank_before(le, le->pos), le->pos);
		break;
	case CTRL('Y'):
		le_insert(le, le->killed, (u32)strlen(le->killed));
		break;
	case CTRL('T'):
		le_transpose(le);
		break;
	case CTRL('L'):
		draw_clear(le);
		le_probe(le);
		break;
	case CTRL('P'):
		browse(le, le->browse + 1);
		break;
	case CTRL('N'):
		browse(le, le->browse - 1);
		break;
	case CTRL('R'):
		le->searching = true;
		le->found = -1;
		le->pattern_len = 0;
		le->stale = true;
		break;
	}
}

static void edit_special(struct lineedit *le, int key)
{
	static const u8 same[] = {
		[KEY_UP - KEY_UP] = CTRL('P'),	   [KEY_DOWN - KEY_UP] = CTRL('N'),
		[KEY_LEFT - KEY_UP] = CTRL('B'),   [KEY_RIGHT - KEY_UP] = CTRL('F'),
		[KEY_HOME - KEY_UP] = CTRL('A'),   [KEY_END - KEY_UP] = CTRL('E'),
		[KEY_DELETE - KEY_UP] = CTRL('D'),
	};

	switch (key) {
	case KEY_ALT + 'b':
	case KEY_WORD_LEFT:
		le_move(le, le_word_before(le, le->pos));
		break;
	case KEY_ALT + 'f':
	case KEY_WORD_RIGHT:
		le_move(le, le_word_after(le, le->pos));
		break;
	case KEY_ALT + 'd':
		le_kill(le, le->pos, le_word_after(le, le->pos));
		break;
	case KEY_ALT + DEL:
	case KEY_ALT + CTRL('H'):
		le_kill(le, le_word_before(le, le->pos), le->pos);
		break;
	case KEY_REPORT:
		report(le);
		return;
	case KEY_PASTE_BEGIN:
	case KEY_PASTE_END:
		le->pasting = key == KEY_PASTE_BEGIN;
		return;
	default:
		if (key - KEY_UP < (int)sizeof(same))
			edit_control(le, same[key - KEY_UP]);
	}
	/* It speaks escape sequences: so it is a terminal that has them. */
	if (le->dumb) {
		le->dumb = false;
		le_probe(le);
	}
}

static enum le_event edit_key(struct lineedit *le, int key)
{
	char c = (char)key;

	if (le->searching && key != KEY_REPORT && search_key(le, key))
		return LE_MORE;

	if (key == KEY_ENTER)
		return finish(le, LE_LINE);
	if (key == CTRL('C'))
		return finish(le, LE_CANCEL);
	if (key == '\t' && (le->pasting || le->script)) {
		le_insert(le, " ", 1);
	} else if (key == '\t') {
		return LE_COMPLETE;
	} else if (key >= KEY_UP) {
		if (!le->script)
			edit_special(le, key);
	} else if (key >= ' ' && key != DEL) {
		le_insert(le, &c, 1);
	} else if (!le->script && !le->pasting) {
		edit_control(le, key);
	}
	return LE_MORE;
}

enum le_event le_feed(struct lineedit *le, u8 byte)
{
	int key = keys_feed(&le->keys, byte);
	enum le_event event;

	if (key == KEY_NONE)
		return LE_MORE;
	event = edit_key(le, key);
	if (event != LE_COMPLETE && key != KEY_REPORT)
		le->last_tab = false;
	return event;
}

/* ---- completion ---- */

void le_complete_begin(struct lineedit *le, struct completions *c, u32 word)
{
	le->text[le->len] = 0;
	*c = (struct completions){ .prefix = le->text + word,
				   .prefix_len = le->pos - word };
}

bool le_complete_end(struct lineedit *le, struct completions *c)
{
	u32 common = (u32)strlen(c->common);
	bool again = le->last_tab;

	le->last_tab = true;
	if (c->count == 0) {
		le_bell(le);
		return false;
	}
	if (common > c->prefix_len)
		le_insert(le, c->common + c->prefix_len,
		       common - (u32)c->prefix_len);
	if (c->count == 1) {
		if (c->common[common - 1] != '/' &&
		    (le->pos == le->len || le->text[le->pos] != ' '))
			le_insert(le, " ", 1);
		le->last_tab = false;
		return false;
	}
	if (!again)
		return false;
	le_move(le, le->len);
	le_refresh(le);
	out_puts(&le->out, "\n");
	complete_list_begin(c, &le->out, le->cols);
	return true;
}

void le_complete_listed(struct lineedit *le, struct completions *c)
{
	complete_list_end(c);
	le->shown = true;
	le->stale = true;
	le->drawn = 0;
}

/* ---- life ---- */

void le_init(struct lineedit *le, struct sink *sink, struct history *history,
	     const char *prompt)
{
	memset(le, 0, sizeof(*le));
	le->out.sink = sink;
	le->history = history;
	le->prompt = prompt;
	le->cols = 80;
	le->rows = 24;
	le->dumb = true;
}

void le_start(struct lineedit *le)
{
	le->len = le->pos = le->first = le->drawn = 0;
	le->overflow = le->searching = le->last_tab = false;
	le->browse = -1;
	le->shown = le->stale = le->fresh = true;
	le_refresh(le);
}
