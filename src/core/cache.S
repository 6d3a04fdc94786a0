/* SPDX-License-Identifier: MIT */
/* Caches by address range, and whole pages cleared. */
#include "arm64/asm.h"
#include "arm64/pte.h"

	.text
	/* (const void *p, size_t n): data to the point of coherency. */
	.globl	dcache_clean_poc
dcache_clean_poc:
	cbz	x1, 2f
	add	x1, x0, x1
	by_line	dc, cvac, 16
2:	dsb	sy
	ret

	/* (const void *p, size_t n): the same, and not cached afterwards: what a device
	 * writes there is seen by the next load. */
	.globl	dcache_flush_poc
dcache_flush_poc:
	cbz	x1, 2f
	add	x1, x0, x1
	by_line	dc, civac, 16
2:	dsb	sy
	ret

	/*
	 * New instructions at [x0, x0 + x1): data side to the point of
	 * unification, then the instruction side of all CPUs (Arm ARM B2.4.4). By
	 * address only where the instruction cache is physically indexed; where it
	 * is not (CTR_EL0.L1Ip = 0b10: Cortex-A53), another address of the same
	 * page may lie in another set, so all of it goes.
	 */
	.globl	icache_sync
icache_sync:
	cbz	x1, 2f
	mov	x4, x0
	add	x1, x0, x1
	by_line	dc, cvau, 16
	dsb	ish
	mrs	x2, ctr_el0
	ubfx	x2, x2, #14, #2
	cmp	x2, #2
	b.eq	1f
	mov	x0, x4
	by_line	ic, ivau, 0
	b	2f
1:	ic	ialluis
2:	dsb	ish
	isb
	ret

	/* x0 = page of normal memory. */
	.globl	page_clear
page_clear:
	mrs	x1, dczid_el0
	tbnz	w1, #4, 2f		/* DZP: DC ZVA is not allowed */
	and	w1, w1, #0xf
	mov	x2, #4
	lsl	x2, x2, x1
	add	x1, x0, #PAGE_SIZE
1:	dc	zva, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	ret
2:	add	x1, x0, #PAGE_SIZE
3:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	3b
	ret
