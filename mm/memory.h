/* SPDX-License-Identifier: MIT */
/*
 * Memory objects: a fixed number of pages that any number of address spaces map. What a
 * page is, when it is first touched:
 *
 *	anonymous	zeros
 *	of an image	the image's own page until somebody writes, then a copy
 *	device		registers, at a physical address
 *	pager-backed	what a program supplies that is asked for it
 *
 * A clone shares the pages that are there, until either side writes; there are no chains:
 * a page counts the objects that have it (page->private), and who writes to one that is
 * not its alone gets a copy.
 *
 * A mapping is one use of an object in one address space (mapping.c). Several regions may
 * show parts of it, since unmapping and mm_protect cut regions.
 *
 * Locks: memory->lock (rank MEMORY), then the mm->lock of an address space that maps it.
 * The first is held from the choice of a page until its descriptor is written, so whoever
 * has it and has taken a page out of all mappings (memory_zap) is alone with the page.
 * A page is cleared or copied under it: no lock of the machine's is held then.
 */
#pragma once

#include "mm/region.h"

struct memory;

/* What the object's maker does for it. Thread context, IRQs on, no locks. */
struct memory_ops {
	void (*release)(struct memory *m); /* the last reference is gone */
	/* Have the page at `offset` supplied: 0, or why a touch of it fails. Sleeps. NULL:
	 * the object needs nobody for that. */
	int (*page_in)(struct memory *m, u64 offset, u32 access);
};

struct memory {
	atomic_t refs;		   /* one per mapping and per pointer kept */
	const struct memory_ops *ops; /* [I] */
	struct spinlock lock;	   /* RANK_MEMORY */
	u64 pages;		   /* [I] its size */
	const struct image *image; /* [I] what pages are that are not its own yet; NULL: zeros */
	u64 image_off;		   /* [I] bytes, page aligned */
	paddr_t device;		   /* [I] it has no pages, but these addresses; 0: it has */
	void *root;		   /* [lock] tree of its pages */
	unsigned int shift;	   /* [I] bits of an index by which it leads there */
	u64 present;		   /* [lock] pages in it, */
	struct account *account;   /* [I] which pays for them; referenced; or NULL */
	struct list mappings;	   /* [lock] */
};

struct mapping {
	struct memory *memory;	/* [I] referenced */
	struct mm *mm;		/* [I] */
	vaddr_t start;		/* [mm->lock, before the first region is in the tree] */
	u64 first;		/* [I] the page that is at start */
	u64 pages;		/* [I] */
	unsigned int regions;	/* [mm->lock] that show parts of it */
	struct list node;	/* [memory->lock] */
	struct mapping *next;	/* [mm_unmap, exit_mmap] that has taken its last region */
};

#define MEMORY_PAGES_MAX (1UL << 26) /* the user's half of the addresses */

void mapping_init(void);
/* One reference; all zeros otherwise: who makes it sets image or device, and account. */
void memory_make(struct memory *m, u64 pages, const struct memory_ops *ops);
static inline void memory_get(struct memory *m)
{
	atomic_inc(&m->refs);
}
void memory_release(struct memory *m); /* the last reference is gone */
/* Thread context, IRQs on, no locks. */
static inline void memory_put(struct memory *m)
{
	if (atomic_dec_and_test(&m->refs))
		memory_release(m);
}
/*
 * Make `to`, which nobody uses yet, a copy of what from has at [first, first + to->pages):
 * the pages are shared until one side writes. Each page is copied as it is at one moment,
 * not all at the same one. 0, -EINVAL (not all of it is there; registers; a pager), -ENOMEM.
 */
int memory_clone(struct memory *to, struct memory *from, u64 first) __must_check;
/*
 * Give `to` n pages of what from has, where it has none yet, shared as by memory_clone.
 * Pages, 0 to n, that are given; or, if none is, -EINVAL (not all there; registers),
 * -EEXIST (to has one there), -ENOMEM.
 */
s64 memory_supply(struct memory *to, u64 at, struct memory *from, u64 first, u64 n);
/* Copy its bytes out: what a program would read. 0, -EINVAL, -ENOMEM, or what page_in says.
 * Thread context, IRQs on, no locks. */
int memory_read(struct memory *m, u64 offset, void *to, size_t n) __must_check;

/* ---- between mm/memory.c and mm/mapping.c ---- */

#define MEMORY_ASK 1  /* its pager has to supply the page */
#define MEMORY_MAKE 2 /* it is to be made: zeros, or a copy */

struct memory_page {
	pte_t pte;	   /* as below */
	bool code;
	bool replaced;	   /* mappings may show what was there before, */
	struct page *old;  /* and this it was, or an image's (NULL) */
	struct page **slot; /* of the tree, where it stays; NULL: not known */
};

/* The page at `index` as it is. 0, or, with more than the slot to be found by the next two,
 * MEMORY_ASK, MEMORY_MAKE. [m->lock] */
int memory_look(struct memory *m, u64 index, bool write, struct memory_page *p);
/* It is to be made: 0, -ENOMEM. [m->lock] */
int memory_make_page(struct memory *m, u64 index, struct memory_page *p);
/* What was there before may go: out of all mappings, if they may show it, and from the
 * object. [m->lock] */
void memory_drop_old(struct memory *m, u64 index, struct memory_page *p, bool shown);
/* All three in one: the descriptor, but for the region's rights, for an access to page
 * `index`: PTE_AP_RO if it must not be written by now, *code if instructions may have to be
 * made visible. 0, -ENOMEM, MEMORY_ASK. [m->lock] */
int memory_page(struct memory *m, u64 index, bool write, pte_t *pte, bool *code);
/* Out of all mappings, on all CPUs. [m->lock] */
void memory_zap(struct memory *m, u64 first, u64 n);
/* Have the page of va, which is in r, which has a mapping. 0, -ENOMEM, what page_in says; or
 * -EAGAIN: regions have changed meanwhile, look again. Thread context, IRQs on. [mm->lock,
 * which it lets go] */
int mapping_fault(struct mm *mm, const struct region *r, vaddr_t va, u32 access);
/* For regions that are gone. No locks. */
void mapping_free(struct mapping *list);
/* It is not to be found by memory_zap any more. No locks. */
void mapping_detach(struct mapping *map);
