/* SPDX-License-Identifier: MIT */
/*
 * Page faults on user addresses: find the region, prepare a page without the
 * lock, put it in if nothing changed meanwhile. A program's pages that nobody writes are
 * those of the archive, where they lie in it on pages of their own (tools/mkcpio sees to it).
 */
#include "abi/lodger.h"
#include "arm64/tlb.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/memory.h"
#include "mm/pgtable.h"
#include "mm/region.h"

static bool allowed(const struct region *r, u32 access)
{
	if (access & FAULT_WRITE)
		return r->prot & PROT_WRITE;
	if (access & FAULT_EXEC)
		return r->prot & PROT_EXEC;
	return r->prot != 0;
}

/* Copy into `page` the image's bytes that belong at offset `at` of region r. */
static void fill_from_image(u8 *page, const struct region *r, u64 at)
{
	u64 from = MAX(at, r->skip);
	u64 to = MIN(at + PAGE_SIZE, r->skip + r->image_len);

	if (from < to)
		memcpy(page + (from - at),
		       r->image->data + r->image_off + (from - r->skip), to - from);
}

/* A page for addr in r; r is a copy, no lock held. NULL: out of memory. */
static struct page *prepare_page(const struct region *r, vaddr_t addr)
{
	struct page *p = page_alloc(0, PAGE_USER);
	u64 at = (addr & PAGE_MASK) - r->start;
	u8 *va;

	if (!p)
		return NULL;
	va = page_to_virt(p);
	if (r->image && at >= r->skip && at + PAGE_SIZE <= r->skip + r->image_len) {
		fill_from_image(va, r, at); /* all of it */
	} else {
		page_clear(va);
		if (r->image)
			fill_from_image(va, r, at);
	}
	if (r->prot & PROT_EXEC)
		icache_sync(va, PAGE_SIZE);
	return p;
}

/* The image's own page, if it is what r has at va: *pte. */
static bool image_pte(const struct region *r, vaddr_t va, pte_t *pte)
{
	u64 at = va - r->start, off = r->image_off + at - r->skip;

	if (!r->image || at < r->skip || at + PAGE_SIZE > r->skip + r->image_len ||
	    !IS_ALIGNED(off, PAGE_SIZE))
		return false;
	*pte = (r->image->phys + off) | prot_pte(r->prot) | PTE_AP_RO | PTE_SW_SHARED;
	return true;
}

int mm_handle_fault(struct mm *mm, vaddr_t addr, u32 access)
{
	vaddr_t va = addr & PAGE_MASK;
	struct page *p = NULL;
	struct region r, *found;
	struct mapped_page mapped;
	u64 seq = 0;
	pte_t pte;
	int err;

	for (;;) {
		spin_lock(&mm->lock);
		found = region_find_locked(mm, addr);
		err = !found || found->dying ? -EFAULT :
		      allowed(found, access) ? 0 : -EACCES;
		if (err)
			break;
		if (found->mapping) {
			mapped = mapping_page_locked(mm, found, va);
			spin_unlock(&mm->lock);
			if (p) /* it was another region then */
				page_free(p);
			p = NULL;
			err = mapping_fault(mm, &mapped, va, access);
			if (err != -EAGAIN)
				return err;
			continue;
		}
		pte = user_pte_get(mm, va);
		if (pte & PTE_VALID && !(pte & PTE_SW_SHARED && access & FAULT_WRITE)) {
			/* Someone was faster, or changes its rights right now. */
			protect_page_locked(mm, va);
			break;
		}
		if (!(access & FAULT_WRITE) && image_pte(found, va, &pte)) {
			err = user_pte_set(mm, va, pte);
			break;
		}
		if (p && seq == mm->map_seq) {
			pte = page_to_phys(p) | prot_pte(found->prot);
			err = -ENOMEM;
			if (!account_charge(mm->account, 1))
				break;
			err = user_pte_replace(mm, va, pte);
			if (!err) {
				mm->rss_pages++;
				p = NULL;
			} else {
				account_release(mm->account, 1);
			}
			break;
		}
		r = *found;
		seq = mm->map_seq;
		spin_unlock(&mm->lock);
		if (p) /* prepared for a region that has changed */
			page_free(p);
		p = prepare_page(&r, addr);
		if (!p)
			return -ENOMEM;
	}
	spin_unlock(&mm->lock);
	if (p)
		page_free(p);
	return err;
}

int mm_poke(struct mm *mm, vaddr_t addr, const void *src, size_t n)
{
	const u8 *from = src;

	while (n > 0) {
		size_t off = addr & ~PAGE_MASK, step = MIN(n, PAGE_SIZE - off);
		int err = mm_handle_fault(mm, addr, FAULT_WRITE);
		pte_t pte;

		if (err)
			return err;
		/* Nobody else uses mm yet: the page stays. */
		spin_lock(&mm->lock);
		pte = user_pte_get(mm, addr & PAGE_MASK);
		spin_unlock(&mm->lock);
		memcpy((u8 *)phys_to_virt(pte_addr(pte)) + off, from, step);
		addr += step;
		from += step;
		n -= step;
	}
	return 0;
}
