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

/* Is it what the access needs? If its rights are others, somebody is changing them. */
static bool is_there(pte_t pte, u32 access)
{
	return pte & PTE_VALID && !(pte & PTE_SW_SHARED && access & FAULT_WRITE);
}

/* A page of the address space's own, in region `found`. [mm->lock, which it lets go] */
static __noinline int private_fault(struct mm *mm, const struct region *found, vaddr_t va,
				   u32 access)
{
	pte_t pte = user_pte_get(mm, va);
	u64 seq = mm->map_seq;
	struct region r;
	struct page *p;
	int err = 0;

	if (is_there(pte, access)) {
		protect_page_locked(mm, va); /* someone was faster */
		goto out;
	}
	if (!(access & FAULT_WRITE) && image_pte(found, va, &pte)) {
		err = user_pte_set(mm, va, pte);
		goto out;
	}
	r = *found;
	spin_unlock(&mm->lock);
	p = prepare_page(&r, va);
	if (!p)
		return -ENOMEM;
	spin_lock(&mm->lock);
	if (mm->map_seq != seq || is_there(user_pte_get(mm, va), access))
		err = -EAGAIN;
	else if (!account_charge(mm->account, 1))
		err = -ENOMEM;
	if (!err) {
		err = user_pte_replace(mm, va, page_to_phys(p) | prot_pte(r.prot));
		if (err)
			account_release(mm->account, 1);
		else
			mm->rss_pages++;
	}
	if (err)
		page_free(p);
out:
	spin_unlock(&mm->lock);
	return err;
}

int mm_handle_fault(struct mm *mm, vaddr_t addr, u32 access)
{
	struct region *r;
	int err;

	do {
		spin_lock(&mm->lock);
		r = region_find_locked(mm, addr);
		if (!r || r->dying || !allowed(r, access)) {
			err = !r || r->dying ? -EFAULT : -EACCES;
			spin_unlock(&mm->lock);
		} else if (r->mapping) {
			err = mapping_fault(mm, r, addr & PAGE_MASK, access);
		} else {
			err = private_fault(mm, r, addr & PAGE_MASK, access);
		}
	} while (err == -EAGAIN); /* regions have changed meanwhile */
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
