/* SPDX-License-Identifier: MIT */
/*
 * The tables with which the MMU is switched on. Runs at the physical address
 * with the MMU off: only PC-relative addresses, naturally aligned accesses, no
 * locks (exclusives need cacheable memory on real cores), no pointers from
 * initialised data.
 *
 * What is mapped: the image at its link address, each part with its final
 * rights; its first page at its physical address as well; the 2 MB block
 * of peripherals that holds both UARTs. mm/kmap.c adds the rest.
 */
#include "core/early.h"
#include "kernel/compiler.h"

pte_t swapper_pgd[PT_ENTRIES] __aligned(4096) __section(".bss.pgtables");
pte_t idmap_pgd[PT_ENTRIES] __aligned(4096) __section(".bss.pgtables");
pte_t empty_pgd[PT_ENTRIES] __aligned(4096) __section(".bss.pgtables");
pte_t early_tables[EARLY_TABLES][PT_ENTRIES] __aligned(4096)
	__section(".bss.early_tables");
u32 early_tables_used;

extern char _text[], __data_start[];

/* The table below *entry, made if there is none. The pool is ours: link-time
 * sizes decide how many are needed, so it cannot run out by input. */
static pte_t *early_table(pte_t *entry)
{
	if (!(*entry & PTE_VALID)) {
		pte_t *table = early_tables[early_tables_used++];

		*entry = (u64)table | PTE_TABLE | PTE_VALID;
		return table;
	}
	return (pte_t *)pte_addr(*entry);
}

static void early_map_pages(pte_t *root, vaddr_t va, paddr_t pa, u64 size,
			    pte_t attrs)
{
	for (u64 off = 0; off < size; off += PAGE_SIZE) {
		pte_t *l2 = early_table(&root[pt_index(va + off, 1)]);
		pte_t *l3 = early_table(&l2[pt_index(va + off, 2)]);

		l3[pt_index(va + off, 3)] = (pa + off) | attrs | PTE_TABLE;
	}
}

/* What is from here to there in the image. */
static void early_map_part(paddr_t image, u64 from, u64 to, pte_t attrs)
{
	early_map_pages(swapper_pgd, KIMAGE_VADDR + from, image + from, to - from, attrs);
}

void early_build_tables(paddr_t phys, paddr_t peripherals)
{
	/* Here the addresses of symbols are physical. */
	u64 text = (u64)_text - phys, data = (u64)__data_start - phys;
	pte_t *l2;

	early_map_part(phys, 0, PAGE_SIZE, PTE_KERNEL_RX);
	early_map_part(phys, PAGE_SIZE, text, PTE_KERNEL_RO);
	early_map_part(phys, text, data, PTE_KERNEL_RX);
	early_map_part(phys, data, kimage_size, PTE_KERNEL_RW);
	/* Not global: its address may be a program's later on. */
	early_map_pages(idmap_pgd, phys, phys, PAGE_SIZE, PTE_KERNEL_RX | PTE_NG);

	l2 = early_table(&swapper_pgd[pt_index(EARLY_UART_VA, 1)]);
	l2[pt_index(EARLY_UART_VA, 2)] =
		(peripherals + 0x200000) | PTE_KERNEL_DEV;
}
