/* SPDX-License-Identifier: MIT */
/*
 * User translation tables, and the TLB maintenance that removing entries needs.
 *
 * An invalid entry may be made valid without maintenance. A valid one is cleared
 * first, then invalidated by ASID with the broadcast forms, which reach every CPU
 * that has the table loaded, real or lazy, and only then is what it pointed to
 * freed (Arm ARM D8.13; invariants 11 and 27).
 *
 * A table page's `inuse` counts its valid entries, so that freeing a table stops
 * looking when it has seen them all.
 */
#include "mm/pgtable.h"
#include "mm/race.h"
#include "arm64/tlb.h"
#include "kernel/bug.h"
#include "kernel/errno.h"
#include "mm/lazy.h"

static pte_t *table_virt(pte_t pte)
{
	return phys_to_virt(pte_addr(pte));
}

pte_t user_pte_get(struct mm *mm, vaddr_t va)
{
	const pte_t *table = phys_to_virt(mm->pgd);

	for (int level = 1; level < 3; level++) {
		pte_t e = table[pt_index(va, level)];

		if (!(e & PTE_VALID))
			return 0;
		table = table_virt(e);
	}
	return table[pt_index(va, 3)];
}

/* NULL: no memory, or the account has not so much. */
static struct page *new_table(struct mm *mm)
{
	struct page *p;

	if (!account_charge(mm->account, 1))
		return NULL;
	p = page_alloc_zero(PAGE_TABLE);
	if (p)
		mm->table_pages++;
	else
		account_release(mm->account, 1);
	return p;
}

static __noinline bool add_table(struct mm *mm, pte_t *e)
{
	struct page *p = new_table(mm);

	if (!p)
		return false;
	p->inuse = 0;
	phys_to_page(virt_to_phys(e))->inuse++;
	dsb(ishst); /* its zeros before the entry that leads there */
	WRITE_ONCE(*e, page_to_phys(p) | PTE_TABLE | PTE_VALID);
	return true;
}

/* Where an entry leads, made if need be; NULL: no memory. */
static inline pte_t *next_table(struct mm *mm, pte_t *e)
{
	return likely(*e & PTE_VALID) || add_table(mm, e) ? table_virt(*e) : NULL;
}

/* Where the page's descriptor is, the tables to it made; NULL: no memory. */
static inline pte_t *leaf(struct mm *mm, vaddr_t va)
{
	pte_t *root = phys_to_virt(mm->pgd);
	pte_t *level2 = next_table(mm, &root[pt_index(va, 1)]);
	pte_t *level3 = level2 ? next_table(mm, &level2[pt_index(va, 2)]) : NULL;

	return level3 ? &level3[pt_index(va, 3)] : NULL;
}

static inline int leaf_set(pte_t *e, pte_t pte)
{
	if (!e)
		return -ENOMEM;
	ASSERT(!(*e & PTE_VALID));
	phys_to_page(virt_to_phys(e))->inuse++;
	WRITE_ONCE(*e, pte | PTE_TABLE);
	dsb(ishst); /* before the retry walks the tables; the ERET is the ISB */
	return 0;
}

int user_pte_set(struct mm *mm, vaddr_t va, pte_t pte)
{
	return leaf_set(leaf(mm, va), pte);
}

int user_pte_replace(struct mm *mm, vaddr_t va, pte_t pte)
{
	pte_t *e = leaf(mm, va);

	if (!e || !(*e & PTE_VALID))
		return leaf_set(e, pte);
	if (*e == (pte | PTE_TABLE))
		return 0; /* somebody else was faster */
	WRITE_ONCE(*e, 0);
	tlb_flush_page(mm, va);
	WRITE_ONCE(*e, pte | PTE_TABLE);
	dsb(ishst);
	return 0;
}

