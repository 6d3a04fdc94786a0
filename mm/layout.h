/* SPDX-License-Identifier: MIT */
/* Where physical memory is: what the device tree names, minus what is taken. */
#pragma once

#include "lib/fdt.h"

#define MEM_RANGES_MAX 16

struct mem_range {
	u64 start, end; /* bytes, end exclusive */
	const char *what;
};

struct mem_layout {
	struct mem_range mem[MEM_RANGES_MAX];	    /* sorted, disjoint */
	struct mem_range reserved[MEM_RANGES_MAX];
	unsigned int nr_mem, nr_reserved;
};

/* Collect /memory and every reservation of a device tree. Pure. Returns 0 or
 * -EINVAL (no usable memory). Of more memory than the table holds the rest is not
 * used; of more reservations the rest is added to their neighbours. */
int mem_layout_from_fdt(struct mem_layout *l, const struct fdt *f);
int mem_layout_add(struct mem_layout *l, u64 start, u64 size);
int mem_layout_reserve(struct mem_layout *l, u64 start, u64 size,
		       const char *what);
/* The index-th free range, page aligned inwards; false past the last. */
bool mem_layout_free_range(const struct mem_layout *l, unsigned int index,
			   struct mem_range *out);

extern struct mem_layout mem_layout; /* of this machine */
