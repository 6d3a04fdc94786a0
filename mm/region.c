/* SPDX-License-Identifier: MIT */
/*
 * Regions of an address space: the tree, mapping, unmapping.
 *
 * Locking: mm->lock. Memory for a region is allocated before the lock is taken.
 * map_seq changes with the tree and with rights, so that a fault which dropped the lock to
 * prepare a page can tell whether what it saw still stands.
 *
 * Unmapping may touch any number of pages, so it works in batches and lets the
 * lock go between them. The region stays in the tree meanwhile, marked dying:
 * its addresses are not given to anybody else, and faults on it fail.
 */
#include "mm/region.h"
#include "abi/lodger.h"
#include "kernel/errno.h"
#include "mm/lazy.h"
#include "mm/memory.h"
#include "mm/pgtable.h"
#include "mm/slab.h"

#define UNMAP_BATCH 64
/* Where the kernel looks for room when it may choose. */
#define MAP_BASE 0x1000000000UL
#define MAP_BASE_32 0x50000000UL

static struct cache region_cache;

void region_init(void)
{
	cache_init(&region_cache, "region", sizeof(struct region), 0);
	mapping_init();
}

struct region *region_alloc(void)
{
	return cache_zalloc(&region_cache);
}

void region_free(struct region *r)
{
	cache_free(&region_cache, r);
}

int region_make_spares_locked(struct mm *mm, struct region *spare[2], unsigned int need)
{
	bool have = true;

	spin_unlock(&mm->lock);
	for (unsigned int i = 0; i < need; i++) {
		if (!spare[i])
			spare[i] = region_alloc();
		have = have && spare[i];
	}
	spin_lock(&mm->lock);
	return have ? -EAGAIN : -ENOMEM;
}

static int by_start(const struct avl_node *a, const struct avl_node *b)
{
	vaddr_t x = container_of(a, struct region, node)->start;
	vaddr_t y = container_of(b, struct region, node)->start;

	return x < y ? -1 : x > y;
}

static bool is_free(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct region *r = region_from_locked(mm, start);

	return !r || r->start >= end;
}

static vaddr_t full_to(const struct mm *mm)
{
	return MAX(mm->full_to, mm_is_32(mm) ? MAP_BASE_32 : MAP_BASE);
}

/* First fit from the base on. 0: no room. */
static vaddr_t find_room(struct mm *mm, u64 len)
{
	vaddr_t at = full_to(mm);

	for (struct region *r = region_from_locked(mm, at); r;
	     r = region_next_locked(r)) {
		if (r->start >= at && r->start - at >= len)
			return at;
		at = r->end;
	}
	return mm->user_end - at >= len ? at : 0;
}

int region_insert(struct mm *mm, struct region *r, u64 len, vaddr_t *addr)
{
	int err = 0;

	if (!r)
		return -ENOMEM;
	if (!region_range_ok(mm, r->start, len) || !region_prot_ok(r->prot)) {
		region_free(r);
		return -EINVAL;
	}
	spin_lock(&mm->lock);
	if (r->start == 0)
		r->start = find_room(mm, len);
	else if (!is_free(mm, r->start, r->start + len))
		err = -EEXIST;
	if (!err && (r->start == 0 || mm->nr_regions >= REGIONS_MAX))
		err = -ENOSPC;
	if (!err) {
		r->end = r->start + len;
		*addr = r->start;
		if (r->mapping)
			r->mapping->start = r->start;
		avl_insert(&mm->regions, &r->node, by_start);
		mm->nr_regions++;
		mm->map_seq++;
		if (r->start == full_to(mm))
			mm->full_to = r->end;
	}
	spin_unlock(&mm->lock);
	if (err)
		region_free(r);
	return err;
}

int mm_map_anon(struct mm *mm, vaddr_t *addr, u64 len, u32 prot)
{
	struct region *r = region_alloc();

	if (r) {
		r->start = *addr;
		r->prot = prot;
		r->may_write = true;
	}
	return region_insert(mm, r, len, addr);
}

int mm_map_image(struct mm *mm, vaddr_t addr, u64 len, u32 prot,
		 const struct image *image, u64 off, u64 image_len, u64 skip)
{
	struct region *r;

	if (off > image->size || image_len > image->size - off)
		return -EINVAL;
	r = region_alloc();
	if (r)
		*r = (struct region){ .start = addr, .prot = prot, .may_write = true,
				      .image = image, .image_off = off,
				      .image_len = image_len, .skip = skip };
	return region_insert(mm, r, len, &addr);
}

/* What of r lies at [at, r->end), as a region of its own. */
static struct region region_tail(const struct region *r, vaddr_t at)
{
	u64 cut = at - r->start;
	struct region tail = *r;

	tail.start = at;
	if (r->image) {
		u64 bytes = cut > r->skip ? cut - r->skip : 0; /* of the image */

		tail.skip = r->skip > cut ? r->skip - cut : 0;
		bytes = MIN(bytes, r->image_len);
		tail.image_off += bytes;
		tail.image_len -= bytes;
	}
	return tail;
}

struct region *region_split_locked(struct mm *mm, struct region *r, struct region **spare,
				   vaddr_t at)
{
	struct region *upper = *spare;

	*spare = NULL;
	*upper = region_tail(r, at);
	r->end = at;
	if (r->mapping)
		r->mapping->regions++;
	avl_insert(&mm->regions, &upper->node, by_start);
	mm->nr_regions++;
	return upper;
}

