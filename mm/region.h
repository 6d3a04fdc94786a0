/* SPDX-License-Identifier: MIT */
/*
 * Regions: what a user address means before a page is there. Two kinds:
 *   private        demand-zero pages, perhaps with initial bytes copied from an
 *                  image at the first touch (program segments);
 *   mapping        the pages of a memory object (mm/memory.h), which are not its own.
 */
#pragma once

#include "abi/lodger.h"
#include "mm/mm.h"

struct mapping;
struct memory;

/* Bytes that outlive every mapping of them: the initramfs. */
struct image {
	const u8 *data;	 /* kernel address */
	paddr_t phys;	 /* page aligned */
	u64 size;	 /* bytes; the last page is zero behind them */
};

struct region {
	struct avl_node node;	/* [mm->lock] by start */
	vaddr_t start, end;	/* page aligned */
	u32 prot;		/* PROT_* */
	bool may_write;		/* mm_protect may give PROT_WRITE */
	bool dying;		/* being unmapped: occupied, but faults fail */
	struct region *next_dying; /* [mm_unmap] that it has marked */
	struct mapping *mapping; /* NULL: its pages are private, */
	const struct image *image; /* and begin with bytes of this; NULL: zeros only */
	u64 image_off;		/* of byte `skip` */
	u64 image_len;		/* bytes to copy in; the rest is zero */
	u64 skip;		/* zero bytes in front of them */
};

#define REGIONS_MAX 1024 /* of one address space */

/*
 * Map a region. addr 0: the kernel chooses. Thread context; any mm that the
 * caller has a reference to. Returns 0 and *addr, or -EINVAL (unaligned, out of
 * the user range, W and X together), -EEXIST (overlap), -ENOSPC, -ENOMEM.
 */
int mm_map_anon(struct mm *mm, vaddr_t *addr, u64 len, u32 prot);
int mm_map_image(struct mm *mm, vaddr_t addr, u64 len, u32 prot,
		 const struct image *image, u64 off, u64 image_len, u64 skip);
/* A memory object's pages from byte `off` on; it stays for as long. May it be written, now
 * or after mm_protect? Also -EINVAL: not all of it is there, or code in registers; -EACCES:
 * PROT_WRITE without may_write. (mm/mapping.c) */
int mm_map_memory(struct mm *mm, vaddr_t *addr, u64 len, u32 prot, bool may_write,
		  struct memory *m, u64 off);
/* Unmap [addr, addr + len), splitting regions at the edges. Holes are allowed.
 * 0, or, nothing changed, -EINVAL, -ENOMEM (a split needs memory), -ENOSPC (a hole
 * would make one region too many). */
int mm_unmap(struct mm *mm, vaddr_t addr, u64 len);
/*
 * Give [addr, addr + len) the rights prot (mm/protect.c); 0: none, a guard. When it
 * returns no CPU has any other. 0, or, nothing changed, -EINVAL (as mm_map_anon),
 * -EFAULT (not all of it is mapped), -EACCES (PROT_WRITE, and an object that may
 * not be written is among it), -ENOMEM, -ENOSPC. Thread context, IRQs on, no locks.
 */
int mm_protect(struct mm *mm, vaddr_t addr, u64 len, u32 prot);

/* ---- regions, for mm/ ---- */

static inline struct region *node_region(struct avl_node *n)
{
	return n ? container_of(n, struct region, node) : NULL;
}

/* Orders an address against a region: inside it is equal. */
static inline int region_key(const void *addr, const struct avl_node *n)
{
	const struct region *r = container_of(n, struct region, node);
	vaddr_t a = *(const vaddr_t *)addr;

	return a < r->start ? -1 : a >= r->end;
}

void region_init(void);
/* A loose region, all zero; NULL: no memory. Any context. */
struct region *region_alloc(void) __must_check;
void region_free(struct region *r);
/* Are there `need` loose regions, at most two? 0; or mm->lock was dropped to make them, and
 * the caller looks again (-EAGAIN) or gives up (-ENOMEM). What is left he frees. */
int region_make_spares_locked(struct mm *mm, struct region *spare[2], unsigned int need);

static inline int region_spares_locked(struct mm *mm, struct region *spare[2],
				       unsigned int need)
{
	return likely(need == 0) || spare[need - 1] ?
		       0 : region_make_spares_locked(mm, spare, need);
}

