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
	return cache_alloc(&region_cache);
}

void region_free(struct region *r)
{
	cache_free(&region_cache, r);
}

static struct region *node_region(struct avl_node *n)
{
	return n ? container_of(n, struct region, node) : NULL;
}

static int by_start(const struct avl_node *a, const struct avl_node *b)
{
	vaddr_t x = container_of(a, struct region, node)->start;
	vaddr_t y = container_of(b, struct region, node)->start;

	return x < y ? -1 : x > y;
}

/* Orders an address against a region: inside it is equal. */
static int addr_key(const void *key, const struct avl_node *n)
{
	vaddr_t a = *(const vaddr_t *)key;
	const struct region *r = container_of(n, struct region, node);

	return a < r->start ? -1 : a >= r->end;
}

struct region *region_find_locked(struct mm *mm, vaddr_t addr)
{
	return node_region(avl_find(&mm->regions, &addr, addr_key));
}

struct region *region_from_locked(struct mm *mm, vaddr_t addr)
{
	return node_region(avl_lower_bound(&mm->regions, &addr, addr_key));
}

struct region *region_next_locked(const struct region *r)
{
	return node_region(avl_next(&r->node));
}

static bool is_free(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct region *r = region_from_locked(mm, start);

	return !r || r->start >= end;
}

/* First fit from the base on. 0: no room. */
static vaddr_t find_room(struct mm *mm, u64 len)
{
	vaddr_t at = mm_is_32(mm) ? MAP_BASE_32 : MAP_BASE;

	for (struct region *r = region_from_locked(mm, at); r;
	     r = region_next_locked(r)) {
		if (r->start >= at && r->start - at >= len)
			return at;
		at = r->end;
	}
	return mm->user_end - at >= len ? at : 0;
}

int region_check_range(const struct mm *mm, vaddr_t addr, u64 len)
{
	if (len == 0 || !IS_ALIGNED(len, PAGE_SIZE) || !IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (len > mm->user_end - USER_VA_START)
		return -EINVAL;
	if (addr != 0 && (addr < USER_VA_START || addr > mm->user_end - len))
		return -EINVAL;
	return 0;
}

int region_check_prot(u32 prot)
{
	if (prot & ~(u32)(PROT_READ | PROT_WRITE | PROT_EXEC) || prot == 0)
		return -EINVAL;
	return prot & PROT_WRITE && prot & PROT_EXEC ? -EINVAL : 0;
}

int region_insert(struct mm *mm, const struct region *tmpl, u64 len, vaddr_t *addr)
{
	struct region *r;
	int err = region_check_range(mm, tmpl->start, len);

	if (!err)
		err = region_check_prot(tmpl->prot);
	if (err)
		return err;
	r = region_alloc();
	if (!r)
		return -ENOMEM;
	*r = *tmpl;

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
	}
	spin_unlock(&mm->lock);
	if (err)
		region_free(r);
	return err;
}

int mm_map_anon(struct mm *mm, vaddr_t *addr, u64 len, u32 prot)
{
	struct region r = { .start = *addr, .prot = prot, .may_write = true };

	return region_insert(mm, &r, len, addr);
}