bool region_merge_locked(struct mm *mm, struct region *r, struct region *next)
{
	struct region tail;

	ASSERT(r->end == next->start);
	if (r->dying || next->dying)
		return false;
	tail = region_tail(r, r->end);
	if (tail.image_off != next->image_off || tail.image_len != next->image_len ||
	    tail.skip != next->skip)
		return false;
	r->end = next->end;
	if (r->mapping)
		r->mapping->regions--;
	avl_remove(&mm->regions, &next->node);
	mm->nr_regions--;
	region_free(next);
	return true;
}

/* Take the pages of r, which is dying, away: in batches, between which the lock is let go.
 * [mm->lock] */
static void unmap_pages(struct mm *mm, const struct region *r)
{
	pte_t old[UNMAP_BATCH];
	vaddr_t va = r->start;

	for (;;) {
		vaddr_t from = va;
		unsigned int n = user_pte_clear(mm, &va, r->end, old, UNMAP_BATCH);

		if (n == 1 && va - from == PAGE_SIZE)
			tlb_flush_page(mm, from);
		else if (n > 0)
			tlb_flush_mm(mm);
		for (unsigned int i = 0; i < n; i++) {
			if (old[i] & PTE_SW_SHARED)
				continue;
			mm->rss_pages--;
			account_release(mm->account, 1);
			page_free(phys_to_page(pte_addr(old[i])));
		}
		if (va >= r->end)
			return;
		spin_unlock(&mm->lock);
		spin_lock(&mm->lock);
	}
}

/* r goes; with its last region a mapping is to go, too. [mm->lock] */
static void drop_mapping(struct region *r, struct mapping **gone)
{
	struct mapping *map = r->mapping;

	if (map && --map->regions == 0) {
		map->next = *gone;
		*gone = map;
	}
}

/* Regions that end at addr and end. A range cuts two at the most: one at each end. *from is
 * the first above addr, or NULL. [mm->lock, which may be let go meanwhile] */
static int cut_edges(struct mm *mm, vaddr_t addr, vaddr_t end, struct region *spare[2],
		     struct region **from)
{
	struct region *first, *last;
	bool cut_first, cut_last;
	int err;

	do {
		first = region_from_locked(mm, addr);
		last = first && end <= first->end ? first : region_from_locked(mm, end - 1);
		cut_first = first && !first->dying && first->start < addr;
		cut_last = last && !last->dying && last->start < end && last->end > end;
		/* Only a hole inside one region makes one more of them. */
		if (cut_first && cut_last && first == last && mm->nr_regions >= REGIONS_MAX)
			return -ENOSPC;
		err = region_spares_locked(mm, spare, cut_first + cut_last);
	} while (err == -EAGAIN);
	if (err)
		return err;
	*from = first;
	if (cut_first) {
		*from = region_split_locked(mm, first, &spare[0], addr);
		if (last == first)
			last = *from;
	}
	if (cut_last)
		region_split_locked(mm, last, &spare[cut_first], end);
	return 0;
}

int mm_unmap(struct mm *mm, vaddr_t addr, u64 len)
{
	struct region *spare[2] = { NULL, NULL }, *mine = NULL, *r;
	struct mapping *gone = NULL;
	vaddr_t end = addr + len;
	int err;

	if (addr == 0 || !region_range_ok(mm, addr, len))
		return -EINVAL;
	spin_lock(&mm->lock);
	err = cut_edges(mm, addr, end, spare, &r);
	/* All of ours at once: what is mapped later is not meant, and may reach beyond
	 * the end. Another thread that unmaps the same finds them dying. */
	for (; !err && r && r->start < end; r = region_next_locked(r)) {
		if (!r->dying) {
			r->dying = true;
			r->next_dying = mine;
			mine = r;
		}
		if (r->end >= end)
			break;
	}
	mm->map_seq++;
	while ((r = mine) != NULL) {
		mine = r->next_dying;
		unmap_pages(mm, r);
		avl_remove(&mm->regions, &r->node);
		mm->nr_regions--;
		mm->map_seq++;
		mm->full_to = MIN(mm->full_to, r->start);
		drop_mapping(r, &gone);
		region_free(r);
	}
	spin_unlock(&mm->lock);
	if (gone)
		mapping_free(gone);
	region_free_spares(spare);
	return err;
}

void exit_mmap(struct mm *mm)
{
	struct mapping *gone = NULL;
	struct avl_node *n;

	/* No user is left: nobody faults, maps or walks here any more, but for who takes a
	 * page of a memory object out of all mappings. He is to find none here. */
	for (n = avl_first(&mm->regions); n; n = avl_next(n))
		if (node_region(n)->mapping)
			mapping_detach(node_region(n)->mapping);
	account_release(mm->account, mm->rss_pages + mm->table_pages - 1);
	user_tables_free(mm);
	while ((n = avl_first(&mm->regions)) != NULL) {
		avl_remove(&mm->regions, n);
		drop_mapping(node_region(n), &gone);
		region_free(node_region(n));
	}
	mapping_free(gone); /* no TLB has their pages any more */
	mm->nr_regions = 0;
	ASSERT(mm->rss_pages == 0);
	ASSERT(mm->table_pages == 1);
}
