/* SPDX-License-Identifier: MIT */
/*
 * VMSAv8-64 translation table descriptors (Arm ARM D8.3) for 4 KB granules and
 * 39-bit ranges: three levels, which the Arm ARM numbers 1, 2 and 3.
 */
#pragma once

#include "kernel/const.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE (UL(1) << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define BLOCK_SHIFT 21 /* a level 2 block */
#define BLOCK_SIZE (UL(1) << BLOCK_SHIFT)
#define L1_SHIFT 30
#define PT_ENTRIES 512

#define PTE_VALID (UL(1) << 0)
#define PTE_TABLE (UL(1) << 1) /* levels 1 and 2: a table; level 3: a page */
#define PTE_ATTR_NORMAL (UL(0) << 2)
#define PTE_ATTR_DEVICE (UL(1) << 2)
#define PTE_ATTR_NC (UL(2) << 2)
#define PTE_ATTR_MASK (UL(7) << 2)
#define PTE_AP_USER (UL(1) << 6)
#define PTE_AP_RO (UL(1) << 7)
#define PTE_SH_INNER (UL(3) << 8)
#define PTE_AF (UL(1) << 10)
#define PTE_NG (UL(1) << 11)
#define PTE_PXN (UL(1) << 53)
#define PTE_UXN (UL(1) << 54)
#define PTE_SW_SHARED (UL(1) << 55) /* ours: the page is not the mm's to free */
#define PTE_ADDR_MASK UL(0x0000fffffffff000)

#define PTE_KERNEL_BASE (PTE_VALID | PTE_AF | PTE_SH_INNER | PTE_UXN)
#define PTE_KERNEL_RX (PTE_KERNEL_BASE | PTE_AP_RO)
#define PTE_KERNEL_RO (PTE_KERNEL_BASE | PTE_AP_RO | PTE_PXN)
#define PTE_KERNEL_RW (PTE_KERNEL_BASE | PTE_PXN)
#define PTE_KERNEL_DEV (PTE_VALID | PTE_AF | PTE_ATTR_DEVICE | PTE_UXN | PTE_PXN)
#define PTE_KERNEL_NC (PTE_KERNEL_RW | PTE_ATTR_NC)
#define PTE_USER_BASE                                                      \
	(PTE_VALID | PTE_AF | PTE_SH_INNER | PTE_NG | PTE_PXN | PTE_AP_USER)

/*
 * The kernel's half. KIMAGE is where the linker puts the image (minus the
 * 0x80000 that QEMU, U-Boot and the firmware load it at).
 */
#define KERNEL_VA_START UL(0xffffff8000000000)
#define LINEAR_BASE UL(0xffffff8000000000)  /* physical 0; 256 GB */
#define LINEAR_SIZE UL(0x4000000000)
#define VMEMMAP_BASE UL(0xffffffc000000000) /* struct page by frame number */
#define IOREMAP_BASE UL(0xffffffd000000000) /* devices */
#define KSTACK_BASE UL(0xffffffd800000000)  /* kernel stacks with guards */
#define KIMAGE_BASE UL(0xffffffff80000000)
#define KIMAGE_VADDR (KIMAGE_BASE + 0x80000)

#ifndef __ASSEMBLER__
#include "kernel/types.h"

static inline unsigned int pt_index(vaddr_t va, int level)
{
	return va >> (L1_SHIFT - 9 * (level - 1)) & (PT_ENTRIES - 1);
}

static inline u64 pt_level_size(int level)
{
	return UL(1) << (L1_SHIFT - 9 * (level - 1));
}

static inline bool pte_is_table(pte_t pte)
{
	return (pte & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

static inline paddr_t pte_addr(pte_t pte)
{
	return pte & PTE_ADDR_MASK;
}
#endif
