/* SPDX-License-Identifier: MIT */
/*
 * The one emitter of tables and records, as text, JSON or CSV. A command says
 * what it has (columns, values); how it looks is decided here.
 *
 *	static const struct column columns[] = {
 *		{ "cpu", "CPU", 3 }, { "task", "TASK", -16 },
 *	};
 *	struct table t;
 *
 *	table_begin(&t, out, columns, ARRAY_SIZE(columns));
 *	table_row(&t, v_u64(0), v_str("idle"));
 *	table_end(&t);
 *
 * gives aligned text, `[{"cpu":0,"task":"idle"}]` on one line, or CSV with a
 * header. A record is one object: "key  value" lines as text, an object as JSON
 * (groups and tables may be nested), `key,value` lines as CSV with dotted keys.
 *
 * Nothing is buffered. Text columns have fixed widths; a value that is too long
 * pushes its row to the right, and the next columns give their padding up until
 * the row is aligned again.
 */
#pragma once

#include "shell/out.h"

enum value_type {
	V_NONE,	  /* "-", null, empty */
	V_STR,
	V_U64,
	V_S64,
	V_HEX,	  /* 0x1f00; a string in JSON, exact for any reader */
	V_HEXNUM, /* 0x1f as text, a number in JSON */
	V_BOOL,	  /* yes/no, true/false */
	V_US,	  /* microseconds: 8.4ms as text, a number otherwise */
	V_BYTES,  /* bytes: 3.2M as text, a number otherwise */
	V_LABEL,  /* a text of its own for people, a number otherwise */
};

struct label {
	u64 u;
	const char *text;
};

struct value {
	u8 type;
	u8 style; /* enum style, for text */
	union {
		u64 u;
		const char *s;
		const struct label *label;
	};
}; /* 16 bytes: travels in two registers */

#define v_none() ((struct value){ .type = V_NONE })
#define v_str(x) ((struct value){ .type = V_STR, .s = (x) })
#define v_u64(x) ((struct value){ .type = V_U64, .u = (x) })
#define v_s64(x) ((struct value){ .type = V_S64, .u = (u64)(s64)(x) })
#define v_hex(x) ((struct value){ .type = V_HEX, .u = (x) })
#define v_hexnum(x) ((struct value){ .type = V_HEXNUM, .u = (x) })
#define v_bool(x) ((struct value){ .type = V_BOOL, .u = (x) })
#define v_us(x) ((struct value){ .type = V_US, .u = (x) })
#define v_label(x, text_)                                                  \
	((struct value){ .type = V_LABEL,                                  \
			 .label = &(const struct label){ (x), (text_) } })
#define v_bytes(x) ((struct value){ .type = V_BYTES, .u = (x) })

static inline struct value v_styled(struct value v, enum style style)
{
	v.style = (u8)style;
	return v;
}

struct column {
	const char *key;     /* JSON, CSV */
	const char *heading; /* text; NULL: not shown as text */
	int width;	     /* > 0: right aligned; < 0: left aligned */
};

#define RECORD_DEPTH 3

struct record {
	struct out *out;
	unsigned int depth;
	u32 used;			     /* bit n: depth n has a member */
	const char *group[RECORD_DEPTH + 1]; /* names of the open groups */
	int width;			     /* of the keys, as text */
};

struct table {
	struct out *out;
	const struct column *col;
	unsigned int nr, next, rows;
	int behind;	      /* columns of text that the row is too far right */
	struct record *owner; /* nested in that record, or NULL */
	const char *key;      /* ... under this key */
};

void table_begin(struct table *t, struct out *o, const struct column *col,
		 unsigned int nr);
/* The next cell; the last one of a row ends it. */
void table_cell(struct table *t, struct value v);
void table_cells(struct table *t, const struct value *v, unsigned int n);
#define table_row(t, ...)                                                  \
	table_cells(t, (const struct value[]){ __VA_ARGS__ },              \
		    ARRAY_SIZE(((const struct value[]){ __VA_ARGS__ })))
void table_end(struct table *t);

void record_begin(struct record *r, struct out *o, int key_width);
/* The key of a V_US ends in _us. */
void record_field(struct record *r, const char *key, struct value v);
/* {"switches":{"kk":1}}; as text all members on one line. */
void record_group(struct record *r, const char *key);
void record_group_end(struct record *r);
/* A table inside the record: an array of objects under key. */
void record_table(struct record *r, const char *key, struct table *t,
		  const struct column *col, unsigned int nr);
void record_end(struct record *r);

/* A value as text ("8.4ms"), for those who build a line themselves. */
void value_text(struct value v, char *buf, size_t size);
