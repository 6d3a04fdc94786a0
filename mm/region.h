/* SPDX-License-Identifier: MIT */
/*
 * Regions: what a user address means before a page is there. Two kinds:
 *   anonymous      demand-zero pages, perhaps with initial bytes copied from an
 *                  image at the first touch (program segments);
 *   shared object  the physical pages of a memory object, read-only, not owned.
 */
#pragma once

#include "mm/mm.h"

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
	bool shared;		/* maps the image's own pages */
	bool dying;		/* being unmapped: occupied, but faults fail */
	struct region *next_dying; /* [mm_unmap] that it has marked */
	const struct image *image; /* NULL: zeros only */
	u64 image_off;		/* shared: of start (page aligned); else of byte `skip` */
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
int mm_map_shared(struct mm *mm, vaddr_t *addr, u64 len, u32 prot,
		  const struct image *image, u64 off);
/* Unmap [addr, addr + len), splitting regions at the edges. Holes are allowed.
 * 0, or, nothing changed, -EINVAL, -ENOMEM (a split needs memory), -ENOSPC (a hole
 * would make one region too many). */
int mm_unmap(struct mm *mm, vaddr_t addr, u64 len);

void region_init(void);
/* The region that contains addr, or NULL. [mm->lock] */
struct region *region_find_locked(struct mm *mm, vaddr_t addr);

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

/* The index-th region by address, for `mm show`; false past the last. */
bool region_get(struct mm *mm, unsigned int index, struct region *out);
