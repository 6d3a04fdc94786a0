/* SPDX-License-Identifier: MIT */
/*
 * Text from a format, into a buffer: the engine below every kernel message.
 *
 * One conversion is read into a `struct spec`, its argument becomes a prefix
 * (sign, 0x) and a body (digits, string), and emit_field() lays both out with
 * the padding that width and precision ask for. Padding of any width costs no
 * more than the room that is left in the buffer, so a hostile width is harmless.
 *
 * Where the C standard leaves a choice: %p is %#lx without the special case of
 * zero ("0x0"), and %s of NULL is "(null)".
 */
#include "lib/format.h"

#include "lib/string.h"

enum {
	LEFT = 1,  /* '-' */
	ZERO = 2,  /* '0' */
	PLUS = 4,  /* '+' */
	SPACE = 8, /* ' ' */
	ALT = 16,  /* '#' */
};

struct spec {
	unsigned int flags;
	size_t width;
	long precision; /* -1: none given */
	int length;	/* bytes of an integer argument */
	char conversion;
};

struct out {
	char *buf;
	size_t size;
	size_t len; /* of the whole text, whether or not there is room */
};

/* A va_list may be an array type, of which no pointer can be taken. */
struct args {
	va_list ap;
};

static size_t room(const struct out *o, size_t n)
{
	size_t left = o->len + 1 < o->size ? o->size - 1 - o->len : 0;

	return MIN(n, left);
}

static void emit(struct out *o, const char *s, size_t n)
{
	size_t fits = room(o, n);

	if (fits)
		memcpy(o->buf + o->len, s, fits);
	o->len += n;
}

static void emit_padding(struct out *o, char c, size_t n)
{
	size_t fits = room(o, n);

	if (fits)
		memset(o->buf + o->len, c, fits);
	o->len += n;
}

/* prefix, then `zeros` zeros, then body; blanks before or behind up to width. */
static void emit_field(struct out *o, const struct spec *sp, const char *prefix,
		       size_t zeros, const char *body, size_t len)
{
	size_t prefix_len = strlen(prefix);
	size_t used = prefix_len + zeros + len;
	size_t blanks = sp->width > used ? sp->width - used : 0;

	if (!(sp->flags & LEFT))
		emit_padding(o, ' ', blanks);
	emit(o, prefix, prefix_len);
	emit_padding(o, '0', zeros);
	emit(o, body, len);
	if (sp->flags & LEFT)
		emit_padding(o, ' ', blanks);
}

static void emit_number(struct out *o, const struct spec *sp,
			const char *prefix, u64 value, unsigned int base,
			const char *digits)
{
	char buf[22]; /* 64 bits in octal */
	size_t at = sizeof(buf), len, zeros = 0;

	for (u64 v = value; v; v /= base)
		buf[--at] = digits[v % base];
	len = sizeof(buf) - at;

	if (sp->precision < 0) {
		/* Without a precision one digit is the least, and the flag '0'
		 * fills what the width leaves. */
		size_t used = strlen(prefix) + MAX(len, (size_t)1);

		zeros = len ? 0 : 1;
		if ((sp->flags & (ZERO | LEFT)) == ZERO && sp->width > used)
			zeros += sp->width - used;
	} else if ((size_t)sp->precision > len) {
		zeros = (size_t)sp->precision - len;
	}
	/* '#' in octal: the first digit is to be a zero. */
	if (base == 8 && (sp->flags & ALT) && !zeros)
		zeros = 1;
	emit_field(o, sp, prefix, zeros, buf + at, len);
}

static s64 signed_arg(struct args *a, int length)
{
	switch (length) {
	case 1:
		return (signed char)va_arg(a->ap, int);
	case 2:
		return (short)va_arg(a->ap, int);
	case 8:
		return va_arg(a->ap, long);
	default:
		return va_arg(a->ap, int);
	}
}

static u64 unsigned_arg(struct args *a, int length)
{
	switch (length) {
	case 1:
		return (unsigned char)va_arg(a->ap, int);
	case 2:
		return (unsigned short)va_arg(a->ap, int);
	case 8:
		return va_arg(a->ap, unsigned long);
	default:
		return va_arg(a->ap, unsigned int);
	}
}

/* Returns false if there is no such conversion; then nothing was taken. */
static bool emit_conversion(struct out *o, const struct spec *sp,
			    struct args *a)
{
	static const char lower[] = "0123456789abcdef";
	static const char upper[] = "0123456789ABCDEF";
	const char *s;
	size_t max;
	char c;
	s64 i;
	u64 u;

