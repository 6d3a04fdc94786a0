/* SPDX-License-Identifier: MIT */
/*
 * Read-only parser of flattened device trees (Devicetree Specification v0.4,
 * chapter 5). A blob is hostile until fdt_open() has walked the whole of it;
 * after that every offset below is known to be inside, and every walk ends. No
 * allocation, no recursion; bytes are read one by one, so any alignment will do
 * (before the MMU is on, memory is Device: build with -mstrict-align, lest the
 * compiler join the bytes to an unaligned load).
 *
 * Functions that take a node or a property may be handed a negative one, what
 * another function returned for "none": they answer that there is nothing.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

#define FDT_DEPTH_MAX 16

struct fdt {
	const u8 *blob;
	u32 size;		       /* bytes, totalsize of the header */
	u32 struct_off, struct_size;   /* bytes */
	u32 strings_off, strings_size; /* bytes */
	u32 rsv_off;		       /* memory reservation block */
	u32 boot_cpuid;
};

/*
 * Check blob[0..max) and fill *f. Returns 0, -EINVAL (no magic, or a version
 * that a reader of version 17 cannot read), -EOVERFLOW (larger than max),
 * -EILSEQ (malformed inside: an unterminated name, a property outside its node
 * or behind a child, a length that leads out, deeper than FDT_DEPTH_MAX, no or
 * two roots ...). On an error *f is left as it was.
 */
int fdt_open(struct fdt *f, const void *blob, size_t max) __must_check;

/* Reservation entry index: 0, or -ENOENT behind the last one. */
int fdt_reservation(const struct fdt *f, unsigned int index, u64 *base,
		    u64 *size);

/* A node is the offset of its FDT_BEGIN_NODE in the structure block, or < 0. */
typedef int fdt_node;

fdt_node fdt_root(const struct fdt *f);
/* Depth first; -ENOENT after the last. *depth (may be NULL) is kept up to date:
 * set it to 0 at the root. */
fdt_node fdt_next(const struct fdt *f, fdt_node node, int *depth);
fdt_node fdt_first_child(const struct fdt *f, fdt_node node);
fdt_node fdt_next_sibling(const struct fdt *f, fdt_node node);
fdt_node fdt_parent(const struct fdt *f, fdt_node node);
/* "/soc/serial@7e201000"; a component without @unit matches the first node of
 * that name; a path that does not begin with '/' begins with an alias. A ':' and
 * what follows it ("serial0:115200n8" in stdout-path) does not count. */
fdt_node fdt_path(const struct fdt *f, const char *path);
/* The next node behind `after` (-1: from the start) with that compatible
 * string in its list, or -ENOENT. */
fdt_node fdt_compatible(const struct fdt *f, fdt_node after,
			const char *compatible);
fdt_node fdt_by_phandle(const struct fdt *f, u32 phandle);
const char *fdt_name(const struct fdt *f, fdt_node node);
/* The node's full path into buf (cut short if need be). */
void fdt_full_path(const struct fdt *f, fdt_node node, char *buf, size_t size);

/* A property is the offset of its FDT_PROP, or < 0. */
typedef int fdt_prop;
fdt_prop fdt_first_prop(const struct fdt *f, fdt_node node);
fdt_prop fdt_next_prop(const struct fdt *f, fdt_prop prop);
const char *fdt_prop_name(const struct fdt *f, fdt_prop prop);
const void *fdt_prop_data(const struct fdt *f, fdt_prop prop, u32 *len);

/* Property of a node by name: its bytes, or NULL. */
const void *fdt_get(const struct fdt *f, fdt_node node, const char *name,
		    u32 *len);
/* A string property (terminated within its length), or NULL. */
const char *fdt_get_string(const struct fdt *f, fdt_node node,
			   const char *name);
/* Cell `index` of a property: 0, -ENOENT, or -EINVAL if it is too short. */
int fdt_get_u32(const struct fdt *f, fdt_node node, const char *name,
		unsigned int index, u32 *out);
bool fdt_is_compatible(const struct fdt *f, fdt_node node,
		       const char *compatible);
/* status is absent, "okay" or "ok". */
bool fdt_is_available(const struct fdt *f, fdt_node node);

/*
 * Entry `index` of "reg", cells counted as the parent says, address translated
 * through every "ranges" up to the root. Returns 0, -ENOENT (no such entry),
 * -EINVAL (cells out of 1..2, or not translatable), -EOVERFLOW (of the entries of
 * a child of the root *base and *size are set all the same).
 */
int fdt_reg(const struct fdt *f, fdt_node node, unsigned int index, u64 *base,
	    u64 *size) __must_check;
/* Read `cells` (1 or 2) big-endian cells. */
u64 fdt_read_cells(const void *p, unsigned int cells);
