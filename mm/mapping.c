/* SPDX-License-Identifier: MIT */
/*
 * Memory objects in address spaces: mapping them, faults on them, taking their pages out
 * again. See memory.h.
 *
 * A descriptor of such a page has PTE_SW_SHARED: it is not the address space's to free. It
 * may be writable only if the object has the page for itself, so rights are only ever
 * added by a fault here; mm_protect takes descriptors away instead.
 *
 * A mapping is in its object's list before its first region is in the tree, until after
 * its last one is gone, or, when the address space ends, until before its tables go. So
 * memory_zap, which has the list's lock, finds every descriptor; what else lies at the
 * same addresses by now it tells by region->mapping.
 */
#include "arm64/tlb.h"
#include "abi/lodger.h"
#include "kernel/errno.h"
#include "mm/lazy.h"
#include "mm/memory.h"
#include "mm/pgtable.h"
#include "mm/slab.h"

#define ZAP_BATCH 64

static struct cache mapping_cache;

void mapping_init(void)
{
	cache_init(&mapping_cache, "mapping", sizeof(struct mapping), 0);
}

int mm_map_memory(struct mm *mm, vaddr_t *addr, u64 len, u32 prot, bool may_write,
		  struct memory *m, u64 off)
{
	u64 size = m->pages * PAGE_SIZE;
	struct mapping *map;
	struct region *r;
	int err;

	if (!IS_ALIGNED(off, PAGE_SIZE) || off > size || len > size - off)
		return -EINVAL;
	if (prot & PROT_WRITE && !may_write)
		return -EACCES;
	if (prot & PROT_EXEC && m->device)
		return -EINVAL;
	map = cache_zalloc(&mapping_cache);
	if (!map)
		return -ENOMEM;
	map->memory = m;
	map->mm = mm;
	map->first = off / PAGE_SIZE;
	map->pages = len / PAGE_SIZE;
	map->regions = 1;
	list_init(&map->node);
	memory_get(m);
	spin_lock(&m->lock);
	list_add_tail(&m->mappings, &map->node);
	spin_unlock(&m->lock);
	r = region_alloc();
	if (r)
		*r = (struct region){ .start = *addr, .prot = prot, .may_write = may_write,
				      .mapping = map };
	err = region_insert(mm, r, len, addr);
	if (err)
		mapping_free(map);
	return err;
}

void mapping_detach(struct mapping *map)
{
	spin_lock(&map->memory->lock);
	list_del(&map->node);
	spin_unlock(&map->memory->lock);
}

void mapping_free(struct mapping *list)
{
	while (list) {
		struct mapping *map = list;

		list = map->next;
		mapping_detach(map);
		memory_put(map->memory);
		cache_free(&mapping_cache, map);
	}
}

/* ---- faults ---- */

/* What a fault is about, as the regions were at `seq`. */
struct fault {
	struct mm *mm;
	vaddr_t va;
	struct memory *memory;
	u64 index; /* the page in it */
	u64 seq;
	u32 prot;
	bool kept; /* the memory, by a reference */
	struct memory_page page;
};

static void keep(struct fault *f)
{
	if (!f->kept)
		memory_get(f->memory);
	f->kept = true;
}

static __noinline void lock_in_order(struct fault *f)
{
	keep(f); /* the mapping may go */
	spin_unlock(&f->mm->lock);
	spin_lock(&f->memory->lock);
	raw_spin_lock(&f->mm->lock);
}

/* The page is to be found by now: 0, -ENOMEM. [both locks] */
static inline int set_descriptor(const struct fault *f)
{
	pte_t pte = f->page.pte;

	if (f->page.code && f->prot & PROT_EXEC)
		icache_sync(phys_to_virt(pte_addr(pte)), PAGE_SIZE);
	return user_pte_replace(f->mm, f->va, pte | prot_pte(f->prot) | PTE_SW_SHARED);
}

