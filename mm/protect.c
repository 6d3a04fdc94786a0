/* SPDX-License-Identifier: MIT */
/*
 * Rights of mapped memory, and how they change.
 *
 * First the regions, all of the range in one section of mm->lock: from then on faults
 * go by the new rights. Then the descriptors that are there, in batches, because there
 * may be any number of them. Between two batches the lock is free, and others may
 * change the same regions; so each descriptor is brought in line with what its
 * region says at that moment, not with what our caller wants. Whoever changes a region
 * walks over all of it afterwards, so the last change is also the last to arrive. A
 * thread that needs a new right before the walk has come there gets it by its fault.
 *
 * A descriptor is broken before it is made anew: cleared, TLBI and DSB, set. The
 * architecture asks for that only where more than rights change (Arm ARM D8.14.1). Here
 * it is what makes a page executable safely: between break and make no CPU can write
 * to it, so the instructions that are made visible are all that will be fetched. Who
 * touches the page meanwhile faults, waits for the lock, and finds it there.
 *
 * No right at all (PROT_NONE) keeps the page: its descriptor stays valid, for EL1 only,
 * so tables need no third kind of entries. The kernel's own accesses for a program are
 * unprivileged ones and are refused, too.
 */
#include "abi/lodger.h"
#include "arm64/tlb.h"
#include "kernel/errno.h"
#include "mm/lazy.h"
#include "mm/pgtable.h"
#include "mm/region.h"

#define PROTECT_BATCH 64

pte_t prot_pte(u32 prot)
{
	static const pte_t bits[8] = {
		[0] = (PTE_USER_BASE & ~PTE_AP_USER) | PTE_AP_RO | PTE_UXN,
		[PROT_READ] = PTE_USER_BASE | PTE_AP_RO | PTE_UXN,
		[PROT_READ | PROT_WRITE] = PTE_USER_BASE | PTE_UXN,
		[PROT_WRITE] = PTE_USER_BASE | PTE_UXN,
		/* Execute-only is readable too: Armv8.0's EL0 has it, but then
		 * the kernel's own reads for it would fault. */
		[PROT_EXEC] = PTE_USER_BASE | PTE_AP_RO,
		[PROT_READ | PROT_EXEC] = PTE_USER_BASE | PTE_AP_RO,
	};

	return bits[prot & 7];
}

/* What the descriptor e of va, which is in r, ought to be; 0: none, so that a fault asks the
 * memory object what may be done with its page. [mm->lock] */
static pte_t wanted_pte(const struct region *r, pte_t e)
{
	if (!r || r->dying) /* it is being unmapped */
		return e;
	if (e & PTE_SW_SHARED) {
		pte_t same = prot_pte(r->prot) | PTE_SW_SHARED | PTE_TABLE |
			     (e & (PTE_ADDR_MASK | PTE_ATTR_MASK | PTE_AP_RO));

		return e == same ? e : 0;
	}
	return pte_addr(e) | prot_pte(r->prot) | PTE_TABLE;
}

/* Bring the next descriptors of [*va, end) in line with their regions, of which r, if not
 * NULL, is the first; true: there may be more. [mm->lock] */
static bool protect_batch(struct mm *mm, const struct region *r, vaddr_t *va, vaddr_t end)
{
	pte_t *at[PROTECT_BATCH], new[PROTECT_BATCH], *e;
	unsigned int n = 0, seen = 0;
	vaddr_t last = 0;

	while (*va < end && seen++ < PROTECT_BATCH && (e = user_pte_next(mm, va, end))) {
		pte_t want;

		if (!r || *va >= r->end)
			r = region_find_locked(mm, *va);
		want = wanted_pte(r, *e);
		if (want != *e) {
			at[n] = e;
			new[n++] = want;
			last = *va;
			WRITE_ONCE(*e, 0);
		}
		*va += PAGE_SIZE;
	}
	if (n == 0)
		return *va < end;
	if (n == 1)
		tlb_flush_page(mm, last);
	else
		tlb_flush_mm(mm);
	for (unsigned int i = 0; i < n; i++) {
		if (!new[i]) {
			virt_to_page(at[i])->inuse--;
			continue;
		}
		/* There is one descriptor for "executable": it was not. */
		if (!(new[i] & PTE_UXN))
			icache_sync(phys_to_virt(pte_addr(new[i])), PAGE_SIZE);
		WRITE_ONCE(*at[i], new[i]);
	}
	dsb(ishst); /* before the retry of a fault walks the tables */
	return *va < end;
}