static inline pte_t *next_pte(struct mm *mm, vaddr_t *va, vaddr_t end)
{
	pte_t *root = phys_to_virt(mm->pgd);

	while (*va < end) {
		pte_t e1 = root[pt_index(*va, 1)], e2;
		pte_t *l3;

		if (!(e1 & PTE_VALID)) {
			*va = ALIGN_DOWN(*va, pt_level_size(1)) + pt_level_size(1);
			continue;
		}
		e2 = table_virt(e1)[pt_index(*va, 2)];
		if (!(e2 & PTE_VALID)) {
			*va = ALIGN_DOWN(*va, pt_level_size(2)) + pt_level_size(2);
			continue;
		}
		l3 = &table_virt(e2)[pt_index(*va, 3)];
		if (*l3 & PTE_VALID)
			return l3;
		*va += PAGE_SIZE;
	}
	*va = end;
	return NULL;
}

pte_t *user_pte_next(struct mm *mm, vaddr_t *va, vaddr_t end)
{
	return next_pte(mm, va, end);
}

unsigned int user_pte_clear(struct mm *mm, vaddr_t *va, vaddr_t end, pte_t *old,
			    unsigned int max)
{
	unsigned int n = 0;
	pte_t *e;

	while (n < max && *va < end && (e = next_pte(mm, va, end)) != NULL) {
		old[n++] = *e;
		WRITE_ONCE(*e, 0);
		virt_to_page(e)->inuse--;
		*va += PAGE_SIZE;
	}
	return n;
}

/*
 * [ASID-2] The DSB orders the cleared entries before the read of context_id; the
 * partner in asid_switch_to orders a new context_id before walks under it.
 */
static u64 flush_begin(struct mm *mm)
{
	dsb(ishst);
	RACE(flush, mm);
	return atomic_read(&mm->context_id) & ASID_MASK;
}

/* Not preempted between TLBI and DSB: on another CPU the DSB would not wait for
 * what this one has issued (invariant 28). Here mm->lock sees to that. */
void tlb_flush_page(struct mm *mm, vaddr_t va)
{
	u64 asid = flush_begin(mm);

	ASSERT(spin_held(&mm->lock));
	if (asid != ASID_RESERVED) /* else it was never loaded */
		tlbi_vale1is(asid, va);
	dsb(ish);
	this_lazy_cpu()->tlbi_va++;
}

void tlb_flush_mm(struct mm *mm)
{
	u64 asid;

	preempt_disable();
	asid = flush_begin(mm);

	if (asid != ASID_RESERVED)
		tlbi_aside1is(asid);
	dsb(ish);
	this_lazy_cpu()->tlbi_asid++;
	preempt_enable();
}

/* Free a table, what its valid entries lead to, and count. */
static void free_below(struct mm *mm, pte_t table, int level)
{
	pte_t *t = table_virt(table);
	unsigned int left = phys_to_page(pte_addr(table))->inuse;

	for (int i = 0; left > 0; i++) {
		if (!(t[i] & PTE_VALID))
			continue;
		left--;
		if (level < 3) {
			free_below(mm, t[i], level + 1);
		} else if (!(t[i] & PTE_SW_SHARED)) {
			page_free(phys_to_page(pte_addr(t[i])));
			mm->rss_pages--;
		}
	}
	if (CONFIG_DEBUG_ASSERT) /* a walk that still comes here finds nonsense */
		for (int i = 0; i < PT_ENTRIES; i++)
			t[i] = 0xdead0000dead0000UL;
	page_free(phys_to_page(pte_addr(table)));
	mm->table_pages--;
}

void user_tables_free(struct mm *mm)
{
	struct page *page = phys_to_page(mm->pgd);
	pte_t *root = phys_to_virt(mm->pgd);
	unsigned int left = page->inuse;

	/* Invalid, but still readable by us until the TLBs are clean. */
	for (int i = 0; left > 0; i++)
		if (root[i]) {
			WRITE_ONCE(root[i], root[i] & ~PTE_VALID);
			left--;
		}
	if (!BUG(no_teardown_tlbi))
		tlb_flush_mm(mm);
	for (int i = 0; page->inuse > 0; i++)
		if (root[i]) {
			free_below(mm, root[i], 2);
			root[i] = 0;
			page->inuse--;
		}
}
