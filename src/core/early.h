/* SPDX-License-Identifier: MIT */
/* What boot/ hands to the rest: how large the image is, the tables it began with. */
#pragma once

#include "arm64/pte.h"
#include "kernel/types.h"

#define EARLY_TABLES 56

extern const u64 kimage_size; /* from KIMAGE_VADDR, .bss included */
extern pte_t swapper_pgd[PT_ENTRIES]; /* TTBR1: the kernel's half */
extern pte_t idmap_pgd[PT_ENTRIES];   /* TTBR0 while the MMU is switched on */
extern pte_t empty_pgd[PT_ENTRIES];   /* TTBR0 of init_mm: never anything in it */
extern pte_t early_tables[EARLY_TABLES][PT_ENTRIES]; /* handed out in order */
extern u32 early_tables_used;

/* The block of peripherals with both UARTs, mapped by boot. */
#define EARLY_UART_VA IOREMAP_BASE

/* Called by head.S with the MMU off: phys is that of _start. */
void early_build_tables(paddr_t phys, paddr_t peripherals);
/* One polled byte, through the mapping above. */
void early_putc(u8 byte);