void protect_page_locked(struct mm *mm, vaddr_t va)
{
	protect_batch(mm, NULL, &va, va + PAGE_SIZE);
}

/* May all of [addr, end) have these rights? Then *first and *last are where it begins and
 * ends. [mm->lock] */
static int check_regions(struct mm *mm, vaddr_t addr, vaddr_t end, u32 prot,
			 struct region **first, struct region **last)
{
	struct region *r = region_find_locked(mm, addr);

	*first = r;
	for (;; addr = r->end, r = region_next_locked(r)) {
		if (!r || r->start > addr || r->dying)
			return -EFAULT;
		if (prot & PROT_WRITE && !r->may_write)
			return -EACCES;
		if (r->end >= end)
			break;
	}
	*last = r;
	return 0;
}

/* The regions of [addr, end), which end there where it matters, from *first to *last.
 * [mm->lock, which may be let go meanwhile] */
static int cut_edges(struct mm *mm, vaddr_t addr, vaddr_t end, u32 prot,
		     struct region *spare[2], struct region **first, struct region **last)
{
	bool cut_first, cut_last;
	int err;

	do {
		err = check_regions(mm, addr, end, prot, first, last);
		if (err)
			return err;
		cut_first = (*first)->start < addr && (*first)->prot != prot;
		cut_last = (*last)->end > end && (*last)->prot != prot;
		if (mm->nr_regions + cut_first + cut_last > REGIONS_MAX)
			return -ENOSPC;
		err = region_spares_locked(mm, spare, cut_first + cut_last);
	} while (err == -EAGAIN);
	if (err)
		return err;
	if (cut_first) {
		struct region *upper = region_split_locked(mm, *first, &spare[0], addr);

		if (*last == *first)
			*last = upper;
		*first = upper;
	}
	if (cut_last)
		region_split_locked(mm, *last, &spare[cut_first], end);
	return 0;
}

/* What is alike and adjacent, from the region before r to the one behind end, becomes
 * one. Returns what r has become. [mm->lock] */
static struct region *join_all(struct mm *mm, struct region *r, vaddr_t end)
{
	struct region *before = region_prev_locked(r), *next, *first;

	if (before && before->end == r->start && region_join_locked(mm, before, r))
		r = before;
	first = r;
	while (r->end <= end && (next = region_next_locked(r)) && next->start == r->end)
		if (!region_join_locked(mm, r, next))
			r = next;
	return first;
}

int mm_protect(struct mm *mm, vaddr_t addr, u64 len, u32 prot)
{
	struct region *spare[2] = { NULL, NULL }, *first, *last;
	vaddr_t end = addr + len;
	int err;

	if (addr == 0 || !region_range_ok(mm, addr, len) || (prot != 0 && !region_prot_ok(prot)))
		return -EINVAL;
	spin_lock(&mm->lock);
	err = cut_edges(mm, addr, end, prot, spare, &first, &last);
	if (!err) {
		for (struct region *r = first; r != last; r = region_next_locked(r))
			r->prot = prot;
		last->prot = prot;
		first = join_all(mm, first, end);
		mm->map_seq++;
		while (protect_batch(mm, first, &addr, end)) {
			first = NULL;
			spin_unlock(&mm->lock);
			spin_lock(&mm->lock);
		}
	}
	spin_unlock(&mm->lock);
	region_free_spares(spare);
	return err;
}
