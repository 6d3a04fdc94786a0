/* SPDX-License-Identifier: MIT */
/*
 * Object caches: fixed-size objects cut from single pages, with a magazine of
 * free objects per CPU in front. kmalloc() is a set of caches by size; above
 * 2 KB it gives whole pages. Contexts and failure as in page.h.
 */
#pragma once

#include "core/spinlock.h"
#include "kernel/list.h"

#define MAGAZINE_SIZE 16

struct magazine {
	u32 count;
	void *object[MAGAZINE_SIZE];
};

struct cache {
	const char *name;	/* [I] */
	u32 size;		/* [I] bytes, rounded up to align */
	u32 per_slab;		/* [I] objects a page */
	struct spinlock lock;
	struct list partial;	/* [lock] slabs with free and used objects */
	u32 slabs;		/* [lock] pages owned */
	u32 empty;		/* [lock] of them without used objects, in partial */
	u64 failures;		/* [lock] */
	struct magazine mag[NR_CPUS]; /* [own CPU, IRQs off] */
	u64 allocs[NR_CPUS], frees[NR_CPUS]; /* [own CPU, IRQs off] */
	struct cache *next;	/* [cache list] for `slab` */
};

/* size <= 2048, align a power of two <= 64 (0: 16). */
void cache_init(struct cache *c, const char *name, u32 size, u32 align);
void *cache_alloc(struct cache *c) __must_check;
void *cache_zalloc(struct cache *c) __must_check;
void cache_free(struct cache *c, void *obj);

void *kmalloc(size_t size) __must_check;
void *kzalloc(size_t size) __must_check;
void kfree(void *p); /* NULL is allowed */

void slab_init(void);
extern struct audit slab_audit;
/* Empty all magazines and give empty slabs back. */
void slab_drain_all(void);
void slab_drain_local(void); /* only this CPU's; IRQs off */

struct cache_info {
	const char *name;
	u32 size, per_slab, slabs;
	u64 active;	/* objects handed out */
	u64 allocs, failures;
};
/* The index-th cache; false past the last. */
bool cache_get_info(unsigned int index, struct cache_info *out);
/* Objects handed out, all caches: the leak counter of tests. */
u64 slab_active_count(void);
