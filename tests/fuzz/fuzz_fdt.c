/* SPDX-License-Identifier: MIT */
/*
 * fdt: of a blob that fdt_open() has accepted, every question has an answer that
 * lies inside the blob, and every walk ends.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "lib/fdt.h"

static const u8 *blob;
static size_t blob_size;

static void must_be_string(const char *s)
{
	size_t offset;

	MUST(inside(s, 1, blob, blob_size));
	offset = (size_t)((const u8 *)s - blob);
	MUST(memchr(s, '\0', blob_size - offset));
}

static void check_props(const struct fdt *f, fdt_node node)
{
	fdt_prop prop, last = node;
	u32 len, cell, nr = 0;

	for (prop = fdt_first_prop(f, node); prop >= 0;
	     prop = fdt_next_prop(f, prop)) {
		const char *name = fdt_prop_name(f, prop);
		const void *data = fdt_prop_data(f, prop, &len);

		MUST(prop > last && ++nr <= blob_size / 12);
		last = prop;
		must_be_string(name);
		MUST(inside(data, len, blob, blob_size));
		/* By its name the first of that name is found. */
		data = fdt_get(f, node, name, &len);
		MUST(data && inside(data, len, blob, blob_size));
		MUST((fdt_get_u32(f, node, name, 0, &cell) == 0) == (len >= 4));
		MUST(fdt_get_u32(f, node, name, len / 4, &cell) == -EINVAL);
		MUST(!fdt_get_string(f, node, name) ==
		     !memchr(data, '\0', len));
	}
}

static void check_node(const struct fdt *f, fdt_node node, int depth)
{
	fdt_node parent = fdt_parent(f, node), child;
	unsigned int children = 0;
	char path[64], longer[4096];
	u64 base = 0, size = 0;
	int err = 0;

	must_be_string(fdt_name(f, node));
	MUST((parent >= 0) == (depth > 0) && parent < node);
	for (child = fdt_first_child(f, node); child >= 0;
	     child = fdt_next_sibling(f, child)) {
		MUST(fdt_parent(f, child) == node);
		MUST(++children <= blob_size / 8);
	}
	fdt_full_path(f, node, longer, sizeof(longer));
	fdt_full_path(f, node, path, sizeof(path));
	MUST(longer[0] == '/' && strlen(path) < sizeof(path));
	MUST(strncmp(path, longer, strlen(path)) == 0);
	err = fdt_path(f, longer);
	MUST(err >= -ENOENT && err <= (int)blob_size);

	for (unsigned int i = 0; i < 8; i++) {
		err = fdt_reg(f, node, i, &base, &size);
		MUST(err == 0 || err == -ENOENT || err == -EINVAL ||
		     err == -EOVERFLOW);
		MUST(err || base + size >= base);
	}
	(void)fdt_is_available(f, node);
	(void)fdt_is_compatible(f, node, "arm,pl011");
	check_props(f, node);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fdt f;
	fdt_node node, last = -1;
	int err = fdt_open(&f, data, size), depth = 0;
	unsigned int nr = 0, i = 0;
	u64 base, bytes;

	if (err) {
		MUST(err == -EINVAL || err == -EOVERFLOW || err == -EILSEQ);
		return 0;
	}
	blob = data;
	blob_size = f.size;
	MUST(f.size <= size);
	while (fdt_reservation(&f, i, &base, &bytes) == 0)
		MUST(bytes && ++i <= f.size / 16);
	for (node = fdt_root(&f); node >= 0; node = fdt_next(&f, node, &depth)) {
		MUST(node > last && ++nr <= f.size / 8);
		MUST(depth >= 0 && depth < FDT_DEPTH_MAX);
		MUST((depth == 0) == (last < 0));
		last = node;
		check_node(&f, node, depth);
	}
	MUST(last >= 0);
	err = fdt_compatible(&f, -1, "arm,pl011");
	MUST(err == -ENOENT || fdt_is_compatible(&f, err, "arm,pl011"));
	(void)fdt_by_phandle(&f, 1);
	(void)fdt_path(&f, "serial0:115200n8");
	return 0;
}
