/* SPDX-License-Identifier: MIT */
/*
 * What the regions of an address space are, for those who show it. A region is only looked
 * at, and its mapping only followed, under mm->lock: both are gone soon after it is let go.
 */
#include "mm/memory.h"
#include "mm/pgtable.h"

#define COUNT_BATCH 64 /* pages counted under the lock at a time */

static enum region_kind kind_of(const struct region *r)
{
	const struct memory *m;

	if (!r->mapping)
		return r->image ? REGION_PROGRAM : REGION_ZEROS;
	m = r->mapping->memory;
	return m->device       ? REGION_DEVICE :
	       m->ops->page_in ? REGION_PAGED :
	       m->image	       ? REGION_ARCHIVE :
				 REGION_MEMORY;
}

static void count_pages(struct mm *mm, struct region_info *info)
{
	vaddr_t va = info->start;

	while (va < info->end) {
		unsigned int n = 0;
		pte_t *e;

		spin_lock(&mm->lock);
		while (n++ < COUNT_BATCH && (e = user_pte_next(mm, &va, info->end))) {
			info->present++;
			info->shared += (*e & PTE_SW_SHARED) != 0;
			va += PAGE_SIZE;
		}
		spin_unlock(&mm->lock);
	}
}

bool region_get_info(struct mm *mm, vaddr_t addr, struct region_info *out)
{
	struct region *r;

	spin_lock(&mm->lock);
	r = region_from_locked(mm, addr);
	if (r)
		*out = (struct region_info){ .start = r->start, .end = r->end,
					     .prot = r->prot, .kind = kind_of(r) };
	spin_unlock(&mm->lock);
	if (!r)
		return false;
	count_pages(mm, out);
	return true;
}
