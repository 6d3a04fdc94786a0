/* SPDX-License-Identifier: MIT */
/* Where physical memory is: what the device tree names, minus what is taken. */
#pragma once

#include "lib/fdt.h"

#define MEM_RANGES_MAX 16
/* Memory from here on is not used: a BCM2711 has addresses of 35 bits (BCM2711 ARM
 * Peripherals, 1.2), so who names it does not know the board. */
#define MEM_LIMIT (1ULL << 36)

struct mem_range {
	u64 start, end; /* bytes, end exclusive */
	const char *what;
};

/* Of what a tree says something that no tree should say. */
struct mem_oddity {
	u64 start, size;
	const char *what;
};

struct mem_layout {
	struct mem_range mem[MEM_RANGES_MAX];	    /* sorted, disjoint */
	struct mem_range reserved[MEM_RANGES_MAX];
	struct mem_oddity odd[MEM_RANGES_MAX]; /* the first ones; for the log */
	unsigned int nr_mem, nr_reserved, nr_odd;
};

/* Collect /memory of one device tree and every reservation of another, which is the
 * same one usually. Memory that is to have no mapping ("no-map") is as if it were
 * not there. Pure. Returns 0 or -EINVAL (no usable memory). Of more memory than the
 * table holds the rest is not used; of more reservations the rest is added to their
 * neighbours. odd[] goes on from before. */
int mem_layout_from_fdt(struct mem_layout *l, const struct fdt *memory,
			const struct fdt *reservations);
int mem_layout_add(struct mem_layout *l, u64 start, u64 size);
int mem_layout_reserve(struct mem_layout *l, u64 start, u64 size,
		       const char *what);
/* What must not be mapped as memory, lest a CPU reads ahead there, is none. why: what
 * is odd about memory there; NULL: nothing. */
void mem_layout_cut(struct mem_layout *l, u64 start, u64 size, const char *why);
/* The index-th range of memory is of no use: say why. */
void mem_layout_drop(struct mem_layout *l, unsigned int index, const char *why);
/* The index-th free range, page aligned inwards; false past the last. */
bool mem_layout_free_range(const struct mem_layout *l, unsigned int index,
			   struct mem_range *out);
/* Reserve size bytes at the top of the first free range that has room; 0: none has.
 * Page 0 is never given. */
u64 mem_layout_take(struct mem_layout *l, u64 size, u64 align, const char *what);
/* The initrd that /chosen names: NULL, and *out is it, or empty if there is none; or
 * what is wrong with it. */
const char *mem_layout_initrd(const struct mem_layout *l, const struct fdt *f,
			      struct mem_range *out);
/* Is nothing else in the pages of r? Reservations that overlap r itself are of it. */
bool mem_layout_has_pages(const struct mem_layout *l, const struct mem_range *r);

extern struct mem_layout mem_layout; /* of this machine */
