/* SPDX-License-Identifier: MIT */
/*
 * The first instructions: from whatever state a loader leaves to C code at EL1
 * with the MMU on.
 *
 * Accepted: EL3, EL2 or EL1; MMU and caches on (identity mapped, as U-Boot's
 * `go` leaves them) or off; any SCTLR; any load address that is 2 MB aligned +
 * 0x80000 or at least 4 KB aligned; x0 = device tree or garbage; the other CPUs in
 * a spin-table, or all of them here at once. All code here is position
 * independent: it uses PC-relative addresses only, until the branch through
 * `enable_mmu` to the link address.
 *
 * Caches. While the MMU is off, data goes past them to memory and what they hold
 * is not looked at (Arm ARM, DDI 0487, "The effects of disabling a stage of
 * address translation"); once it is on again, what they hold is all that counts
 * ("Mismatched memory attributes"). So
 *   - what was written through them and is read past them is cleaned between:
 *     the image, if they are on at entry (clean_image); later the words that parked
 *     CPUs poll (write_word in src/core/smp_boot.c);
 *   - what is written past them and read through them is invalidated before, lest
 *     an old line falls out on top of it, and after, lest a line that was fetched
 *     meanwhile hides it: .bss with the tables in it, and nothing else;
 *   - device tree and initrd are only ever read through them: nothing to do.
 * With the caches off at entry the loader has cleaned the image to the point of
 * coherency (Linux Documentation/arch/arm64/booting.rst); we could not run else.
 *
 * Who enters at EL3 has done, as the firmware's stub does, what only EL3 can and
 * depends on the chip: CPUECTLR.SMPEN, CNTFRQ_EL0, the GIC's groups.
 *
 * Progress is spelt on the serial line, one letter a step, so that a silent
 * board says where it stopped (docs/booting.md):
 *   L entered   o EL1, memory cleared   d tables built   g MMU on, in C
 *   e device tree read   r memory set up, log open
 *   ? and no more: not loaded at a multiple of 4 KB, ADRP is wrong there
 */
#include "arm64/asm.h"
#include "arm64/pte.h"
#include "arm64/sysreg.h"
#include "gen/offsets.h"

	.section .head.text, "ax"
	.globl	_start
_start:
	image_header primary_entry, _kernel_size

/* The last word of the image file: "Lodger.\n". What has it is not cut short. */
#define IMAGE_MARK 0x0a2e726567646f4c

	.section .text.boot, "ax"
/*
 * In:  x0 = device tree or garbage. Out: never returns.
 * Lives: x20 device tree, x21 entry EL, x22 peripherals, x23 physical _start.
 */
primary_entry:
	msr	daifset, #0xf
	mov	x20, x0
	mrs	x1, mpidr_el1
	and	x1, x1, #0xff
	cbnz	x1, pen			/* an ELF loader starts every core here */

	bl	clean_image
	bl	mmu_off
	peripherals_base x22, x1
	mov	x0, x22
	mov	w1, #'L'
	bl	early_uart_put
	adr	x23, _start
	tst	x23, #(PAGE_SIZE - 1)
	b.ne	misplaced
	adr_l	x1, image_mark
	ldr	x1, [x1]
	ldr	x2, =IMAGE_MARK
	cmp	x1, x2
	b.ne	cut_short
	bl	drop_to_el1
	mov	x21, x0

	adr_l	x0, __bss_start
	adr_l	x1, __bss_end
	bl	inval_poc		/* nothing of a loader's falls out on it */
	adr_l	x0, __bss_start		/* both 16-byte aligned */
	adr_l	x1, __bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b

	adr_l	x0, boot_stack_top
	mov	sp, x0
	mov	x29, xzr
	mov	x0, x22
	mov	w1, #'o'
	bl	early_uart_put

	mov	x0, x23
	mov	x1, x22
	bl	early_build_tables
	adr_l	x0, __bss_start		/* nothing that was fetched hides it */
	adr_l	x1, __bss_end
	bl	inval_poc
	mov	x0, x22
	mov	w1, #'d'
	bl	early_uart_put

	ldr	x0, =primary_high
	b	enable_mmu