/* The page is to be made, without the address space's lock. What it replaces goes when nobody
 * can see it: if there is but one mapping, with this one descriptor. 0, -ENOMEM, -EAGAIN.
 * [both locks] */
static __noinline int make_page(struct fault *f)
{
	struct memory *m = f->memory;
	struct mm *mm = f->mm;
	int err;

	raw_spin_unlock(&mm->lock);
	err = memory_make_page(m, f->index, &f->page);
	if (m->mappings.next->next != &m->mappings)
		memory_drop_old(m, f->index, &f->page, true);
	raw_spin_lock(&mm->lock);
	if (!err)
		err = mm->map_seq == f->seq ? set_descriptor(f) : -EAGAIN;
	raw_spin_unlock(&mm->lock);
	memory_drop_old(m, f->index, &f->page, err);
	raw_spin_lock(&mm->lock);
	return err;
}

/*
 * The object's lock comes before the address space's, which we have: so it is tried, and if
 * somebody has it both are taken anew. As long as it is held the mapping keeps the object; to
 * wait, for it or for the pager, a reference does.
 */
int mapping_fault(struct mm *mm, const struct region *r, vaddr_t va, u32 access)
{
	const struct mapping *map = r->mapping;
	struct memory *m = map->memory;
	bool asked = false, reclaimed = false;
	struct fault f;
	int err;

	f.mm = mm;
	f.va = va;
	f.memory = m;
	f.index = map->first + (va - map->start) / PAGE_SIZE;
	f.seq = mm->map_seq;
	f.prot = r->prot;
	f.kept = false;
	f.page.slot = NULL;
	for (;;) {
		if (unlikely(!raw_spin_trylock(&m->lock)))
			lock_in_order(&f);
		err = mm->map_seq != f.seq ? -EAGAIN :
		      memory_look(m, f.index, access & FAULT_WRITE, &f.page);
		if (likely(!err))
			err = set_descriptor(&f);
		else if (err == MEMORY_MAKE)
			err = make_page(&f);
		if (unlikely(err))
			keep(&f);
		raw_spin_unlock(&m->lock);
		spin_unlock(&mm->lock);
		if (err == MEMORY_ASK && !asked) {
			asked = true;
			err = m->ops->page_in(m, f.index * PAGE_SIZE, access);
		} else if (err == -ENOMEM && !reclaimed && lazy_reclaim()) {
			reclaimed = true; /* which could not wait under the lock */
			err = 0;
		} else {
			break;
		}
		if (err)
			break;
		spin_lock(&mm->lock);
	}
	if (f.kept)
		memory_put(m);
	return err == MEMORY_ASK ? -EIO : err;
}

/* What of [va, end) is r's and shows map. [mm->lock] */
static void zap_region(struct mm *mm, vaddr_t va, vaddr_t end)
{
	pte_t old[ZAP_BATCH];
	vaddr_t from = va;
	unsigned int n;

	while ((n = user_pte_clear(mm, &va, end, old, ZAP_BATCH)) != 0) {
		if (n == 1 && va - from == PAGE_SIZE)
			tlb_flush_page(mm, from);
		else
			tlb_flush_mm(mm);
		from = va;
	}
}

void memory_zap(struct memory *m, u64 first, u64 n)
{
	struct mapping *map;

	list_for_each(map, &m->mappings, node) {
		u64 a = MAX(first, map->first), b = MIN(first + n, map->first + map->pages);
		struct mm *mm = map->mm;
		vaddr_t va, end;

		if (a >= b)
			continue;
		spin_lock(&mm->lock);
		va = map->start + (a - map->first) * PAGE_SIZE;
		end = map->start + (b - map->first) * PAGE_SIZE;
		for (struct region *r = map->start ? region_from_locked(mm, va) : NULL;
		     r && r->start < end; r = r->end < end ? region_next_locked(r) : NULL)
			if (r->mapping == map)
				zap_region(mm, MAX(va, r->start), MIN(end, r->end));
		spin_unlock(&mm->lock);
	}
}
