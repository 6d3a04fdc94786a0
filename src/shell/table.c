/* SPDX-License-Identifier: MIT */
/*
 * Tables and records; see table.h. Pure: bytes go to a sink and nowhere else.
 *
 * Three layers: value_text() and write_value() know the forms of one value, the
 * table and record functions know where commas, padding and newlines go.
 */
#include "shell/table.h"

#include "kernel/assert.h"
#include "lib/format.h"
#include "lib/string.h"

/* ---- one value ---- */

/* 1234567 with the unit names of steps of `base`: three digits or so. */
static void text_scaled(u64 v, unsigned int base, const char *const *units,
			char *buf, size_t size)
{
	u64 rest = 0;

	for (; v >= base && units[1]; units++) {
		rest = v % base;
		v /= base;
	}
	if (v < 10 && rest)
		fmt_snprintf(buf, size, "%llu.%llu%s", (unsigned long long)v,
			     (unsigned long long)(rest * 10 / base), *units);
	else
		fmt_snprintf(buf, size, "%llu%s", (unsigned long long)v, *units);
}

void value_text(struct value v, char *buf, size_t size)
{
	static const char *const times[] = { "us", "ms", "s", NULL };
	static const char *const sizes[] = { "", "K", "M", "G", "T", NULL };
	unsigned long long u = v.u;

	switch (v.type) {
	case V_U64:
		fmt_snprintf(buf, size, "%llu", u);
		break;
	case V_S64:
		fmt_snprintf(buf, size, "%lld", (long long)u);
		break;
	case V_HEX:
	case V_HEXNUM:
		fmt_snprintf(buf, size, "0x%llx", u);
		break;
	case V_BOOL:
		str_copy(buf, u ? "yes" : "no", size);
		break;
	case V_US:
		if (u >= 60 * 1000000ULL)
			fmt_snprintf(buf, size, "%llum%02llus", u / 60000000,
				     u / 1000000 % 60);
		else
			text_scaled(u, 1000, times, buf, size);
		break;
	case V_BYTES:
		text_scaled(u, 1024, sizes, buf, size);
		break;
	default:
		str_copy(buf, "-", size);
	}
}