static inline void region_free_spares(struct region *spare[2])
{
	for (int i = 0; i < 2; i++)
		if (spare[i])
			region_free(spare[i]);
}
/* Insert r, which is loose, with `len` bytes at r->start, or anywhere if that is 0: *addr. As
 * mm_map_anon; on an error, too, it is not the caller's any more. NULL is -ENOMEM. */
int region_insert(struct mm *mm, struct region *r, u64 len, vaddr_t *addr);
/* Are they page aligned and in the user range? Address 0: to be chosen. */
static inline bool region_range_ok(const struct mm *mm, vaddr_t addr, u64 len)
{
	return len != 0 && IS_ALIGNED(len | addr, PAGE_SIZE) &&
	       len <= mm->user_end - USER_VA_START &&
	       (addr == 0 || (addr >= USER_VA_START && addr <= mm->user_end - len));
}

/* Is it some right, and not both of writing and executing? */
static inline bool region_prot_ok(u32 prot)
{
	return prot - 1 < 7 && (prot & (PROT_WRITE | PROT_EXEC)) != (PROT_WRITE | PROT_EXEC);
}

/* The descriptor's bits for these rights, without an address. */
pte_t prot_pte(u32 prot);
/* Bring va's descriptor, if there is one, in line with its region. [mm->lock] */
void protect_page_locked(struct mm *mm, vaddr_t va);
/* The region that contains addr; the first that ends above it; the next, the one before: or
 * NULL. [mm->lock] */
static inline struct region *region_find_locked(struct mm *mm, vaddr_t addr)
{
	return node_region(avl_find(&mm->regions, &addr, region_key));
}

static inline struct region *region_from_locked(struct mm *mm, vaddr_t addr)
{
	return node_region(avl_lower_bound(&mm->regions, &addr, region_key));
}

static inline struct region *region_next_locked(const struct region *r)
{
	return node_region(avl_next(&r->node));
}

static inline struct region *region_prev_locked(const struct region *r)
{
	return node_region(avl_prev(&r->node));
}

/* What lies at [at, r->end) becomes a region of its own, which is returned: *spare, which is
 * NULL then. [mm->lock] */
struct region *region_split_locked(struct mm *mm, struct region *r, struct region **spare,
				   vaddr_t at);
/* The reverse, if next, which begins where r ends, goes on as if it were r: true, and
 * next is free. [mm->lock] */
bool region_merge_locked(struct mm *mm, struct region *r, struct region *next);

static inline bool region_join_locked(struct mm *mm, struct region *r, struct region *next)
{
	return r->prot == next->prot && r->mapping == next->mapping &&
	       r->image == next->image && region_merge_locked(mm, r, next);
}

/* What a fault wants. */
#define FAULT_READ 1
#define FAULT_WRITE 2
#define FAULT_EXEC 4
/* Make addr accessible: 0, -EFAULT (no region), -EACCES (not so), -ENOMEM. The
 * caller holds mm_users; thread context. */
int mm_handle_fault(struct mm *mm, vaddr_t addr, u32 access);

/* Write into an mm that does not run yet: 0, -EFAULT, -ENOMEM. */
int mm_poke(struct mm *mm, vaddr_t addr, const void *src, size_t n) __must_check;

/* Last user gone: unmap all, free pages and lower tables, keep the root. */
void exit_mmap(struct mm *mm);

/* ---- for those who show it (mm/region_info.c) ---- */

enum region_kind {
	REGION_ZEROS,	/* private: zeros at first */
	REGION_PROGRAM, /* private: bytes of an image, then zeros */
	REGION_MEMORY,	/* a memory object: zeros at first, */
	REGION_ARCHIVE, /* or pages of an image, */
	REGION_DEVICE,	/* or registers, */
	REGION_PAGED,	/* or what a program supplies */
};

struct region_info {
	vaddr_t start, end;
	u32 prot;
	enum region_kind kind;
	u64 present, shared; /* pages that are there; those that are not the mm's own */
};

/* The first region that ends above addr; false: there is none. The pages are counted in
 * pieces, each as it is at that moment. The caller holds mm_users; thread context. */
bool region_get_info(struct mm *mm, vaddr_t addr, struct region_info *out);