int mm_map_image(struct mm *mm, vaddr_t addr, u64 len, u32 prot,
		 const struct image *image, u64 off, u64 image_len, u64 skip)
{
	struct region r = { .start = addr, .prot = prot, .may_write = true,
			    .image = image, .image_off = off,
			    .image_len = image_len, .skip = skip };

	if (off > image->size || image_len > image->size - off)
		return -EINVAL;
	return region_insert(mm, &r, len, &addr);
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

void region_split_locked(struct mm *mm, struct region *r, struct region *upper,
			 vaddr_t at)
{
	*upper = region_tail(r, at);
	r->end = at;
	if (r->mapping)
		r->mapping->regions++;
	avl_insert(&mm->regions, &upper->node, by_start);
	mm->nr_regions++;
}

bool region_join_locked(struct mm *mm, struct region *r, struct region *next)
{
	struct region tail = region_tail(r, r->end);

	ASSERT(r->end == next->start);
	if (r->dying || next->dying || r->prot != next->prot ||
	    r->mapping != next->mapping || r->image != next->image ||
	    tail.image_off != next->image_off || tail.image_len != next->image_len ||
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

/* Take the pages of [start, end) away, in batches. The range is dying. */
static void unmap_pages(struct mm *mm, vaddr_t start, vaddr_t end)
{
	pte_t old[UNMAP_BATCH];
	vaddr_t va = start;

	while (va < end) {
		vaddr_t from = va;
		unsigned int n, own = 0;

		spin_lock(&mm->lock);
		n = user_pte_clear(mm, &va, end, old, UNMAP_BATCH);
		for (unsigned int i = 0; i < n; i++)
			own += !(old[i] & PTE_SW_SHARED);
		mm->rss_pages -= own;
		if (n == 1 && va - from == PAGE_SIZE)
			tlb_flush_page(mm, from);
		else if (n > 0)
			tlb_flush_mm(mm);
		spin_unlock(&mm->lock);
		for (unsigned int i = 0; i < n; i++)
			if (!(old[i] & PTE_SW_SHARED))
				page_free(phys_to_page(pte_addr(old[i])));
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

int mm_unmap(struct mm *mm, vaddr_t addr, u64 len)
{
	struct region *spare[2] = { NULL, NULL }, *mine = NULL, *r;
	struct mapping *gone = NULL;
	vaddr_t end = addr + len;
	int err = region_check_range(mm, addr, len);

	if (err || addr == 0)
		return -EINVAL;
	/* A range cuts two regions at the most: one at each end. */
	for (int i = 0; i < 2; i++) {
		spare[i] = region_alloc();
		if (!spare[i]) {
			err = -ENOMEM;
			goto out;
		}
	}
	spin_lock(&mm->lock);
	r = region_find_locked(mm, addr);
	/* Only a hole inside one region makes one more of them. */
	if (r && !r->dying && r->start < addr && r->end > end &&
	    mm->nr_regions >= REGIONS_MAX) {
		spin_unlock(&mm->lock);
		err = -ENOSPC;
		goto out;
	}
	if (r && !r->dying && r->start < addr) {
		region_split_locked(mm, r, spare[0], addr);
		spare[0] = NULL;
	}
	r = region_find_locked(mm, end - 1);
	if (r && !r->dying && r->end > end) {
		region_split_locked(mm, r, spare[1], end);
		spare[1] = NULL;
	}
	/* All of ours at once: what is mapped later is not meant, and may reach beyond
	 * the end. Another thread that unmaps the same finds them dying. */
	for (r = region_from_locked(mm, addr); r && r->start < end;
	     r = region_next_locked(r)) {
		if (r->dying)
			continue;
		r->dying = true;
		r->next_dying = mine;
		mine = r;
	}
	mm->map_seq++;
	while (mine) {
		r = mine;
		mine = r->next_dying;
		spin_unlock(&mm->lock);
		unmap_pages(mm, r->start, r->end);
		spin_lock(&mm->lock);
		avl_remove(&mm->regions, &r->node);
		mm->nr_regions--;
		mm->map_seq++;
		drop_mapping(r, &gone);
		region_free(r);
	}
	spin_unlock(&mm->lock);
	mapping_free(gone);
out:
	for (int i = 0; i < 2; i++)
		if (spare[i])
			region_free(spare[i]);
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

bool region_get(struct mm *mm, unsigned int index, struct region *out)
{
	struct avl_node *n;
	bool found;

	spin_lock(&mm->lock);
	for (n = avl_first(&mm->regions); n && index > 0; n = avl_next(n))
		index--;
	found = n != NULL;
	if (found)
		*out = *node_region(n);
	spin_unlock(&mm->lock);
	return found;
}
