/* SPDX-License-Identifier: MIT */
/*
 * Physical memory as a sorted list of ranges, and the reservations in it. Pure;
 * tested on the host over the device trees of every board size.
 */
#include "mm/layout.h"
#include "arm64/pte.h"
#include "kernel/errno.h"
#include "lib/string.h"

struct mem_layout mem_layout;

static bool same_name(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Insert into a sorted list, joining what touches or overlaps, unless names
 * differ. Memory has none. */
static int range_insert(struct mem_range *r, unsigned int *n, u64 start, u64 end,
			const char *what)
{
	unsigned int i;

	for (i = 0; i < *n && r[i].start < start; i++)
		;
	if (i > 0 && r[i - 1].end >= start && same_name(r[i - 1].what, what)) {
		i--;
		r[i].end = MAX(r[i].end, end);
	} else {
		if (*n == MEM_RANGES_MAX && what == NULL)
			return -ENOSPC; /* memory too many stays unused */
		if (*n == MEM_RANGES_MAX) {
			/* A reservation must hold: the one before it grows over
			 * it, and over what is between. */
			i -= i > 0;
			r[i].start = MIN(r[i].start, start);
			r[i].end = MAX(r[i].end, end);
			return 0;
		}
		memmove(&r[i + 1], &r[i], (*n - i) * sizeof(*r));
		r[i] = (struct mem_range){ start, end, what };
		(*n)++;
	}
	while (i + 1 < *n && r[i + 1].start <= r[i].end &&
	       same_name(r[i].what, r[i + 1].what)) {
		r[i].end = MAX(r[i].end, r[i + 1].end);
		memmove(&r[i + 1], &r[i + 2], (*n - i - 2) * sizeof(*r));
		(*n)--;
	}
	return 0;
}

static void odd(struct mem_layout *l, u64 start, u64 size, const char *what)
{
	if (l->nr_odd < MEM_RANGES_MAX)
		l->odd[l->nr_odd++] = (struct mem_oddity){ start, size, what };
}

int mem_layout_add(struct mem_layout *l, u64 start, u64 size)
{
	u64 end = start + size, from = ALIGN_UP(start, PAGE_SIZE);
	const char *why = NULL;

	/* Of something above the limit the rest may be good. A page that is only
	 * partly there is not there. */
	if (size == 0)
		why = "is empty: not used";
	else if (end < start)
		why = "goes beyond 64 bits: not used";
	else if (start >= MEM_LIMIT)
		why = "is above 64 GB: not used";
	else if (from >= ALIGN_DOWN(end, PAGE_SIZE))
		why = "has no whole page: not used";
	if (why) {
		odd(l, start, size, why);
		return size && (end < start || start >= MEM_LIMIT) ? -EINVAL : 0;
	}
	if (end > MEM_LIMIT) {
		odd(l, MEM_LIMIT, end - MEM_LIMIT, "is above 64 GB: not used");
		end = MEM_LIMIT;
	}
	end = ALIGN_DOWN(end, PAGE_SIZE);
	for (unsigned int i = 0; i < l->nr_mem; i++) {
		u64 a = MAX(from, l->mem[i].start), b = MIN(end, l->mem[i].end);

		if (a < b)
			odd(l, a, b - a, "is named twice");
	}
	if (range_insert(l->mem, &l->nr_mem, from, end, NULL)) {
		odd(l, start, size, "is one range too many: not used");
		return -ENOSPC;
	}
	return 0;
}

void mem_layout_drop(struct mem_layout *l, unsigned int index, const char *why)
{
	odd(l, l->mem[index].start, l->mem[index].end - l->mem[index].start, why);
	l->nr_mem--;
	memmove(&l->mem[index], &l->mem[index + 1],
		(l->nr_mem - index) * sizeof(l->mem[0]));
}

void mem_layout_cut(struct mem_layout *l, u64 start, u64 size, const char *why)
{
	u64 end = start + size;

	if (size == 0 || start >= MEM_LIMIT)
		return;
	end = end < start || end > MEM_LIMIT ? MEM_LIMIT : ALIGN_UP(end, PAGE_SIZE);
	start = ALIGN_DOWN(start, PAGE_SIZE);
	for (unsigned int i = 0; i < l->nr_mem;) {
		struct mem_range m = l->mem[i];

		if (start >= m.end || end <= m.start) {
			i++;
			continue;
		}
		if (why)
			odd(l, MAX(start, m.start), MIN(end, m.end) - MAX(start, m.start), why);
		l->nr_mem--;
		memmove(&l->mem[i], &l->mem[i + 1],
			(l->nr_mem - i) * sizeof(l->mem[0]));
		if (m.start < start)
			range_insert(l->mem, &l->nr_mem, m.start, start, NULL);
		if (end < m.end && range_insert(l->mem, &l->nr_mem, end, m.end, NULL))
			odd(l, end, m.end - end, "is one range too many: not used");
		i = 0; /* it is another list now */
	}
}

int mem_layout_reserve(struct mem_layout *l, u64 start, u64 size, const char *what)
{
	u64 end = start + size;

	if (size == 0)
		return 0;
	if (end < start)
		return -EINVAL;
	return range_insert(l->reserved, &l->nr_reserved, start, end, what);
}

static u32 cells_of(const struct fdt *f, fdt_node node, const char *name)
{
	u32 n;

	return fdt_get_u32(f, node, name, 0, &n) || n < 1 || n > 2 ? 1 : n;
}

static void add_memory(struct mem_layout *l, const struct fdt *f)
{
	fdt_node root = fdt_root(f);
	u64 base, size;

	for (fdt_node n = fdt_first_child(f, root); n >= 0; n = fdt_next_sibling(f, n)) {
		const char *type = fdt_get_string(f, n, "device_type");

		if (!type || strcmp(type, "memory") || !fdt_is_available(f, n))
			continue;
		for (unsigned int i = 0;; i++) {
			int err = fdt_reg(f, n, i, &base, &size);

			if (err && err != -EOVERFLOW) /* that one is odd; more may come */
				break;
			mem_layout_add(l, base, size);
		}
	}
}

static void add_reserved_memory(struct mem_layout *l, const struct fdt *f)
{
	fdt_node parent = fdt_path(f, "/reserved-memory");
	u32 ac = cells_of(f, parent, "#address-cells");
	u32 sc = cells_of(f, parent, "#size-cells");

	for (fdt_node n = fdt_first_child(f, parent); n >= 0; n = fdt_next_sibling(f, n)) {
		u32 len, none;
		const u8 *p = fdt_get(f, n, "reg", &len);
		bool no_map = fdt_get(f, n, "no-map", &none);

		if (!fdt_is_available(f, n))
			continue;
		/* Ranges that the kernel may place itself have none. */
		for (; p && len >= 4 * (ac + sc); p += 4 * (ac + sc), len -= 4 * (ac + sc)) {
			u64 base = fdt_read_cells(p, ac);
			u64 size = fdt_read_cells(p + 4 * ac, sc);

			mem_layout_reserve(l, base, size,
					   no_map ? "no-map" : "reserved-memory");
			if (no_map)
				mem_layout_cut(l, base, size, NULL);
		}
	}
}

int mem_layout_from_fdt(struct mem_layout *l, const struct fdt *memory,
			const struct fdt *reservations)
{
	u64 base, size;

	l->nr_mem = l->nr_reserved = 0;
	add_memory(l, memory);
	for (unsigned int i = 0; fdt_reservation(reservations, i, &base, &size) == 0; i++)
		mem_layout_reserve(l, base, size, "firmware");
	if (fdt_path(reservations, "/reserved-memory") >= 0)
		add_reserved_memory(l, reservations);
	return l->nr_mem ? 0 : -EINVAL;
}

bool mem_layout_free_range(const struct mem_layout *l, unsigned int index,
			   struct mem_range *out)
{
	for (unsigned int m = 0; m < l->nr_mem; m++) {
		u64 at = l->mem[m].start;

		/* Reservations are sorted by start; they may overlap. */
		for (unsigned int r = 0; r <= l->nr_reserved && at < l->mem[m].end;
		     r++) {
			u64 rs = ~0ULL, re = ~0ULL;

			if (r < l->nr_reserved) {
				rs = ALIGN_DOWN(l->reserved[r].start, PAGE_SIZE);
				re = ALIGN_UP(l->reserved[r].end, PAGE_SIZE);
				if (re < rs) /* rounded past the end */
					re = ~0ULL;
			}
			if (rs > at) {
				u64 end = MIN(rs, l->mem[m].end);

				if (at < end && index-- == 0) {
					*out = (struct mem_range){ at, end, NULL };
					return true;
				}
			}
			at = MAX(at, re);
		}
	}
	return false;
}

u64 mem_layout_take(struct mem_layout *l, u64 size, u64 align, const char *what)
{
	struct mem_range r;

	for (unsigned int i = 0; mem_layout_free_range(l, i, &r); i++) {
		u64 at = r.end < size ? 0 : ALIGN_DOWN(r.end - size, align);

		if (at >= r.start && at != 0)
			return mem_layout_reserve(l, at, size, what) ? 0 : at;
	}
	return 0;
}

/* ---- the initrd ---- */

/* One cell or two, as long as the property says. */
static bool get_address(const struct fdt *f, fdt_node node, const char *name, u64 *out)
{
	u32 len;
	const void *p = fdt_get(f, node, name, &len);

	if (!p || (len != 4 && len != 8))
		return false;
	*out = fdt_read_cells(p, len / 4);
	return true;
}

const char *mem_layout_initrd(const struct mem_layout *l, const struct fdt *f,
			      struct mem_range *out)
{
	fdt_node chosen = fdt_path(f, "/chosen");
	bool has_start, has_end;
	u64 start, end;

	*out = (struct mem_range){ 0 };
	if (chosen < 0)
		return NULL;
	has_start = get_address(f, chosen, "linux,initrd-start", &start);
	has_end = get_address(f, chosen, "linux,initrd-end", &end);
	if (!has_start && !has_end)
		return NULL;
	if (has_start != has_end)
		return has_start ? "has no end" : "has no start";
	if (start == end) /* what some loaders say when there is none */
		return NULL;
	*out = (struct mem_range){ start, end, "initrd" };
	if (end < start)
		return "ends before it begins";
	for (unsigned int i = 0; i < l->nr_reserved; i++)
		if (!strcmp(l->reserved[i].what, "kernel") &&
		    start < l->reserved[i].end && l->reserved[i].start < end)
			return "overlaps the kernel";
	for (unsigned int i = 0; i < l->nr_mem; i++)
		if (start >= l->mem[i].start && end <= l->mem[i].end)
			return NULL;
	return "is not memory";
}

bool mem_layout_has_pages(const struct mem_layout *l, const struct mem_range *r)
{
	u64 start = ALIGN_DOWN(r->start, PAGE_SIZE), end = ALIGN_UP(r->end, PAGE_SIZE);

	for (unsigned int i = 0; i < l->nr_reserved; i++) {
		const struct mem_range *o = &l->reserved[i];

		if (o->start < end && start < o->end &&
		    (o->end <= r->start || r->end <= o->start))
			return false;
	}
	return true;
}
