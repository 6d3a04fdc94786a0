/* SPDX-License-Identifier: MIT */
/*
 * Questions to a device tree that fdt_open() has accepted: where is a node,
 * what does a property say, at which physical address does a device lie.
 *
 * A flattened tree has no pointers upwards, so what needs a node's ancestors
 * (parent, path, translation of addresses) walks once from the root and keeps
 * the way it came, at most FDT_DEPTH_MAX nodes. Everything is linear in the
 * size of the tree; nothing recurses.
 */
#include "lib/fdt.h"

#include "kernel/errno.h"
#include "lib/string.h"

/* ---- single properties ---- */

const void *fdt_get(const struct fdt *f, fdt_node node, const char *name,
		    u32 *len)
{
	fdt_prop prop;

	for (prop = fdt_first_prop(f, node); prop >= 0;
	     prop = fdt_next_prop(f, prop)) {
		if (strcmp(fdt_prop_name(f, prop), name) == 0)
			return fdt_prop_data(f, prop, len);
	}
	return NULL;
}

const char *fdt_get_string(const struct fdt *f, fdt_node node, const char *name)
{
	u32 len;
	const char *s = fdt_get(f, node, name, &len);

	return s && memchr(s, '\0', len) ? s : NULL;
}

int fdt_get_u32(const struct fdt *f, fdt_node node, const char *name,
		unsigned int index, u32 *out)
{
	u32 len;
	const u8 *p = fdt_get(f, node, name, &len);

	if (!p)
		return -ENOENT;
	if (index >= len / 4)
		return -EINVAL;
	*out = (u32)fdt_read_cells(p + (size_t)index * 4, 1);
	return 0;
}

bool fdt_is_compatible(const struct fdt *f, fdt_node node,
		       const char *compatible)
{
	u32 len;
	const char *s = fdt_get(f, node, "compatible", &len);
	const char *end;

	/* A list of strings, each with its NUL. */
	for (; s && (end = memchr(s, '\0', len)); s = end + 1) {
		if (strcmp(s, compatible) == 0)
			return true;
		len -= (u32)(end + 1 - s);
	}
	return false;
}

bool fdt_is_available(const struct fdt *f, fdt_node node)
{
	u32 len;
	const char *s = fdt_get(f, node, "status", &len);

	if (!s)
		return true;
	s = fdt_get_string(f, node, "status");
	return s && (strcmp(s, "okay") == 0 || strcmp(s, "ok") == 0);
}

/* ---- finding nodes ---- */

fdt_node fdt_compatible(const struct fdt *f, fdt_node after,
			const char *compatible)
{
	fdt_node node = after < 0 ? fdt_root(f) : fdt_next(f, after, NULL);

	while (node >= 0 && !fdt_is_compatible(f, node, compatible))
		node = fdt_next(f, node, NULL);
	return node;
}

static bool has_phandle(const struct fdt *f, fdt_node node, const char *name,
			u32 phandle)
{
	u32 len;
	const void *p = fdt_get(f, node, name, &len);

	return p && len == 4 && fdt_read_cells(p, 1) == phandle;
}

fdt_node fdt_by_phandle(const struct fdt *f, u32 phandle)
{
	fdt_node node;

	/* Two values that are no handles. */
	if (phandle == 0 || phandle == ~0U)
		return -ENOENT;
	for (node = fdt_root(f); node >= 0; node = fdt_next(f, node, NULL)) {
		if (has_phandle(f, node, "phandle", phandle) ||
		    has_phandle(f, node, "linux,phandle", phandle))
			break;
	}
	return node;
}

/* Length of the component that a path begins with. */
static size_t component_length(const char *path)
{
	size_t n = 0;

	while (path[n] && path[n] != '/' && path[n] != ':')
		n++;
	return n;
}

/* "serial" and "serial@7e201000" both name the node serial@7e201000. */
static bool component_matches(const char *part, size_t len, const char *name)
{
	if (strncmp(name, part, len) != 0)
		return false;
	return !name[len] || (name[len] == '@' && !memchr(part, '@', len));
}

static fdt_node descend(const struct fdt *f, fdt_node node, const char *path)
{
	while (node >= 0) {
		size_t len;

		while (*path == '/')
			path++;
		len = component_length(path);
		if (len == 0)
			break;
		node = fdt_first_child(f, node);
		while (node >= 0 &&
		       !component_matches(path, len, fdt_name(f, node)))
			node = fdt_next_sibling(f, node);
		path += len;
	}
	return node;
}

/* The property of /aliases whose name is alias[0..len). */
static const char *alias_value(const struct fdt *f, const char *alias,
			       size_t len)
{
	fdt_node aliases = descend(f, fdt_root(f), "aliases");
	fdt_prop prop;

	for (prop = fdt_first_prop(f, aliases); prop >= 0;
	     prop = fdt_next_prop(f, prop)) {
		const char *name = fdt_prop_name(f, prop);
		u32 bytes;
		const char *s = fdt_prop_data(f, prop, &bytes);

		if (strncmp(name, alias, len) == 0 && !name[len])
			return memchr(s, '\0', bytes) ? s : NULL;
	}
	return NULL;
}

