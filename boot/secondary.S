/* SPDX-License-Identifier: MIT */
/*
 * CPUs other than the first: where they wait, how they come into the kernel, and how they
 * leave it again (src/core/smp_boot.c). What they do on the way is in head.S.
 */
#include "arm64/asm.h"
#include "arm64/pte.h"
#include "arm64/sysreg.h"
#include "gen/offsets.h"

	.section .text.boot, "ax"
/*
 * Cores that enter by themselves, and those that were sent away, wait here until
 * somebody writes an address into their word (src/core/smp_boot.c): the spin-table
 * protocol, kept by us. Like there the MMU is off: the loader's tables may be in
 * memory that we will use. With its caches on the image is cleaned here, too: core 0
 * may not have come that far, and past the cache this code and the word would be
 * what was in memory before. It does core 0 no harm, whose own pass has left no
 * dirty line by the time that it writes past the cache. x1 = MPIDR_EL1.Aff0.
 */
	.globl	pen
pen:
	mov	x8, x1
	bl	clean_image
	bl	mmu_off
	cmp	x8, #BOOT_PEN_WORDS
	b.hs	boot_stop		/* no word for it: it stays for good */
	adr_l	x2, boot_pen
	add	x2, x2, x8, lsl #3
1:	ldr	x3, [x2]
	cbnz	x3, 2f
	wfe
	b	1b
2:	br	x3

/*
 * A secondary CPU arrives here from the spin-table: physical address, MMU off
 * in all we know. What it becomes is in secondary_boot (src/core/secondary.h).
 */
	.globl	secondary_entry
secondary_entry:
	msr	daifset, #0xf
	bl	mmu_off			/* the image is live and coherent: not cleaned */
	bl	drop_to_el1
	mov	x21, x0
	ldr	x0, =secondary_high
	b	enable_mmu
	.ltorg

	.section .idmap.text, "ax"
/* At its physical address: turn the MMU off and go to the pen. */
park_low:
	mrs	x0, sctlr_el1
	mov	x1, #(SCTLR_M | SCTLR_C)
	bic	x0, x0, x1
	msr	sctlr_el1, x0
	isb
	ic	iallu
	dsb	nsh
	isb
	mrs	x1, mpidr_el1
	and	x1, x1, #0xff
	adr_l	x2, pen
	br	x2

	.section .text.boot
/*
 * Leave the kernel for the pen, from where secondary_entry leads back. Through the
 * identity map, like the way in. x0 = virtual minus physical address of the image.
 * IRQs off; init_mm is loaded, whose ASID the identity map takes over.
 */
	.globl	park_cpu
park_cpu:
	adr_l	x1, idmap_pgd
	sub	x1, x1, x0
	msr	ttbr0_el1, x1
	isb
	adr_l	x1, park_low
	sub	x1, x1, x0
	br	x1

	.text
secondary_high:
	ldr	x1, =secondary_boot	/* SECONDARY_MPIDR is its first member */
	mrs	x2, mpidr_el1
	ldr	x3, =MPIDR_AFFINITY
	and	x2, x2, x3
	mov	x4, #SECONDARY_IS_TAKEN
1:	ldaxr	x0, [x1]		/* [BOOT-1] then thread and stack */
	cmp	x0, x2
	b.eq	2f
	wfe
	b	1b
2:	stxr	w3, x4, [x1]		/* ours, unless it was taken back (boot_one) */
	cbnz	w3, 1b
	str	x21, [x1, #SECONDARY_EL]
	dmb	ishst			/* [BOOT-2] before it is online */
	ldr	x0, [x1, #SECONDARY_THREAD]
	msr	tpidr_el1, x0
	ldr	x0, [x1, #SECONDARY_STACK]
	mov	sp, x0
	ldr	x0, =vectors
	msr	vbar_el1, x0
	isb
	mov	x29, xzr
	mov	x30, xzr
	bl	secondary_main
	b	.
	.ltorg

	/* By MPIDR_EL1.Aff0; not bss, which is cleared while they wait. A line of
	 * its own: it is written back to memory for cores without caches. */
	.section .data
	.balign	64
	.globl	boot_pen
boot_pen:
	.skip	8 * BOOT_PEN_WORDS
