/* SPDX-License-Identifier: MIT */
/* Text output of commands; see out.h. Pure. */
#include "shell/out.h"

#include "lib/format.h"
#include "lib/string.h"

static const char *const style_codes[] = {
	[STYLE_PLAIN] = "\033[0m", [STYLE_HEADING] = "\033[1m",
	[STYLE_GOOD] = "\033[32m", [STYLE_WARN] = "\033[31m",
	[STYLE_DIM] = "\033[2m",
};

void out_write(struct out *o, const char *s, size_t n)
{
	if (n)
		o->sink->write(o->sink, s, n);
}

void out_puts(struct out *o, const char *s)
{
	out_write(o, s, strlen(s));
}

void out_printf(struct out *o, const char *fmt, ...)
{
	char buf[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = fmt_vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n > 0)
		out_write(o, buf, MIN((size_t)n, sizeof(buf) - 1));
}

void out_pad(struct out *o, int spaces)
{
	static const char blank[] = "                                ";

	for (; spaces > 0; spaces -= (int)sizeof(blank) - 1)
		out_write(o, blank, MIN((size_t)spaces, sizeof(blank) - 1));
}

void out_style(struct out *o, enum style style)
{
	if (o->colour)
		out_puts(o, style_codes[style]);
}

void out_text(struct out *o, const char *s)
{
	const char *from = s;

	for (; *s; s++) {
		if ((u8)*s >= ' ' && *s != 0x7f)
			continue;
		out_write(o, from, (size_t)(s - from));
		out_puts(o, "?");
		from = s + 1;
	}
	out_write(o, from, (size_t)(s - from));
}
