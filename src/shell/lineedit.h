/* SPDX-License-Identifier: MIT */
/*
 * The line editor: a state machine fed with bytes, which draws through a sink.
 * Pure; owned by the shell thread.
 *
 *	Ctrl-A E B F, Home End, arrows     move       Alt-B F   by words
 *	Ctrl-D H, Delete, Backspace        delete a character
 *	Ctrl-K U W, Alt-D Backspace        cut to end, to start, word
 *	Ctrl-Y T L                         paste, transpose, clear screen
 *	Ctrl-P N, up, down, Ctrl-R         history, search in it
 *	Tab, Tab Tab                       complete, list
 *	Ctrl-C                             a fresh line
 *
 * Drawing is lazy: bytes that extend the line are echoed at once, anything else
 * only marks the picture stale, and le_refresh() draws when no more input is
 * waiting. A paste at full speed thus costs about a byte of output per byte.
 *
 * A terminal is taken for dumb (only CR, BS and text are sent, 80 columns) until
 * it has answered le_probe() or sent an escape sequence of its own.
 */
#pragma once

#include "shell/complete.h"
#include "shell/history.h"
#include "shell/keys.h"
#include "shell/out.h"

#define LINE_BYTES 4096 /* of a line, without the NUL */
#define SEARCH_BYTES 64

enum le_event {
	LE_MORE,     /* the line is not finished */
	LE_LINE,     /* text[] is complete */
	LE_CANCEL,   /* Ctrl-C */
	LE_COMPLETE, /* Tab: the owner runs le_complete_*() */
};

struct lineedit {
	struct out out;
	const char *prompt; /* ASCII */
	struct history *history;
	u32 cols, rows;	    /* of the terminal */
	bool dumb;	    /* no escape sequences, please */
	bool script;	    /* no echo, no prompt, no editing */

	char text[LINE_BYTES + 1]; /* NUL-terminated when LE_LINE is returned */
	u32 len, pos;		   /* bytes; pos: where the cursor is */
	bool overflow;		   /* bytes were refused: what is there is not
				    * what was typed, and must not be run */

	/* private */
	struct keys keys;
	u32 first;	  /* columns scrolled out to the left */
	u32 drawn;	  /* columns on the screen, prompt included */
	bool shown, stale;
	bool fresh;	  /* nothing of it drawn; the cursor is at column 0 */
	bool probing;	  /* a report of the cursor's position is due */
	bool pasting;
	bool last_tab;	  /* the key before was Tab too */
	int browse;	  /* history line shown, -1: the new one */
	char saved[LINE_BYTES + 1];  /* the new one, while browsing */
	char killed[LINE_BYTES + 1]; /* for Ctrl-Y */
	bool searching;
	int found;	  /* history line found, -1: none */
	char pattern[SEARCH_BYTES + 1];
	u32 pattern_len;
};

void le_init(struct lineedit *le, struct sink *sink, struct history *history,
	     const char *prompt);
/* Ask the terminal for its size; the answer comes in with the keys. */
void le_probe(struct lineedit *le);
/* Begin a line: the prompt appears at column 0. */
void le_start(struct lineedit *le);
/* A byte from the terminal. After LE_LINE and LE_CANCEL the cursor stands at the
 * start of a fresh row. */
enum le_event le_feed(struct lineedit *le, u8 byte);
/* Bring the picture up to date; call when no more input is waiting. */
void le_refresh(struct lineedit *le);
/* Something else wants to print: take the line off the screen; put it back. */
void le_hide(struct lineedit *le);
void le_show(struct lineedit *le);

/*
 * Completion, after LE_COMPLETE. le_complete_begin() fills in the prefix, which
 * is text[word..pos); the owner lets its completer add candidates; then
 * le_complete_end() extends the line. If it returns true the candidates are to
 * be listed: the completer runs once more, and le_complete_listed() ends it.
 */
void le_complete_begin(struct lineedit *le, struct completions *c, u32 word);
bool le_complete_end(struct lineedit *le, struct completions *c);
void le_complete_listed(struct lineedit *le, struct completions *c);
