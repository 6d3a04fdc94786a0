/* SPDX-License-Identifier: MIT */
/*
 * Flattened device trees: the check of a blob, and the steps through it.
 *
 *	header | memory reservations | structure block | strings block
 *
 * The structure block is a row of 32-bit big-endian tokens: BEGIN_NODE with the
 * node's name, PROP with length, offset of its name in the strings block and
 * value, NOP, END_NODE, and one END. Everything is padded to 4 bytes. A node is
 * named by the offset of its BEGIN_NODE, a property by that of its PROP.
 *
 * All reading of the structure block goes through token(), which never leaves
 * it and always moves on: so every walk ends, whatever the blob says.
 * fdt_open() takes each token once; names in the strings block are checked
 * against the last NUL in there, found once, so that the whole check is linear.
 *
 * Questions that are answered by these steps are in fdt_query.c.
 */
#include "lib/fdt.h"

#include "kernel/errno.h"
#include "lib/string.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_VERSION 17

/* Header: 32-bit fields at these offsets. */
#define HEADER_MAGIC 0
#define HEADER_TOTALSIZE 4
#define HEADER_OFF_STRUCT 8
#define HEADER_OFF_STRINGS 12
#define HEADER_OFF_RSVMAP 16
#define HEADER_VERSION 20
#define HEADER_LAST_COMP 24
#define HEADER_BOOT_CPUID 28
#define HEADER_SIZE_STRINGS 32
#define HEADER_SIZE_STRUCT 36
#define HEADER_SIZE 40

#define RESERVATION_SIZE 16

enum {
	BEGIN_NODE = 1,
	END_NODE = 2,
	PROP = 3,
	NOP = 4,
	END = 9,
	BROKEN = -1, /* not a token: none, unknown, or not wholly inside */
};

#define PROP_HEADER 12 /* token, length, name */

/* Byte by byte: any alignment, either endianness. Where the machine can do it
 * in one load, the compilers see that. */
static u32 be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

u64 fdt_read_cells(const void *p, unsigned int cells)
{
	const u8 *b = p;

	return cells == 2 ? (u64)be32(b) << 32 | be32(b + 4) : be32(b);
}

/* ---- steps ---- */

static const u8 *at(const struct fdt *f, u32 offset)
{
	return f->blob + f->struct_off + offset;
}

/*
 * The token at offset, and the offset behind it and all that belongs to it.
 * That may be up to 3 bytes behind the block, where the next call says BROKEN.
 */
static int token(const struct fdt *f, u32 offset, u32 *next)
{
	u32 left, len, kind;
	const u8 *p;

	if (offset > f->struct_size || f->struct_size - offset < 4)
		return BROKEN;
	left = f->struct_size - offset;
	p = at(f, offset);
	kind = be32(p);

	switch (kind) {
	case BEGIN_NODE:
		len = 4;
		do {
			if (len == left)
				return BROKEN; /* a name without an end */
		} while (p[len++]);
		break;
	case PROP:
		if (left < PROP_HEADER || be32(p + 4) > left - PROP_HEADER)
			return BROKEN;
		len = PROP_HEADER + be32(p + 4);
		break;
	case END_NODE:
	case NOP:
	case END:
		len = 4;
		break;
	default:
		return BROKEN;
	}
	*next = offset + ALIGN_UP(len, 4);
	return (int)kind;
}

/* The token at offset or behind it that is not a NOP; *offset is where. */
static int skip_nops(const struct fdt *f, u32 *offset, u32 *next)
{
	int kind;

	while ((kind = token(f, *offset, next)) == NOP)
		*offset = *next;
	return kind;
}

/* ---- the check ---- */

/* A name that begins below the result has its NUL inside the strings block. */
static u32 terminated_strings(const struct fdt *f)
{
	const u8 *strings = f->blob + f->strings_off;
	u32 n = f->strings_size;

	while (n && strings[n - 1])
		n--;
	return n;
}

static int check_header(struct fdt *f, const u8 *blob, size_t max)
{
	if (max < 4)
		return -EOVERFLOW;
	if (be32(blob + HEADER_MAGIC) != FDT_MAGIC)
		return -EINVAL;
	if (max < HEADER_SIZE)
		return -EOVERFLOW;
	/* Version 17 or a later one that a reader of 17 can read. */
	if (be32(blob + HEADER_VERSION) < FDT_VERSION ||
	    be32(blob + HEADER_LAST_COMP) > FDT_VERSION)
		return -EINVAL;

	f->blob = blob;
	f->size = be32(blob + HEADER_TOTALSIZE);
	f->struct_off = be32(blob + HEADER_OFF_STRUCT);
	f->struct_size = be32(blob + HEADER_SIZE_STRUCT);
	f->strings_off = be32(blob + HEADER_OFF_STRINGS);
	f->strings_size = be32(blob + HEADER_SIZE_STRINGS);
	f->rsv_off = be32(blob + HEADER_OFF_RSVMAP);
	f->boot_cpuid = be32(blob + HEADER_BOOT_CPUID);
	if (f->size > max)
		return -EOVERFLOW;
	/* Offsets in the tree are ints. */
	if (f->size > INT32_MAX)
		return -EILSEQ;
	if (f->struct_off < HEADER_SIZE || f->struct_off > f->size ||
	    f->struct_size > f->size - f->struct_off)
		return -EILSEQ;
	if (f->strings_off < HEADER_SIZE || f->strings_off > f->size ||
	    f->strings_size > f->size - f->strings_off)
		return -EILSEQ;
	if (f->rsv_off < HEADER_SIZE || f->rsv_off > f->size)
		return -EILSEQ;
	return 0;
}

