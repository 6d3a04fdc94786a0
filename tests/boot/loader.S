/* SPDX-License-Identifier: MIT */
/*
 * A boot loader that leaves the machine as we ask: it shows that boot/head.S
 * takes every state it claims to. tests/qemu/test_boot_states.py patches the
 * words of `config` into the image and has QEMU start cores here, at EL3 with
 * everything off.
 *
 * Core 0 moves kernel and device tree to where the test wants them, by the
 * caches if those are to be on, so that a real core would hold both as dirty
 * lines. What must not matter to the kernel is made as bad as it may be: its bss
 * is full of rubbish, all general registers but x0, SP and the registers of the
 * levels below the one that it is entered at as well. The SCTLR that counts checks
 * alignment and, with the MMU off, swaps the bytes of all data. Interrupts are due
 * from timers, from others and from itself, enabled, and one is taken and never
 * ended. Exceptions are not masked and have no vectors, but for debug exceptions,
 * and at EL1, where the due ones would be taken here, for interrupts. The stack
 * pointer in use is SP_EL0.
 *
 * The other cores, if QEMU starts them here, leave for the same EL. Then they
 * enter the kernel with core 0 and in the same state, or much later, or park in a
 * spin-table, MMU off, in page 0, which device trees reserve.
 *
 * No stack. Lives: x19 config, x20 number of this core, x21 the EL to leave at,
 * x22 flags, x27 kernel.
 */
#include "arm64/asm.h"
#include "arm64/sysreg.h"

#define FLAG_MMU 1		/* MMU and caches on, everything identity mapped */
#define FLAG_ALL_ENTER 2	/* all cores enter the kernel */
#define FLAG_LATE 4		/* and all but core 0 when `late` has passed */
#define RUBBISH 0xbadc0de5badc0de5
#define PARKING 0x600		/* behind QEMU's own spin-table code at 0x300 */
#define RELEASE_WORDS 0xd8
#define IMAGE_SIZE 16		/* in the arm64 Image header */

/* Descriptors: identity, access flag, inner shareable. AttrIndx 0 is device,
 * 1 normal memory; device memory is never executed (PXN, UXN). */
#define BLOCK_NORMAL (1 << 0 | 1 << 2 | 3 << 8 | 1 << 10)
#define BLOCK_DEVICE (1 << 0 | 1 << 10 | 3 << 53)
#define TABLE 3
#define MAIR 0xff00
/* 39 bits by 4 KB granules, walks through the caches; 36 bits of physical. */
#define TCR_COMMON (25 | 1 << 8 | 1 << 10 | 3 << 12)
#define TCR_EL1 (TCR_COMMON | 1 << 23 | 1 << 32) /* EPD1, IPS */
#define TCR_EL23 (TCR_COMMON | 1 << 16 | 1 << 23 | 1 << 31) /* PS, RES1 */
#define SCTLR_EL23_RES1 0x30c50830
/* EE WXN SA A. Not the first two while an MMU is on that reads our tables, and we
 * execute what can be written. */
#define SCTLR_JUNK (1 << 25 | 1 << 19 | 1 << 3 | 1 << 1)
#define SCTLR_JUNK_MMU (1 << 3 | 1 << 1)

	/* MMU and caches on at this EL, with the identity map. */
	.macro	mmu_on el, tcr, res1
	ldr	x0, =MAIR
	msr	mair_\el, x0
	ldr	x0, =\tcr
	msr	tcr_\el, x0
	adr_l	x0, level1
	msr	ttbr0_\el, x0
	isb
	ldr	x0, =(\res1 | SCTLR_M | SCTLR_C | SCTLR_I)
	msr	sctlr_\el, x0
	isb
	.endm

	.text
	.globl	_start
_start:
	b	1f
	.balign	8
config:					/* as test_boot_states.py packs it */
kernel_from:	.quad	0
kernel_to:	.quad	0		/* 4 KB aligned */
kernel_bytes:	.quad	0		/* of the file */
tree_from:	.quad	0		/* 0: none to move */
tree_to:	.quad	0
tree_bytes:	.quad	0
arg:		.quad	0		/* the kernel's x0 */
late:		.quad	0		/* a value of CNTPCT_EL0 */
el:		.word	0
flags:		.word	0

