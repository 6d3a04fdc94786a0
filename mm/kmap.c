/* SPDX-License-Identifier: MIT */
/*
 * The kernel's half of the address space. It is one tree for all CPUs; entries go
 * from invalid to valid (no TLB maintenance: Arm ARM D8.13.1 lets invalid entries
 * not be cached) except for kernel stacks, which kstack.c unmaps.
 *
 * Locking: kmap_lock for changes. Readers (kmap_lookup) need none: tables are
 * never freed, and an entry changes by one store.
 */
#include "mm/kmap.h"
#include "arm64/tlb.h"
#include "core/early.h"
#include "core/spinlock.h"
#include "kernel/errno.h"
#include "mm/page.h"

static struct spinlock kmap_lock = SPINLOCK_INIT(RANK_KMAP);
u64 kimage_voffset;
u64 kmap_table_pages;
bool kmap_linear_ready; /* the page allocator can be asked for tables */

/* Tables are in the image (boot's pool) or in the linear map. */
static pte_t *table_virt(paddr_t pa)
{
	vaddr_t va = pa + kimage_voffset;

	if (va - KIMAGE_VADDR < kimage_size)
		return (pte_t *)va;
	return phys_to_virt(pa);
}

static int new_table(paddr_t *pa)
{
	struct page *p;

	if (!kmap_linear_ready) {
		if (early_tables_used == EARLY_TABLES)
			return -ENOMEM;
		*pa = sym_to_phys(early_tables[early_tables_used++]);
		return 0;
	}
	p = page_alloc_zero(PAGE_TABLE);
	if (!p)
		return -ENOMEM;
	*pa = page_to_phys(p);
	kmap_table_pages++;
	return 0;
}

/* The entry of va at `level`, making tables on the way. NULL: out of memory. */
static pte_t *walk_make(vaddr_t va, int level)
{
	pte_t *table = swapper_pgd;

	for (int l = 1; l < level; l++) {
		pte_t *e = &table[pt_index(va, l)];

		if (!(*e & PTE_VALID)) {
			paddr_t pa;

			if (new_table(&pa))
				return NULL;
			dsb(ishst); /* its zeros before the entry that leads there */
			WRITE_ONCE(*e, pa | PTE_TABLE | PTE_VALID);
		}
		ENSURE(pte_is_table(*e)); /* not below a block */
		table = table_virt(pte_addr(*e));
	}
	return &table[pt_index(va, level)];
}

int kmap_range(vaddr_t va, paddr_t pa, u64 size, pte_t attrs)
{
	irqflags_t flags = spin_lock_irqsave(&kmap_lock);
	int err = 0;

	while (size > 0) {
		bool block = !((va | pa) & (BLOCK_SIZE - 1)) && size >= BLOCK_SIZE;
		u64 step = block ? BLOCK_SIZE : PAGE_SIZE;
		pte_t *e = walk_make(va, block ? 2 : 3);

		if (!e) {
			err = -ENOMEM;
			break;
		}
		ENSURE(!(*e & PTE_VALID));
		WRITE_ONCE(*e, pa | attrs | (block ? 0 : PTE_TABLE));
		va += step;
		pa += step;
		size -= step;
	}
	/* The entries before their use: here, and on a CPU that learns the address
	 * from what is stored after this (docs/memory-order.md, KMAP). */
	dsb(ishst);
	isb();
	spin_unlock_irqrestore(&kmap_lock, flags);
	return err;
}

pte_t kmap_lookup(vaddr_t va)
{
	const pte_t *table = swapper_pgd;

	if (va < KERNEL_VA_START)
		return 0;
	for (int level = 1;; level++) {
		pte_t e = READ_ONCE(table[pt_index(va, level)]);

		if (!(e & PTE_VALID))
			return 0;
		if (level == 3 || !pte_is_table(e))
			return e;
		table = table_virt(pte_addr(e));
	}
}

void kmap_unmap(vaddr_t va, u64 size)
{
	irqflags_t flags = spin_lock_irqsave(&kmap_lock);
	u64 off;

	for (off = 0; off < size; off += PAGE_SIZE) {
		pte_t *e = walk_make(va + off, 3);

		ENSURE(e && (*e & PTE_VALID));
		WRITE_ONCE(*e, 0);
	}
	dsb(ishst);
	for (off = 0; off < size; off += PAGE_SIZE)
		tlbi_vaae1is(va + off);
	dsb(ish);
	isb();
	spin_unlock_irqrestore(&kmap_lock, flags);
}

/* ---- devices ---- */

static vaddr_t ioremap_next = IOREMAP_BASE + BLOCK_SIZE; /* [kmap_lock] */

static void *map_device(paddr_t pa, u64 size, pte_t attrs)
{
	u64 off = pa & ~PAGE_MASK, len = ALIGN_UP(size + off, PAGE_SIZE);
	irqflags_t flags = spin_lock_irqsave(&kmap_lock);
	vaddr_t va = ioremap_next;

	ioremap_next += len + PAGE_SIZE; /* an unmapped page between */
	spin_unlock_irqrestore(&kmap_lock, flags);
	if (kmap_range(va, pa - off, len, attrs))
		return NULL;
	return (void *)(va + off);
}

void __iomem *ioremap(paddr_t pa, u64 size)
{
	return (void __iomem __force *)map_device(pa, size, PTE_KERNEL_DEV);
}

void iounmap(void __iomem *registers, u64 size)
{
	vaddr_t va = (vaddr_t __force)registers;

	kmap_unmap(va & PAGE_MASK, ALIGN_UP(size + va % PAGE_SIZE, PAGE_SIZE));
}

bool ioremap_has(paddr_t pa, u64 size)
{
	vaddr_t end = READ_ONCE(ioremap_next);

	for (vaddr_t va = IOREMAP_BASE + BLOCK_SIZE; va < end; va += PAGE_SIZE) {
		pte_t e = kmap_lookup(va);
		paddr_t at = pte_addr(e) + (e & PTE_TABLE ? 0 : va % BLOCK_SIZE);

		if (e & PTE_VALID && at + PAGE_SIZE > pa && at < pa + size)
			return true;
	}
	return false;
}

void *kmap_pixels(paddr_t pa, u64 size)
{
	return map_device(pa, size, PTE_KERNEL_NC);
}

void *kmap_firmware(paddr_t pa, u64 size)
{
	return map_device(pa, size, PTE_KERNEL_RO);
}
