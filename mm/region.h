/* SPDX-License-Identifier: MIT */
/*
 * Regions: what a user address means before a page is there. Two kinds:
 *   private        demand-zero pages, perhaps with initial bytes copied from an
 *                  image at the first touch (program segments);
 *   mapping        the pages of a memory object (mm/memory.h), which are not its own.
 */
#pragma once

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

void region_init(void);
/* A loose region; NULL: no memory. Any context. */
struct region *region_alloc(void) __must_check;
void region_free(struct region *r);
/* Insert a copy of tmpl at tmpl->start, or anywhere if that is 0: *addr. As mm_map_anon. */
int region_insert(struct mm *mm, const struct region *tmpl, u64 len, vaddr_t *addr);
/* 0 or -EINVAL; address 0: to be chosen. */
int region_check_range(const struct mm *mm, vaddr_t addr, u64 len) __must_check;
int region_check_prot(u32 prot) __must_check;
/* The descriptor's bits for these rights, without an address. */
pte_t prot_pte(u32 prot);
/* Bring va's descriptor, if there is one, in line with its region. [mm->lock] */
void protect_page_locked(struct mm *mm, vaddr_t va);
/* The region that contains addr; the first that ends above it; the next: or NULL.
 * [mm->lock] */
struct region *region_find_locked(struct mm *mm, vaddr_t addr);
struct region *region_from_locked(struct mm *mm, vaddr_t addr);
struct region *region_next_locked(const struct region *r);
/* What lies at [at, r->end) becomes a region of its own, in *upper. [mm->lock] */
void region_split_locked(struct mm *mm, struct region *r, struct region *upper,
			 vaddr_t at);
/* The reverse, if next, which begins where r ends, goes on as if it were r: true, and
 * next is free. [mm->lock] */
bool region_join_locked(struct mm *mm, struct region *r, struct region *next);

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