	switch (sp->conversion) {
	case 'd':
	case 'i':
		i = signed_arg(a, sp->length);
		s = i < 0		 ? "-" :
		    sp->flags & PLUS	 ? "+" :
		    sp->flags & SPACE	 ? " " :
					   "";
		emit_number(o, sp, s, i < 0 ? -(u64)i : (u64)i, 10, lower);
		return true;
	case 'u':
		emit_number(o, sp, "", unsigned_arg(a, sp->length), 10, lower);
		return true;
	case 'o':
		emit_number(o, sp, "", unsigned_arg(a, sp->length), 8, lower);
		return true;
	case 'x':
		u = unsigned_arg(a, sp->length);
		emit_number(o, sp, u && (sp->flags & ALT) ? "0x" : "", u, 16,
			    lower);
		return true;
	case 'X':
		u = unsigned_arg(a, sp->length);
		emit_number(o, sp, u && (sp->flags & ALT) ? "0X" : "", u, 16,
			    upper);
		return true;
	case 'p':
		emit_number(o, sp, "0x", (uintptr_t)va_arg(a->ap, void *), 16,
			    lower);
		return true;
	case 'c':
		c = (char)va_arg(a->ap, int);
		emit_field(o, sp, "", 0, &c, 1);
		return true;
	case 's':
		s = va_arg(a->ap, const char *);
		if (!s)
			s = "(null)";
		max = sp->precision < 0 ? SIZE_MAX : (size_t)sp->precision;
		emit_field(o, sp, "", 0, s, strnlen(s, max));
		return true;
	case '%':
		emit(o, "%", 1);
		return true;
	default:
		return false;
	}
}

static const char *parse_flags(const char *f, unsigned int *flags)
{
	for (;; f++) {
		switch (*f) {
		case '-':
			*flags |= LEFT;
			break;
		case '0':
			*flags |= ZERO;
			break;
		case '+':
			*flags |= PLUS;
			break;
		case ' ':
			*flags |= SPACE;
			break;
		case '#':
			*flags |= ALT;
			break;
		default:
			return f;
		}
	}
}

/* A number in the format, or '*': the next argument. Too large: INT32_MAX. */
static const char *parse_count(const char *f, struct args *a, long *out)
{
	long n = 0;

	if (*f == '*') {
		*out = va_arg(a->ap, int);
		return f + 1;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		n = MIN(n * 10 + (*f - '0'), (long)INT32_MAX);
	*out = n;
	return f;
}

static const char *parse_length(const char *f, int *bytes)
{
	*bytes = sizeof(int);
	switch (*f) {
	case 'h':
		*bytes = f[1] == 'h' ? sizeof(char) : sizeof(short);
		return f[1] == 'h' ? f + 2 : f + 1;
	case 'l':
		*bytes = sizeof(long);
		return f[1] == 'l' ? f + 2 : f + 1;
	case 'z':
	case 't':
	case 'j':
		*bytes = sizeof(long);
		return f + 1;
	default:
		return f;
	}
}

/* f stands behind a '%'; returns where the conversion ends. */
static const char *parse_spec(const char *f, struct args *a, struct spec *sp)
{
	long width;

	*sp = (struct spec){ .precision = -1 };
	f = parse_flags(f, &sp->flags);
	f = parse_count(f, a, &width);
	if (width < 0) {
		sp->flags |= LEFT;
		width = -width;
	}
	sp->width = (size_t)width;
	if (*f == '.') {
		f = parse_count(f + 1, a, &sp->precision);
		sp->precision = MAX(sp->precision, -1L);
	}
	f = parse_length(f, &sp->length);
	sp->conversion = *f;
	return *f ? f + 1 : f;
}

int fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .size = size };
	struct spec sp;
	struct args a;

	static_assert(sizeof(long) == 8 && sizeof(long long) == 8 &&
		      sizeof(size_t) == 8, "lengths l ll z t j are all 8 bytes");
	va_copy(a.ap, ap);
	while (*fmt) {
		const char *start = fmt;

		while (*fmt && *fmt != '%')
			fmt++;
		emit(&o, start, (size_t)(fmt - start));
		if (!*fmt)
			break;
		start = fmt;
		fmt = parse_spec(fmt + 1, &a, &sp);
		if (!emit_conversion(&o, &sp, &a))
			emit(&o, start, (size_t)(fmt - start));
	}
	va_end(a.ap);
	if (size)
		buf[MIN(o.len, size - 1)] = '\0';
	return (int)MIN(o.len, (size_t)INT32_MAX);
}

int fmt_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = fmt_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}

int fmt_scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = fmt_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	if ((size_t)len >= size)
		len = size ? (int)(size - 1) : 0;
	return len;
}
