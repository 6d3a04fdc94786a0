/* SPDX-License-Identifier: MIT */
/*
 * Where a command's output goes. A sink takes bytes: the terminal, a grep stage,
 * the picture of `watch`. Sinks are chained by embedding (struct grep holds the
 * sink it writes to). Struct out is what a command sees: a sink, and the form in
 * which listings are wanted.
 *
 * No locking: an out belongs to the one thread that runs the command.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

struct sink {
	void (*write)(struct sink *s, const char *p, size_t n);
};

enum out_mode { OUT_TEXT, OUT_JSON, OUT_CSV };

enum style {
	STYLE_PLAIN,
	STYLE_HEADING,
	STYLE_GOOD,
	STYLE_WARN, /* what the eye must not miss */
	STYLE_DIM,
};

struct out {
	struct sink *sink;
	enum out_mode mode;
	bool colour; /* the reader is a person at a terminal that has colours */
};

void out_write(struct out *o, const char *s, size_t n);
void out_puts(struct out *o, const char *s);
/* Text of at most 255 bytes a call; what is longer is cut. */
void out_printf(struct out *o, const char *fmt, ...) __printf(2, 3);
void out_pad(struct out *o, int spaces); /* <= 0: nothing */
/* Begin a style, or end it with STYLE_PLAIN; nothing without colour. */
void out_style(struct out *o, enum style style);
/* A string from anywhere (a process name, a file name): control characters,
 * which could command the terminal, come out as '?'. */
void out_text(struct out *o, const char *s);