fdt_node fdt_path(const struct fdt *f, const char *path)
{
	fdt_node node = fdt_root(f);

	if (*path != '/') {
		size_t len = component_length(path);
		const char *value = alias_value(f, path, len);

		if (!value || *value != '/')
			return -ENOENT;
		node = descend(f, node, value);
		path += len;
	}
	return descend(f, node, path);
}

/* ---- ancestors ---- */

/*
 * The way from the root to the node, both included, into way[]. Returns its
 * length, 0 if there is no such node.
 */
static int way_to(const struct fdt *f, fdt_node node,
		  fdt_node way[FDT_DEPTH_MAX])
{
	fdt_node n;
	int depth = 0;

	for (n = fdt_root(f); n >= 0; n = fdt_next(f, n, &depth)) {
		way[depth] = n;
		if (n == node)
			return depth + 1;
	}
	return 0;
}

fdt_node fdt_parent(const struct fdt *f, fdt_node node)
{
	fdt_node way[FDT_DEPTH_MAX];
	int n = way_to(f, node, way);

	return n >= 2 ? way[n - 2] : -ENOENT;
}

void fdt_full_path(const struct fdt *f, fdt_node node, char *buf, size_t size)
{
	fdt_node way[FDT_DEPTH_MAX];
	int n = way_to(f, node, way);
	size_t len = 0;

	if (size == 0)
		return;
	str_copy(buf, n == 1 ? "/" : "", size);
	for (int i = 1; i < n && len < size - 1; i++) {
		buf[len++] = '/';
		len += str_copy(buf + len, fdt_name(f, way[i]), size - len);
	}
}

/* ---- addresses ---- */

/*
 * How many cells the children of a node take for an address and for a size.
 * 1 and 2 can be read; PCI's 3, or 0 (numbers that are no addresses), cannot.
 */
static int child_cells(const struct fdt *f, fdt_node node, u32 *address,
		       u32 *size)
{
	*address = 2;
	*size = 1;
	if (fdt_get_u32(f, node, "#address-cells", 0, address) == -EINVAL ||
	    fdt_get_u32(f, node, "#size-cells", 0, size) == -EINVAL)
		return -EINVAL;
	if (*address < 1 || *address > 2 || *size < 1 || *size > 2)
		return -EINVAL;
	return 0;
}

/*
 * Carry [*base, *base + size) over one bus: from the addresses that its
 * children use (cells a and s) to those of its own parent. The range must lie
 * whole in one entry of "ranges"; an empty "ranges" changes nothing, and none
 * says that the bus is not seen from above.
 */
static int translate(const struct fdt *f, fdt_node bus, fdt_node parent, u32 a,
		     u32 s, u64 *base, u64 size)
{
	u32 len, parent_a, parent_s, entry;
	const u8 *p = fdt_get(f, bus, "ranges", &len);

	if (!p || child_cells(f, parent, &parent_a, &parent_s))
		return -EINVAL;
	if (len == 0)
		return 0;
	entry = 4 * (a + parent_a + s); /* bytes */
	for (; len >= entry; p += entry, len -= entry) {
		u64 child = fdt_read_cells(p, a);
		u64 above = fdt_read_cells(p + 4 * a, parent_a);
		u64 bytes = fdt_read_cells(p + 4 * (a + parent_a), s);
		u64 inside = *base - child;

		if (*base < child || inside > bytes || size > bytes - inside)
			continue;
		return __builtin_add_overflow(above, inside, base) ?
			       -EOVERFLOW : 0;
	}
	return -EINVAL;
}

int fdt_reg(const struct fdt *f, fdt_node node, unsigned int index, u64 *base,
	    u64 *size)
{
	fdt_node way[FDT_DEPTH_MAX];
	int n = way_to(f, node, way), err;
	u64 address, bytes, end;
	u32 len, entry, a, s;
	const u8 *p;

	p = fdt_get(f, node, "reg", &len);
	if (n < 2 || !p)
		return -ENOENT;
	err = child_cells(f, way[n - 2], &a, &s);
	if (err)
		return err;
	entry = 4 * (a + s); /* bytes */
	if (index >= len / entry)
		return -ENOENT;
	p += (size_t)index * entry;
	address = fdt_read_cells(p, a);
	bytes = fdt_read_cells(p + 4 * a, s);

	/* The root's own children use physical addresses. */
	for (int i = n - 2; i > 0; i--) {
		err = translate(f, way[i], way[i - 1], a, s, &address, bytes);
		if (err)
			return err;
		err = child_cells(f, way[i - 1], &a, &s);
		if (err)
			return err;
	}
	*base = address;
	*size = bytes;
	return __builtin_add_overflow(address, bytes, &end) ? -EOVERFLOW : 0;
}
