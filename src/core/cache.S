/* SPDX-License-Identifier: MIT */
/* Caches by address range, and whole pages cleared and copied. */
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

	.globl	dcache_clean_inval_poc
dcache_clean_inval_poc:
	cbz	x1, 2f
	add	x1, x0, x1
	by_line	dc, civac, 16
2:	dsb	sy
	ret

	/* New instructions at [x0, x0 + x1): data side to the point of
	 * unification, then the instruction side of all CPUs (Arm ARM B2.4.4). */
	.globl	icache_sync
icache_sync:
	cbz	x1, 2f
	mov	x4, x0
	add	x1, x0, x1
	by_line	dc, cvau, 16
	dsb	ish
	mov	x0, x4
	by_line	ic, ivau, 0
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

	/* x0 = to, x1 = from: whole pages. */
	.globl	page_copy
page_copy:
	add	x2, x0, #PAGE_SIZE
1:	ldp	x3, x4, [x1]
	ldp	x5, x6, [x1, #16]
	ldp	x7, x8, [x1, #32]
	ldp	x9, x10, [x1, #48]
	add	x1, x1, #64
	stp	x3, x4, [x0]
	stp	x5, x6, [x0, #16]
	stp	x7, x8, [x0, #32]
	stp	x9, x10, [x0, #48]
	add	x0, x0, #64
	cmp	x0, x2
	b.lo	1b
	ret