/* Length of the valid UTF-8 sequence at s (ended by a NUL), or 0. */
static size_t utf8_length(const char *s)
{
	u8 c = (u8)s[0];
	size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 :
		   c < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if (((u8)s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, beyond U+10FFFF. */
	if ((c == 0xe0 && (u8)s[1] < 0xa0) || (c == 0xed && (u8)s[1] > 0x9f) ||
	    (c == 0xf0 && (u8)s[1] < 0x90) || (c == 0xf4 && (u8)s[1] > 0x8f))
		return 0;
	return n;
}

/* RFC 8259: bytes that are not UTF-8 appear as the code point of their value,
 * so that the document stays valid whatever a name contains. */
static void json_string(struct out *o, const char *s)
{
	out_puts(o, "\"");
	while (*s) {
		size_t n = utf8_length(s);

		if (*s == '"' || *s == '\\')
			out_printf(o, "\\%c", *s);
		else if (n == 0 || (u8)*s < ' ' || *s == 0x7f)
			out_printf(o, "\\u%04x", (u8)*s);
		else
			out_write(o, s, n);
		s += n ? n : 1;
	}
	out_puts(o, "\"");
}

/* RFC 4180. */
static void csv_string(struct out *o, const char *s)
{
	if (!strchr(s, ',') && !strchr(s, '"')) {
		out_text(o, s);
		return;
	}
	out_puts(o, "\"");
	for (; *s; s++) {
		char one[3] = { *s, *s == '"' ? '"' : 0, 0 };

		out_text(o, one);
	}
	out_puts(o, "\"");
}

/* JSON and CSV. */
static void write_value(struct out *o, struct value v)
{
	bool json = o->mode == OUT_JSON;
	char buf[24];

	switch (v.type) {
	case V_NONE:
		out_puts(o, json ? "null" : "");
		return;
	case V_STR:
		if (json)
			json_string(o, v.s);
		else
			csv_string(o, v.s);
		return;
	case V_BOOL:
		out_puts(o, v.u ? "true" : "false");
		return;
	case V_LABEL:
		v.u = v.label->u;
		v.type = V_U64;
		break;
	case V_HEXNUM:
	case V_US:
	case V_BYTES:
		v.type = V_U64;
		break;
	default:
		break;
	}
	value_text(v, buf, sizeof(buf));
	if (v.type == V_HEX && json)
		out_printf(o, "\"%s\"", buf);
	else
		out_puts(o, buf);
}

/* Columns on the screen: continuation bytes of UTF-8 take none. */
static int text_columns(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += ((u8)*s & 0xc0) != 0x80;
	return n;
}

/* Text in a field of |width| columns (> 0: right aligned); *behind is what
 * earlier fields overran and this one may give back. */
static void write_field(struct out *o, struct value v, int width, bool last,
			int *behind)
{
	char buf[24];
	const char *s = buf;
	int pad, give;

	if (v.type == V_LABEL)
		s = v.label->text;
	else if (v.type == V_STR && v.s)
		s = v.s;
	else
		value_text(v, buf, sizeof(buf));
	pad = (width < 0 ? -width : width) - text_columns(s);
	give = pad > 0 ? MIN(pad, *behind) : pad;
	pad -= give;
	*behind -= give; /* give < 0: this field overruns in its turn */

	if (width > 0)
		out_pad(o, pad);
	if (v.style)
		out_style(o, v.style);
	out_text(o, s);
	if (v.style)
		out_style(o, STYLE_PLAIN);
	if (width < 0 && !last)
		out_pad(o, pad);
}

/* ---- tables ---- */

static bool last_shown(const struct table *t, unsigned int i)
{
	for (i++; i < t->nr; i++)
		if (t->col[i].heading)
			return false;
	return true;
}

static void table_headings(struct table *t)
{
	bool first = true;
	int behind = 0;

	if (t->out->mode == OUT_TEXT)
		out_style(t->out, STYLE_HEADING);
	for (unsigned int i = 0; i < t->nr; i++) {
		const struct column *c = &t->col[i];

		if (t->out->mode == OUT_CSV) {
			out_printf(t->out, "%s%s", i ? "," : "", c->key);
			continue;
		}
		if (!c->heading)
			continue;
		if (!first)
			out_puts(t->out, " ");
		first = false;
		write_field(t->out, v_str(c->heading), c->width,
			    last_shown(t, i), &behind);
	}
	if (t->out->mode == OUT_TEXT)
		out_style(t->out, STYLE_PLAIN);
	out_puts(t->out, "\n");
}

void table_begin(struct table *t, struct out *o, const struct column *col,
		 unsigned int nr)
{
	*t = (struct table){ .out = o, .col = col, .nr = nr };
	if (o->mode == OUT_JSON)
		out_puts(o, "[");
	else
		table_headings(t);
}

static void cell_json(struct table *t, struct value v)
{
	if (t->next == 0)
		out_puts(t->out, t->rows ? ",{" : "{");
	out_printf(t->out, "%s\"%s\":", t->next ? "," : "",
		   t->col[t->next].key);
	write_value(t->out, v);
	if (t->next == t->nr - 1)
		out_puts(t->out, "}");
}

static void cell_csv(struct table *t, struct value v)
{
	if (t->owner)
		out_printf(t->out, "%s.%u.%s,", t->key, t->rows,
			   t->col[t->next].key);
	else if (t->next)
		out_puts(t->out, ",");
	write_value(t->out, v);
	if (t->owner || t->next == t->nr - 1)
		out_puts(t->out, "\n");
}

static void cell_text(struct table *t, struct value v)
{
	const struct column *c = &t->col[t->next];

	if (t->next == 0)
		t->behind = 0;
	if (c->heading) {
		write_field(t->out, v, c->width, last_shown(t, t->next),
			    &t->behind);
		if (!last_shown(t, t->next))
			out_puts(t->out, " ");
	}
	if (t->next == t->nr - 1)
		out_puts(t->out, "\n");
}

void table_cell(struct table *t, struct value v)
{
	if (v.type == V_STR && !v.s)
		v.type = V_NONE;
	if (t->out->mode == OUT_JSON)
		cell_json(t, v);
	else if (t->out->mode == OUT_CSV)
		cell_csv(t, v);
	else
		cell_text(t, v);
	if (++t->next == t->nr) {
		t->next = 0;
		t->rows++;
	}
}

void table_cells(struct table *t, const struct value *v, unsigned int n)
{
	ASSERT(n == t->nr);
	while (n--)
		table_cell(t, *v++);
}

void table_end(struct table *t)
{
	if (t->out->mode == OUT_JSON)
		out_puts(t->out, t->owner ? "]" : "]\n");
}

/* ---- records ---- */

void record_begin(struct record *r, struct out *o, int key_width)
{
	*r = (struct record){ .out = o, .width = key_width };
	if (o->mode == OUT_JSON)
		out_puts(o, "{");
	else if (o->mode == OUT_CSV)
		out_puts(o, "key,value\n");
}

/* What stands before a member: comma and key, or the key padded. As text a time
 * shows its unit itself: "age_us 8412" is "age 8.4ms". */
static void record_key(struct record *r, const char *key, enum value_type type)
{
	int len = (int)strlen(key);

	struct out *o = r->out;
	bool used = r->used & BIT(r->depth);

	r->used |= (u32)BIT(r->depth);
	if (o->mode == OUT_JSON) {
		out_printf(o, "%s\"%s\":", used ? "," : "", key);
	} else if (o->mode == OUT_TEXT) {
		out_puts(o, r->depth && used ? "  " : "");
		out_style(o, STYLE_DIM);
		if (type == V_US && len > 3)
			len -= 3;
		out_write(o, key, (size_t)len);
		out_style(o, STYLE_PLAIN);
		if (r->depth == 0)
			out_pad(o, r->width - len);
		out_puts(o, " ");
	}
}

void record_field(struct record *r, const char *key, struct value v)
{
	struct out *o = r->out;
	int behind = 0;

	if (v.type == V_STR && !v.s)
		v.type = V_NONE;
	record_key(r, key, v.type);
	if (o->mode == OUT_TEXT) {
		write_field(o, v, 0, true, &behind);
		out_puts(o, r->depth ? "" : "\n");
		return;
	}
	if (o->mode == OUT_CSV) {
		for (unsigned int i = 0; i < r->depth; i++)
			out_printf(o, "%s.", r->group[i]);
		out_printf(o, "%s,", key);
	}
	write_value(o, v);
	if (o->mode == OUT_CSV)
		out_puts(o, "\n");
}

void record_group(struct record *r, const char *key)
{
	ASSERT(r->depth < RECORD_DEPTH);
	record_key(r, key, V_NONE);
	r->group[r->depth++] = key;
	r->used &= ~(u32)BIT(r->depth);
	if (r->out->mode == OUT_JSON)
		out_puts(r->out, "{");
}

void record_group_end(struct record *r)
{
	ASSERT(r->depth > 0);
	r->depth--;
	if (r->out->mode == OUT_JSON)
		out_puts(r->out, "}");
	else if (r->out->mode == OUT_TEXT && r->depth == 0)
		out_puts(r->out, "\n");
}

void record_table(struct record *r, const char *key, struct table *t,
		  const struct column *col, unsigned int nr)
{
	*t = (struct table){ .out = r->out, .col = col, .nr = nr,
			     .owner = r, .key = key };
	if (r->out->mode == OUT_JSON) {
		record_key(r, key, V_NONE);
		out_puts(r->out, "[");
	} else if (r->out->mode == OUT_TEXT) {
		out_puts(r->out, "\n");
		table_headings(t);
	}
}

void record_end(struct record *r)
{
	ASSERT(r->depth == 0);
	if (r->out->mode == OUT_JSON)
		out_puts(r->out, "}\n");
}
