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

/* What the descriptor e of va ought to be; 0: none, so that a fault asks the memory object
 * what may be done with its page. [mm->lock] */
static pte_t wanted_pte(struct mm *mm, vaddr_t va, pte_t e)
{
	const struct region *r = region_find_locked(mm, va);

	if (!r || r->dying) /* it is being unmapped */
		return e;
	if (e & PTE_SW_SHARED) {
		pte_t same = prot_pte(r->prot) | PTE_SW_SHARED | PTE_TABLE |
			     (e & (PTE_ADDR_MASK | PTE_ATTR_MASK | PTE_AP_RO));

		return e == same ? e : 0;
	}
	return pte_addr(e) | prot_pte(r->prot) | PTE_TABLE;
}

/* Bring the next descriptors of [*va, end) in line with their regions. [mm->lock] */
static void protect_batch(struct mm *mm, vaddr_t *va, vaddr_t end)
{
	pte_t *at[PROTECT_BATCH], new[PROTECT_BATCH], *e;
	unsigned int n = 0, seen = 0;
	vaddr_t last = 0;

	while (seen++ < PROTECT_BATCH && (e = user_pte_next(mm, va, end)) != NULL) {
		pte_t want = wanted_pte(mm, *va, *e);

		if (want != *e) {
			at[n] = e;
			new[n++] = want;
			last = *va;
			WRITE_ONCE(*e, 0);
		}
		*va += PAGE_SIZE;
	}
	if (n == 0)
		return;
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
}

void protect_page_locked(struct mm *mm, vaddr_t va)
{
	protect_batch(mm, &va, va + PAGE_SIZE);
}

static void protect_pages(struct mm *mm, vaddr_t va, vaddr_t end)
{
	while (va < end) {
		spin_lock(&mm->lock);
		protect_batch(mm, &va, end);
		spin_unlock(&mm->lock);
	}
}

/* May all of [addr, end) have these rights? [mm->lock] */
static int check_regions(struct mm *mm, vaddr_t addr, vaddr_t end, u32 prot)
{
	struct region *r = region_find_locked(mm, addr);

	for (; addr < end; addr = r->end, r = region_next_locked(r)) {
		if (!r || r->start > addr || r->dying)
			return -EFAULT;
		if (prot & PROT_WRITE && !r->may_write)
			return -EACCES;
	}
	return 0;
}

/* Regions that end at addr and end, where it matters. Takes from spare[] what it
 * needs. [mm->lock] */
static int cut_edges(struct mm *mm, vaddr_t addr, vaddr_t end, u32 prot,
		     struct region *spare[2])
{
	struct region *first = region_find_locked(mm, addr);
	struct region *last = region_find_locked(mm, end - 1);
	bool cut_first = first->start < addr && first->prot != prot;
	bool cut_last = last->end > end && last->prot != prot;

	if (mm->nr_regions + cut_first + cut_last > REGIONS_MAX)
		return -ENOSPC;
	if (cut_first) {
		region_split_locked(mm, first, spare[0], addr);
		if (last == first)
			last = spare[0];
		spare[0] = NULL;
	}
	if (cut_last) {
		region_split_locked(mm, last, spare[1], end);
		spare[1] = NULL;
	}
	return 0;
}

/* What is alike and adjacent, from the region before addr to the one behind end,
 * becomes one. [mm->lock] */
static void join_all(struct mm *mm, vaddr_t addr, vaddr_t end)
{
	struct region *r = region_from_locked(mm, addr - 1), *next;

	while ((next = region_next_locked(r)) != NULL && next->start <= end)
		if (!region_join_locked(mm, r, next))
			r = next;
}

int mm_protect(struct mm *mm, vaddr_t addr, u64 len, u32 prot)
{
	struct region *spare[2] = { NULL, NULL };
	vaddr_t end = addr + len;
	int err = region_check_range(mm, addr, len);

	if (!err && prot != 0)
		err = region_check_prot(prot);
	if (err || addr == 0)
		return -EINVAL;
	for (int i = 0; i < 2 && !err; i++) {
		spare[i] = region_alloc();
		if (!spare[i])
			err = -ENOMEM;
	}
	spin_lock(&mm->lock);
	if (!err)
		err = check_regions(mm, addr, end, prot);
	if (!err)
		err = cut_edges(mm, addr, end, prot, spare);
	if (!err) {
		for (struct region *r = region_find_locked(mm, addr);
		     r && r->start < end; r = region_next_locked(r))
			r->prot = prot;
		join_all(mm, addr, end);
		mm->map_seq++;
	}
	spin_unlock(&mm->lock);
	if (!err)
		protect_pages(mm, addr, end);
	for (int i = 0; i < 2; i++)
		if (spare[i])
			region_free(spare[i]);
	return err;
}
