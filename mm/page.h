/* SPDX-License-Identifier: MIT */
/*
 * Physical pages: a buddy allocator over every range of memory, with a small
 * stock of single pages per CPU in front of it.
 *
 * Any context with the buddy's rank free; never sleeps; NULL when memory is
 * out: it is then the asker who gets -ENOMEM.
 */
#pragma once

#include "arm64/atomic.h"
#include "arm64/pte.h"
#include "kernel/compiler.h"
#include "kernel/list.h"

#define MAX_ORDER 10 /* largest block: 2^10 pages, 4 MB */

enum page_type {
	PAGE_RESERVED, /* never given to the allocator; firmware, kernel image */
	PAGE_FREE,     /* head of a free block of 2^order pages */
	PAGE_CACHED,   /* in a CPU's stock */
	PAGE_KERNEL,   /* head of an allocated block */
	PAGE_SLAB,
	PAGE_TABLE,    /* a translation table */
	PAGE_USER,     /* mapped into an address space */
};

struct page {
	u8 type;  /* enum page_type; of a block's first page */
	u8 order; /* of a block's first page */
	u16 inuse; /* PAGE_SLAB: objects handed out; PAGE_TABLE: valid entries */
	u32 private; /* PAGE_SLAB: kmalloc's size class */
	struct list node; /* PAGE_FREE: buddy list; PAGE_SLAB: its cache's list */
	void *freelist; /* PAGE_SLAB */
};
static_assert(sizeof(struct page) == 32, "0.8 % of memory");

#define vmemmap ((struct page *)VMEMMAP_BASE)

static inline struct page *pfn_to_page(u64 pfn)
{
	return vmemmap + pfn;
}

static inline u64 page_to_pfn(const struct page *p)
{
	return (u64)(p - vmemmap);
}

static inline paddr_t page_to_phys(const struct page *p)
{
	return page_to_pfn(p) << PAGE_SHIFT;
}

static inline struct page *phys_to_page(paddr_t pa)
{
	return pfn_to_page(pa >> PAGE_SHIFT);
}

/* Memory is mapped linearly; kernel image symbols are not in that map. */
static inline void *phys_to_virt(paddr_t pa)
{
	return (void *)(pa + LINEAR_BASE);
}

static inline paddr_t virt_to_phys(const void *va)
{
	return (u64)va - LINEAR_BASE;
}

/* A symbol of the kernel image. */
extern u64 kimage_voffset; /* virtual minus physical */
static inline paddr_t sym_to_phys(const void *sym)
{
	return (u64)sym - kimage_voffset;
}

static inline void *page_to_virt(const struct page *p)
{
	return phys_to_virt(page_to_phys(p));
}

static inline struct page *virt_to_page(const void *va)
{
	return phys_to_page(virt_to_phys(va));
}

/* 2^order pages, contents undefined, or NULL. */
struct page *page_alloc(unsigned int order, enum page_type type) __must_check;
/* One page of zeros. */
struct page *page_alloc_zero(enum page_type type) __must_check;
void page_free(struct page *p);

/* Memory that is mapped and nobody's yet: zeros to it; a copy of what lies apart. */
void phys_clear(paddr_t pa, u64 size);
void phys_copy(paddr_t to, paddr_t from, u64 size);
/* Hand [start, end) to the allocator; boot only, single-threaded. */
void page_add_range(paddr_t start, paddr_t end);
/* Put this CPU's stock back (leak counts, CPU off). */
void page_drain_local(void);
void page_drain_all(void);

struct page_stats {
	u64 total_pages;	/* ever handed to the allocator */
	u64 free_pages;		/* in the buddy's lists */
	u64 cached_pages;	/* in the CPUs' stocks */
	u64 free_blocks[MAX_ORDER + 1];
	u64 allocs, failures;
};
void page_get_stats(struct page_stats *out);
extern struct audit buddy_audit;
/* Free pages, stocks included: the leak counter of tests. */
u64 page_free_count(void);
