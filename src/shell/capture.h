/* SPDX-License-Identifier: MIT */
/* A sink that keeps what is written, for the shell's own tests. */
#pragma once

#include "lib/string.h"
#include "shell/out.h"

struct capture {
	struct sink sink;
	size_t len;
	char text[1024];
};

static inline void capture_write(struct sink *s, const char *p, size_t n)
{
	struct capture *c = container_of(s, struct capture, sink);

	n = MIN(n, sizeof(c->text) - 1 - c->len);
	memcpy(c->text + c->len, p, n);
	c->len += n;
	c->text[c->len] = 0;
}

static inline void capture_reset(struct capture *c)
{
	c->sink.write = capture_write;
	c->len = 0;
	c->text[0] = 0;
}

static inline bool captured(struct capture *c, const char *want)
{
	bool same = strcmp(c->text, want) == 0;

	capture_reset(c);
	return same;
}
