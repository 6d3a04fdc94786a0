/* SPDX-License-Identifier: MIT */
/*
 * The decoder is a state machine over ECMA-48: ESC, then one of
 *
 *	[ params intermediates final		CSI
 *	O final					SS3 (keypad, F1..F4)
 *	] P X ^ _ ... BEL or ESC \		strings, bounded
 *	any other byte				Alt and that key
 *
 * A control character inside a sequence ends it and counts as itself, as in a
 * terminal: Ctrl-C works whatever was cut off before it.
 */
#include "shell/keys.h"

#define ESC 27
#define BEL 7
#define STRING_MAX 200 /* bytes swallowed before it is taken for line noise */

enum { GROUND, ESCAPE, CSI, SS3, STRING, STRING_ESC, SKIP };

static int csi_tilde(const struct keys *k)
{
	switch (k->param[0]) {
	case 1:
	case 7:
		return KEY_HOME;
	case 4:
	case 8:
		return KEY_END;
	case 3:
		return KEY_DELETE;
	case 200:
		return KEY_PASTE_BEGIN;
	case 201:
		return KEY_PASTE_END;
	}
	return KEY_NONE;
}

/* The final byte of CSI or SS3. Lower case is rxvt's Ctrl-arrow. */
static int final_byte(const struct keys *k, u8 byte)
{
	bool modified = k->nr_params == 2 && k->param[1] > 1;

	switch (byte) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return modified ? KEY_WORD_RIGHT : KEY_RIGHT;
	case 'D':
		return modified ? KEY_WORD_LEFT : KEY_LEFT;
	case 'c':
		return KEY_WORD_RIGHT;
	case 'd':
		return KEY_WORD_LEFT;
	case 'H':
		return KEY_HOME;
	case 'F':
		return KEY_END;
	case 'R':
		return k->nr_params == 2 ? KEY_REPORT : KEY_NONE;
	case '~':
		return csi_tilde(k);
	}
	return KEY_NONE;
}

static int csi_byte(struct keys *k, u8 byte)
{
	if (byte >= '0' && byte <= '9') {
		u16 *p = &k->param[MIN(k->nr_params, KEYS_PARAMS) - 1];

		*p = (u16)MIN(*p * 10 + (byte - '0'), 9999);
	} else if (byte == ';') {
		if (k->nr_params < KEYS_PARAMS)
			k->param[k->nr_params++] = 0;
	} else if (byte >= '<' && byte <= '?') {
		k->private = true;
	} else if (byte == '[') {
		k->state = SKIP; /* Linux console: ESC [ [ A is F1 */
		k->skip = 1;
	} else if (byte == 'M' && k->nr_params == 1 && k->param[0] == 0) {
		k->state = SKIP; /* a mouse: three bytes of position */
		k->skip = 3;
	} else if (byte >= 0x40) {
		k->state = GROUND;
		return k->private ? KEY_NONE : final_byte(k, byte);
	}
	return KEY_NONE;
}

static int escape_byte(struct keys *k, u8 byte)
{
	k->state = GROUND;
	switch (byte) {
	case '[':
	case 'O':
		k->state = byte == '[' ? CSI : SS3;
		k->nr_params = 1;
		k->param[0] = 0;
		k->private = false;
		return KEY_NONE;
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		k->state = STRING;
		k->string_len = 0;
		return KEY_NONE;
	}
	return KEY_ALT + byte;
}

static int control_byte(struct keys *k, u8 byte)
{
	bool in_string = k->state == STRING || k->state == STRING_ESC;
	bool lf_of_crlf = byte == '\n' && k->after_cr;

	if (byte == 0)
		return KEY_NONE;
	if (byte == ESC) {
		k->state = in_string ? STRING_ESC : ESCAPE;
		return KEY_NONE;
	}
	if (k->state == ESCAPE && byte == 8) {
		k->state = GROUND; /* Alt-Backspace of some terminals */
		return KEY_ALT + byte;
	}
	k->state = GROUND;
	if (byte == BEL && in_string)
		return KEY_NONE;
	k->after_cr = byte == '\r';
	if (lf_of_crlf)
		return KEY_NONE;
	return byte == '\n' ? KEY_ENTER : byte;
}

int keys_feed(struct keys *k, u8 byte)
{
	if (byte < ' ')
		return control_byte(k, byte);
	k->after_cr = false;

	switch (k->state) {
	case ESCAPE:
		return escape_byte(k, byte);
	case CSI:
		return csi_byte(k, byte);
	case SS3:
		k->state = GROUND;
		return final_byte(k, byte);
	case STRING_ESC: /* the backslash of ESC \, or something new */
		k->state = GROUND;
		return byte == '\\' ? KEY_NONE : escape_byte(k, byte);
	case STRING:
		if (++k->string_len >= STRING_MAX)
			k->state = GROUND;
		return KEY_NONE;
	case SKIP:
		if (--k->skip == 0)
			k->state = GROUND;
		return KEY_NONE;
	}
	return byte;
}