1:	adr	x19, config
	mrs	x20, mpidr_el1
	and	x20, x20, #3
	ldr	w21, [x19, #el - config]
	ldr	w22, [x19, #flags - config]
	ldr	x27, [x19, #kernel_to - config]

	/* Level 1: the first GB by 2 MB blocks, as it ends in the Pi 3's devices;
	 * two of memory; the Pi 4's devices. All cores write the same. */
	adr_l	x0, level1
	adr_l	x1, level2
	add	x1, x1, #TABLE
	str	x1, [x0]
	ldr	x2, =(0x40000000 | BLOCK_NORMAL)
	mov	x1, #0x40000000
	add	x3, x2, x1
	stp	x2, x3, [x0, #8]
	ldr	x2, =(0xc0000000 | BLOCK_DEVICE)
	str	x2, [x0, #24]

	/* ---- down to the level ---- */

	/* What EL3 owes to any system below it. */
	cmp	x21, #3
	mov	x1, #(SCR_NS | SCR_RES1 | SCR_HCE | SCR_RW)
	mov	x2, #SCR_RES1
	csel	x1, x2, x1, eq
	msr	scr_el3, x1
	msr	cptr_el3, xzr
	b.eq	at_el3

	ldr	x1, =SCTLR_EL23_RES1
	msr	sctlr_el2, x1
	mov	x1, #(SPSR_DAIF | SPSR_EL2H)
	msr	spsr_el3, x1
	adr	x1, from_el3
	msr	elr_el3, x1
	isb
	eret
from_el3:
	cmp	x21, #2
	b.eq	at_el2

	/* What a hypervisor owes to its guest at EL1: the timer, the PMU, no traps. */
	mov	x1, #HCR_RW
	msr	hcr_el2, x1
	mov	x1, #3
	msr	cnthctl_el2, x1
	msr	cntvoff_el2, xzr
	mov	x1, #0x33ff
	msr	cptr_el2, x1
	msr	hstr_el2, xzr
	mrs	x1, pmcr_el0
	ubfx	x1, x1, #PMCR_N_SHIFT, #5
	msr	mdcr_el2, x1
	mrs	x1, midr_el1
	msr	vpidr_el2, x1
	mrs	x1, mpidr_el1
	msr	vmpidr_el2, x1
	ldr	x1, =SCTLR_EL1_RES1
	msr	sctlr_el1, x1
	mov	x1, #(SPSR_DAIF | SPSR_EL1H)
	msr	spsr_el2, x1
	adr	x1, at_el1
	msr	elr_el2, x1
	isb
	eret

	/* ---- there: the levels below in disorder, parked or mapped ---- */

at_el3:
	ldr	x1, =RUBBISH
	orr	x1, x1, #1		/* SCTLR_EL2.M, HCR_EL2.VM */
	msr	ttbr0_el2, x1
	msr	vbar_el2, x1
	msr	tcr_el2, x1
	msr	sctlr_el2, x1
	bl	disorder_el2
	mrs	x1, hcr_el2
	orr	x1, x1, #(1 << 27)	/* TGE: there is no EL1 */
	msr	hcr_el2, x1
	bl	disorder_el1
	bl	disorder_irqs
	bl	park
	tbz	w22, #0, ready
	mmu_on	el3, TCR_EL23, SCTLR_EL23_RES1
	b	ready
at_el2:
	bl	disorder_el2
	bl	disorder_el1
	ldr	x1, =RUBBISH
	msr	sctlr_el1, x1
	bl	disorder_irqs
	bl	park
	tbz	w22, #0, ready
	mmu_on	el2, TCR_EL23, SCTLR_EL23_RES1
	b	ready
at_el1:
	bl	disorder_el1
	bl	disorder_irqs
	bl	park
	tbz	w22, #0, ready
	mmu_on	el1, TCR_EL1, SCTLR_EL1_RES1
	b	ready

/* What EL2 can hold against EL1: every trap, a stage 2 of nothing, an offset to
 * its time, another identity. Not HCR_EL2.TGE, by which the interrupts that are due
 * would be taken at EL2. */
disorder_el2:
	ldr	x1, =(1 << 30 | 1 << 26 | 1 << 21 | 1 << 20 | 1 << 14 | 1 << 13 | 1)
	msr	hcr_el2, x1		/* TRVM TVM TACR TIDCP TWE TWI VM; no RW */
	ldr	x1, =RUBBISH
	msr	vttbr_el2, x1
	msr	vpidr_el2, x1
	msr	vmpidr_el2, x1
	msr	cntvoff_el2, x1
	msr	cnthctl_el2, xzr
	mov	x1, #-1
	msr	cptr_el2, x1
	msr	hstr_el2, x1
	mov	x1, #(1 << 6 | 1 << 5)	/* MDCR_EL2.TPM, TPMCR; HPMN 0 */
	msr	mdcr_el2, x1
	ret

/* What may be in EL1's registers at a reset, or be left by who was there. SCTLR
 * and TTBR0 are the map that EL1 itself will run on. */
disorder_el1:
	ldr	x1, =RUBBISH
	msr	ttbr1_el1, x1
	msr	vbar_el1, x1
	msr	contextidr_el1, x1
	msr	cpacr_el1, xzr
	mov	x1, #(1 << 15 | 1 << 13 | 1 << 12 | 1)
	msr	mdscr_el1, x1		/* MDE KDE TDCC SS */
	msr	cntkctl_el1, xzr
	mov	x1, #1
	msr	cntv_cval_el0, xzr
	msr	cntv_ctl_el0, x1	/* a timer that is due */
	msr	cntp_cval_el0, xzr
	msr	cntp_ctl_el0, x1
	isb
	ret

/* What a loader that uses interrupts may leave: those that are due are enabled;
 * messages to itself are under way, among them what we use to stop a CPU; one has
 * been taken, and whoever took it will not end it. */
disorder_irqs:
	is_cortex_a72 x1, x2
	b.ne	1f
	ldr	x1, =0xff841000		/* GIC-400: distributor */
	ldr	x2, =0xff842000		/* CPU interface */
	mov	w3, #-1
	str	w3, [x1, #0x100]	/* GICD_ISENABLER0: the core's own lines */
	mov	w3, #1
	str	w3, [x1]		/* GICD_CTLR */
	str	w3, [x2]		/* GICC_CTLR */
	mov	w3, #0xff
	str	w3, [x2, #4]		/* GICC_PMR */
	mov	w3, #(2 << 24)		/* to whom it comes from */
	.rept	8
	str	w3, [x1, #0xf00]	/* GICD_SGIR */
	add	w3, w3, #1
	.endr
	dsb	sy
	ldr	w3, [x2, #12]		/* GICC_IAR */
	ret
1:	mov	x1, #0x40000000		/* QA7: local to the cores */
	add	x2, x1, x20, lsl #2
	mov	w3, #0xf
	str	w3, [x2, #0x40]		/* all timers */
	str	w3, [x2, #0x50]		/* all mailboxes */
	add	x2, x1, x20, lsl #4
	.irp	box, 0, 4, 8, 12
	str	w3, [x2, #0x80 + \box]
	.endr
	cbnz	x20, 2f
	ldr	w3, =0x30000001
	str	w3, [x1, #0x34]		/* the local timer, soon over, */
	str	wzr, [x1, #0x24]	/* interrupts core 0 */
2:	ret

/* A core other than 0 that does not enter the kernel: to the parking. */
park:
	cbz	x20, 1f
	tbnz	w22, #1, 1f
	mov	x1, #PARKING
	adr	x2, parking
	ldp	x3, x4, [x2]
	ldp	x5, x6, [x2, #16]
	stp	x3, x4, [x1]		/* all write the same here, too */
	stp	x5, x6, [x1, #16]
	dsb	sy
	ic	iallu
	dsb	sy
	isb
	mov	x2, #RELEASE_WORDS
	add	x2, x2, x20, lsl #3
	br	x1
1:	ret
	.balign	8
parking:				/* 32 bytes at most */
	wfe
	ldr	x3, [x2]
	cbz	x3, parking
	br	x3
	.balign	32

	/* ---- kernel and tree to their places ---- */

ready:
	cbnz	x20, wait_for_core0
	ldr	x0, [x19, #kernel_from - config]
	ldr	x1, [x0, #IMAGE_SIZE]
	ldr	x2, [x19, #kernel_bytes - config]
	mov	x3, x27
	add	x4, x3, x2		/* end of the file there */
	add	x5, x3, x1		/* end of its bss there */
	add	x6, x0, x1		/* end of both here */
	mov	x7, x0
	cmp	x0, x3
	b.eq	2f
1:	ldp	x8, x9, [x7], #16	/* the file is whole pages; upwards, so it */
	stp	x8, x9, [x3], #16	/* may overlap if it goes down */
	cmp	x3, x4
	b.lo	1b
2:	ldr	x8, =RUBBISH
3:	str	x8, [x4], #8
	cmp	x4, x5
	b.lo	3b
	/* Where it came from nothing of it stays. */
4:	cmp	x0, x27
	ccmp	x0, x5, #2, hs		/* lo: in [x27, x5); #2 is C, not lo */
	b.lo	5f
	str	x8, [x0]
5:	add	x0, x0, #8
	cmp	x0, x6
	b.lo	4b

	ldr	x0, [x19, #tree_from - config]
	cbz	x0, 7f
	ldr	x1, [x19, #tree_to - config]
	ldr	x2, [x19, #tree_bytes - config]
6:	ldrb	w3, [x0]
	strb	wzr, [x0], #1
	strb	w3, [x1], #1
	subs	x2, x2, #1
	b.ne	6b

	/* What was written as data will be executed (Arm ARM B2.4.4); the image is
	 * cleaned as far as that needs, not to memory. */
7:	mov	x0, x27
8:	dc	cvau, x0
	add	x0, x0, #16
	cmp	x0, x5
	b.lo	8b
	dsb	sy
	ic	ialluis
	dsb	sy
	isb
	adr	x1, gate
	mov	w0, #1
	str	w0, [x1]
	dsb	sy
	sev
	ldr	x0, [x19, #arg - config]
	b	enter

wait_for_core0:
	adr	x1, gate
1:	wfe
	ldr	w0, [x1]
	cbz	w0, 1b
	tbz	w22, #2, 3f
	ldr	x1, [x19, #late - config]
2:	isb
	mrs	x0, cntpct_el0
	cmp	x0, x1
	b.lo	2b
3:	isb
	ldr	x0, =RUBBISH

enter:
	ldr	x30, =RUBBISH
	ldr	w1, =SCTLR_JUNK
	ldr	w2, =SCTLR_JUNK_MMU
	tst	w22, #FLAG_MMU
	csel	w1, w1, w2, eq
	/* From here on no literals: their bytes may be swapped. */
	cmp	x21, #2
	b.lo	1f
	b.eq	2f
	mrs	x2, sctlr_el3
	orr	x2, x2, x1
	msr	sctlr_el3, x2
	b	3f
1:	mrs	x2, sctlr_el1
	orr	x2, x2, x1
	msr	sctlr_el1, x2
	b	3f
2:	mrs	x2, sctlr_el2
	orr	x2, x2, x1
	msr	sctlr_el2, x2
3:	isb
	cmp	x21, #1
	.irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20
	mov	x\n, x30
	.endr
	.irp	n, 21,22,23,24,25,26,28,29
	mov	x\n, x30
	.endr
	mov	sp, x30
	msr	spsel, #0
	mov	sp, x30
	msr	daifclr, #4		/* not D: the kernel's first step is its own */
	b.eq	4f
	msr	daifclr, #3		/* lower levels' interrupts are not taken here */
4:	br	x27

	.ltorg
	.balign	8
gate:	.word	0			/* core 0 has moved everything */

	.balign	4096
level1:	.skip	4096
level2:
	.set	block, 0
	.rept	512
	.if	block < 0x3f000000
	.quad	block + BLOCK_NORMAL
	.else
	.quad	block + BLOCK_DEVICE
	.endif
	.set	block, block + 0x200000
	.endr