/* An entry of size 0 ends the list, whatever its address. */
static int check_reservations(const struct fdt *f)
{
	u32 offset = f->rsv_off;

	do {
		if (f->size - offset < RESERVATION_SIZE)
			return -EILSEQ;
		offset += RESERVATION_SIZE;
	} while (fdt_read_cells(f->blob + offset - 8, 2) != 0);
	return 0;
}

/* One root without a name; in each node first properties, then children. */
static int check_structure(const struct fdt *f)
{
	u32 names_end = terminated_strings(f);
	u32 offset = 0, next;
	bool had_root = false;
	bool props_allowed = false;
	int depth = 0;

	for (;; offset = next) {
		switch (token(f, offset, &next)) {
		case BEGIN_NODE:
			if (depth == 0 && (had_root || *at(f, offset + 4)))
				return -EILSEQ;
			if (++depth > FDT_DEPTH_MAX)
				return -EILSEQ;
			had_root = true;
			props_allowed = true;
			break;
		case END_NODE:
			if (--depth < 0)
				return -EILSEQ;
			props_allowed = false;
			break;
		case PROP:
			if (!props_allowed ||
			    be32(at(f, offset + 8)) >= names_end)
				return -EILSEQ;
			break;
		case NOP:
			break;
		case END:
			return depth == 0 && had_root ? 0 : -EILSEQ;
		default:
			return -EILSEQ;
		}
	}
}

int fdt_open(struct fdt *f, const void *blob, size_t max)
{
	struct fdt t;
	int err;

	err = check_header(&t, blob, max);
	if (!err)
		err = check_reservations(&t);
	if (!err)
		err = check_structure(&t);
	if (!err)
		*f = t;
	return err;
}

int fdt_reservation(const struct fdt *f, unsigned int index, u64 *base,
		    u64 *size)
{
	const u8 *p = f->blob + f->rsv_off;

	/* fdt_open() has seen the end of the list. */
	for (;; p += RESERVATION_SIZE) {
		u64 bytes = fdt_read_cells(p + 8, 2);

		if (bytes == 0)
			return -ENOENT;
		if (index-- == 0) {
			*base = fdt_read_cells(p, 2);
			*size = bytes;
			return 0;
		}
	}
}

/* ---- nodes ---- */

fdt_node fdt_root(const struct fdt *f)
{
	u32 offset = 0, next;

	return skip_nops(f, &offset, &next) == BEGIN_NODE ? (int)offset :
							    -ENOENT;
}

fdt_node fdt_next(const struct fdt *f, fdt_node node, int *depth)
{
	u32 offset = (u32)node, next;
	int level = 0;

	if (node < 0 || token(f, offset, &next) != BEGIN_NODE)
		return -ENOENT;
	for (;;) {
		offset = next;
		switch (token(f, offset, &next)) {
		case BEGIN_NODE:
			if (depth)
				*depth += level + 1;
			return (int)offset;
		case END_NODE:
			level--;
			break;
		case PROP:
		case NOP:
			break;
		default: /* END */
			return -ENOENT;
		}
	}
}

fdt_node fdt_first_child(const struct fdt *f, fdt_node node)
{
	int depth = 0;
	fdt_node child = fdt_next(f, node, &depth);

	return child >= 0 && depth == 1 ? child : -ENOENT;
}

fdt_node fdt_next_sibling(const struct fdt *f, fdt_node node)
{
	int depth = 0;

	do
		node = fdt_next(f, node, &depth);
	while (node >= 0 && depth > 0);
	return node >= 0 && depth == 0 ? node : -ENOENT;
}

const char *fdt_name(const struct fdt *f, fdt_node node)
{
	u32 next;

	if (node < 0 || token(f, (u32)node, &next) != BEGIN_NODE)
		return NULL;
	return (const char *)at(f, (u32)node + 4);
}

/* ---- properties ---- */

fdt_prop fdt_first_prop(const struct fdt *f, fdt_node node)
{
	u32 offset, next;

	if (node < 0 || token(f, (u32)node, &offset) != BEGIN_NODE)
		return -ENOENT;
	return skip_nops(f, &offset, &next) == PROP ? (int)offset : -ENOENT;
}

fdt_prop fdt_next_prop(const struct fdt *f, fdt_prop prop)
{
	u32 offset, next;

	if (prop < 0 || token(f, (u32)prop, &offset) != PROP)
		return -ENOENT;
	return skip_nops(f, &offset, &next) == PROP ? (int)offset : -ENOENT;
}

const char *fdt_prop_name(const struct fdt *f, fdt_prop prop)
{
	u32 next;

	if (prop < 0 || token(f, (u32)prop, &next) != PROP)
		return NULL;
	return (const char *)f->blob + f->strings_off +
	       be32(at(f, (u32)prop + 8));
}

const void *fdt_prop_data(const struct fdt *f, fdt_prop prop, u32 *len)
{
	u32 next;

	if (prop < 0 || token(f, (u32)prop, &next) != PROP)
		return NULL;
	if (len)
		*len = be32(at(f, (u32)prop + 4));
	return at(f, (u32)prop + PROP_HEADER);
}
