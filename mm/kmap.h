/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own map (TTBR1): linear map of memory, struct pages, devices,
 * kernel stacks with guard pages. Mappings are made at boot or under its lock.
 */
#pragma once

#include "arm64/pte.h"
#include "core/thread.h" /* KSTACK_SIZE */
#include "kernel/compiler.h"

/* Map [va, va + size) to pa; page multiples; blocks where alignment allows.
 * 0 or -ENOMEM. The range must be unmapped before. */
int kmap_range(vaddr_t va, paddr_t pa, u64 size, pte_t attrs) __must_check;
/* Device registers; NULL if out of memory. */
void __iomem *ioremap(paddr_t pa, u64 size) __must_check;
/* Nobody uses them any more. */
void iounmap(void __iomem *registers, u64 size);
/* Has the kernel any page of [pa, pa + size) mapped as a device? */
bool ioremap_has(paddr_t pa, u64 size);

/* Pixels that a device shows: normal memory, not cached, so that writes are joined but
 * wait for nobody to clean them. NULL if out of memory. Never unmapped. */
void *kmap_pixels(paddr_t pa, u64 size) __must_check;
/* Read-only normal memory that the loader filled, before the linear map is up. */
void *kmap_firmware(paddr_t pa, u64 size) __must_check;
/* Unmap pages, on all CPUs; returns when no TLB holds them. */
void kmap_unmap(vaddr_t va, u64 size);
/* Tables taken from the page allocator, never given back. [kmap_lock] */
extern u64 kmap_table_pages;
extern bool kmap_linear_ready; /* set once the page allocator is up */

/* A kernel stack: its lowest address, or NULL. Kept in a stock when freed. */
void *kstack_alloc(void) __must_check;
void kstack_free(void *stack);
/* How many stacks are in the stock. */
u32 kstack_kept(void);
/* Give the stock's pages back (leak counts). */
void kstack_drain(void);
/* Is addr in the guard below a stack? */
bool kstack_is_guard(vaddr_t addr);
/* Descriptor that maps va in the kernel's half, 0 if none. */
pte_t kmap_lookup(vaddr_t va);