misplaced:
	mov	x0, x22
	mov	w1, #'?'
	bl	early_uart_put
	b	boot_stop

/* A loader has put only a part of us into memory, from a damaged file system or a
 * line that broke. x22 = base of the peripherals. */
cut_short:
	adr	x6, 2f
1:	ldrb	w1, [x6], #1
	cbz	w1, boot_stop
	mov	x0, x22
	bl	early_uart_put
	b	1b
2:	.asciz	"\r\nLodger: the kernel image is cut short: write it to the card anew\r\n"
	.balign	4
	.globl	boot_stop
boot_stop:
	wfe
	b	boot_stop
	.ltorg

/* Write back what a loader has left of our image in the caches, if they are on:
 * we are about to read and write it past them. Clobbers x0-x4. */
	.globl	clean_image
clean_image:
	mov	x4, x30
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	mrs	x0, sctlr_el1
	b.lo	1f
	mrs	x0, sctlr_el2
	b.eq	1f
	mrs	x0, sctlr_el3
1:	mov	x1, #(SCTLR_M | SCTLR_C)
	tst	x0, x1
	b.eq	2f
	adr_l	x0, _start
	adr_l	x1, _end
	bl	clean_inval_poc
2:	ret	x4

/*
 * The current EL's SCTLR as it is: MMU and data cache off, and all else off that
 * changes what a load or store does (EE swaps bytes, A and SA check). Nothing may
 * be loaded before this, literals neither. Then instructions that were fetched
 * through the caches are forgotten. Clobbers x0, x1.
 */
	.globl	mmu_off
mmu_off:
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	mov_imm	x0, SCTLR_EL1_OFF
	mov_imm	x1, SCTLR_EL2_OFF	/* and EL3's: the same bits are RES1 */
	b.eq	1f
	b.hi	2f
	msr	sctlr_el1, x0
	b	3f
1:	msr	sctlr_el2, x1
	b	3f
2:	msr	sctlr_el3, x1
3:	isb
	ic	iallu
	dsb	nsh
	isb
	ret

/* [x0, x1): clean and invalidate, or invalidate, to the point of coherency. */
clean_inval_poc:
	by_line	dc, civac, 16
	dsb	sy
	ret
inval_poc:
	by_line	dc, ivac, 16
	dsb	sy
	ret

/*
 * Leave EL3 or EL2 for EL1. Returns x0 = the EL we were entered at. The caller's
 * stack pointer is not kept. Clobbers x0-x3.
 */
	.globl	drop_to_el1
drop_to_el1:
	mrs	x0, CurrentEL
	lsr	x0, x0, #2
	cmp	x0, #2
	b.lo	at_el1
	b.eq	at_el2

	mov	x1, #(SCR_NS | SCR_RES1 | SCR_HCE | SCR_RW)
	msr	scr_el3, x1
	msr	cptr_el3, xzr
	msr	mdcr_el3, xzr
	/* Unknown after a reset (Arm ARM D17.2.119): its MMU may be on. */
	ldr	w1, =SCTLR_EL2_OFF
	msr	sctlr_el2, x1
	mov	x1, #(SPSR_DAIF | SPSR_EL2H)
	msr	spsr_el3, x1
	adr	x1, at_el2
	msr	elr_el3, x1
	eret
at_el2:
	/* Give EL1 the timer and the PMU whole, trap nothing, no stage 2. */
	mov	x1, #HCR_RW
	msr	hcr_el2, x1
	mov	x1, #3			/* EL1PCTEN, EL1PCEN */
	msr	cnthctl_el2, x1
	msr	cntvoff_el2, xzr
	mov	x1, #0x33ff		/* CPTR_EL2 RES1: no traps */
	msr	cptr_el2, x1
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x1, pmcr_el0
	ubfx	x1, x1, #PMCR_N_SHIFT, #5
	msr	mdcr_el2, x1		/* HPMN: all counters are EL1's */
	mrs	x1, midr_el1
	msr	vpidr_el2, x1
	mrs	x1, mpidr_el1
	msr	vmpidr_el2, x1
	ldr	w1, =SCTLR_EL1_OFF
	msr	sctlr_el1, x1
	mov	x1, #(SPSR_DAIF | SPSR_EL1H)
	msr	spsr_el2, x1
	adr	x1, at_el1
	msr	elr_el2, x1
	eret
