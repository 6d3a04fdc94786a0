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

/* Insert into a sorted list, joining what touches or overlaps, unless names
 * differ. */
static int range_insert(struct mem_range *r, unsigned int *n, u64 start, u64 end,
			const char *what)
{
	unsigned int i;

	for (i = 0; i < *n && r[i].start < start; i++)
		;
	if (what == NULL && i > 0 && r[i - 1].end >= start) {
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
	while (what == NULL && i + 1 < *n && r[i + 1].start <= r[i].end) {
		r[i].end = MAX(r[i].end, r[i + 1].end);
		memmove(&r[i + 1], &r[i + 2], (*n - i - 2) * sizeof(*r));
		(*n)--;
	}
	return 0;
}

int mem_layout_add(struct mem_layout *l, u64 start, u64 size)
{
	u64 end = start + size;

	if (size == 0)
		return 0;
	if (end < start || end > LINEAR_SIZE)
		return -EINVAL;
	/* A page that is only partly there is not there. */
	start = ALIGN_UP(start, PAGE_SIZE);
	end = ALIGN_DOWN(end, PAGE_SIZE);
	return start < end ? range_insert(l->mem, &l->nr_mem, start, end, NULL) : 0;
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

int mem_layout_from_fdt(struct mem_layout *l, const struct fdt *f)
{
	fdt_node root = fdt_root(f), reserved, n;
	u64 base, size;

	memset(l, 0, sizeof(*l));
	for (n = fdt_first_child(f, root); n >= 0; n = fdt_next_sibling(f, n)) {
		const char *type = fdt_get_string(f, n, "device_type");

		if (!type || strcmp(type, "memory") || !fdt_is_available(f, n))
			continue;
		for (unsigned int i = 0; fdt_reg(f, n, i, &base, &size) == 0; i++)
			mem_layout_add(l, base, size);
	}
	for (unsigned int i = 0; fdt_reservation(f, i, &base, &size) == 0; i++)
		mem_layout_reserve(l, base, size, "firmware");
	reserved = fdt_path(f, "/reserved-memory");
	if (reserved >= 0) {
		u32 ac = cells_of(f, reserved, "#address-cells");
		u32 sc = cells_of(f, reserved, "#size-cells");

		for (n = fdt_first_child(f, reserved); n >= 0;
		     n = fdt_next_sibling(f, n)) {
			u32 len;
			const u8 *p = fdt_get(f, n, "reg", &len);

			/* Ranges that the kernel may place itself have none. */
			for (; p && len >= 4 * (ac + sc);
			     p += 4 * (ac + sc), len -= 4 * (ac + sc))
				mem_layout_reserve(l, fdt_read_cells(p, ac),
						   fdt_read_cells(p + 4 * ac, sc),
						   "reserved-memory");
		}
	}
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
