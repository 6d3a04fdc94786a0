/* SPDX-License-Identifier: MIT */
/*
 * From the bytes of a terminal to keys. Terminals disagree about Home, End and
 * the arrows (VT100, xterm, rxvt, Linux console); all spellings are understood,
 * and every escape sequence is swallowed whole, known or not, so that none of
 * its bytes can end up in the line. Pure.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

/* 1..31 and 127 are control characters as they came (except NUL, which serial
 * lines make up), 32..255 bytes of text in UTF-8. */
enum key {
	KEY_NONE = -1, /* nothing yet */
	KEY_ENTER = '\r', /* CR, LF or CR LF: once each */
	KEY_UP = 0x100,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_DELETE,
	KEY_WORD_LEFT,
	KEY_WORD_RIGHT,
	KEY_REPORT, /* cursor position report: param[0] = row, [1] = column */
	KEY_PASTE_BEGIN,
	KEY_PASTE_END,
	KEY_ALT = 0x200, /* + the byte */
};

#define KEYS_PARAMS 4

struct keys {
	u8 state;
	u8 skip;	/* bytes still to be swallowed */
	u8 string_len;	/* bytes of an OSC or DCS string so far */
	u8 nr_params;
	bool after_cr;
	bool private; /* the sequence is an answer, not a key */
	u16 param[KEYS_PARAMS];
};

int keys_feed(struct keys *k, u8 byte);