at_el1:
	isb
	msr	spsel, #1
	mov	x1, #CPACR_FPEN_EL1
	msr	cpacr_el1, x1
	msr	mdscr_el1, xzr		/* nobody debugs: no steps, no breakpoints */
	ret

/*
 * x0 = base of the peripherals, w1 = byte. To the PL011 (enabled at 115200 for
 * its 48 MHz default if nobody did) and, if it is enabled, to the mini-UART.
 * Waits at most a short while for room. Clobbers x2-x5.
 */
early_uart_put:
	mov	x3, #0x1000
	movk	x3, #0x20, lsl #16	/* 0x201000 */
	add	x3, x0, x3
	ldr	w2, [x3, #0x30]		/* UARTCR */
	tbnz	w2, #0, 1f
	mov	w2, #26
	str	w2, [x3, #0x24]		/* UARTIBRD */
	mov	w2, #3
	str	w2, [x3, #0x28]		/* UARTFBRD */
	mov	w2, #0x70
	str	w2, [x3, #0x2c]		/* UARTLCR_H: 8N1, FIFOs */
	mov	w2, #0x301
	str	w2, [x3, #0x30]
1:	mov	w5, #0x10000
2:	ldr	w2, [x3, #0x18]		/* UARTFR.TXFF */
	tbz	w2, #5, 3f
	subs	w5, w5, #1
	b.ne	2b
3:	str	w1, [x3]
	mov	x3, #0x5000
	movk	x3, #0x21, lsl #16	/* 0x215000 */
	add	x3, x0, x3
	ldr	w2, [x3, #0x04]		/* AUX_ENABLES */
	tbz	w2, #0, 6f
	mov	w5, #0x10000
4:	ldr	w2, [x3, #0x54]		/* AUX_MU_LSR_REG: room */
	tbnz	w2, #5, 5f
	subs	w5, w5, #1
	b.ne	4b
5:	str	w1, [x3, #0x40]
6:	ret

/*
 * Turn the MMU on and branch to x0, a link address. This page is in the
 * identity map (TTBR0); swapper is TTBR1. Clobbers x1-x5.
 */
	.section .idmap.text, "ax"
	.globl	enable_mmu
enable_mmu:
	ldr	x1, =MAIR_EL1_VALUE
	msr	mair_el1, x1
	ldr	x1, =TCR_EL1_BASE
	mrs	x2, id_aa64mmfr0_el1
	and	x3, x2, #0xf		/* PARange, same code as TCR.IPS */
	cmp	x3, #5			/* 48 bits at the most with 4 KB pages */
	mov	x4, #5
	csel	x3, x3, x4, ls
	bfi	x1, x3, #TCR_IPS_SHIFT, #3
	ubfx	x3, x2, #4, #4		/* ASIDBits: 2 = 16 */
	tbz	x3, #1, 1f
	orr	x1, x1, #TCR_AS
1:	msr	tcr_el1, x1
	adr_l	x1, idmap_pgd
	msr	ttbr0_el1, x1
	adr_l	x1, swapper_pgd
	msr	ttbr1_el1, x1
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	ldr	w1, =SCTLR_EL1_ON
	msr	sctlr_el1, x1
	isb
	br	x0
	.ltorg

	.text
primary_high:
	ldr	x0, =boot_thread
	msr	tpidr_el1, x0
	ldr	x0, =boot_stack_top
	mov	sp, x0
	ldr	x0, =vectors
	msr	vbar_el1, x0
	isb
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x20
	mov	x1, x21
	mov	x2, x22
	mov	x3, x23
	bl	kernel_main
	b	.
	.ltorg

	.section .bss.boot_stack, "aw", %nobits
	.balign	32768
	.skip	16384			/* bit 14 of sp says: not overflown */
	.globl	boot_stack_bottom
boot_stack_bottom:
	.skip	16384
	.globl	boot_stack_top
boot_stack_top:

	.section .image_mark, "aw"
image_mark:
	.quad	IMAGE_MARK
