/* SPDX-License-Identifier: MIT */
/*
 * The chainloader's first and last instructions. It is started like a kernel, by the
 * firmware or by QEMU: core 0 alone, MMU and data cache off, x0 = device tree; and it
 * starts the kernel in that state, at the same exception level.
 *
 * Data goes past the caches all the time. If the instruction cache is on, what was
 * fetched may have stayed in a cache further out, too, under addresses that we write
 * over: those lines are dropped before the new code is run (Arm ARM, DDI 0487, "The
 * effects of disabling a stage of address translation"). None of them is dirty.
 */
#include "arm64/asm.h"
#include "boot/chainloader/layout.h"

	/* Forget what was fetched of [x0, x1). Clobbers x0, x2, x3. */
	.macro	new_code
	dsb	sy
	by_line	dc, ivac, 16
	dsb	sy
	ic	iallu
	dsb	sy
	isb
	.endm

	.section .head.text, "ax"
	.globl	_start
_start:
	/* The size is that of the largest kernel that may come: a loader leaves so much
	 * room behind us. */
	image_header entry, IMAGE_MAX

/* Lives: x20 device tree. */
entry:
	msr	daifset, #0xf
	mov	x20, x0

	ldr	x0, =_start		/* move out of the kernel's way */
	ldr	x1, =__moved_end
	adr	x2, _start
1:	ldp	x3, x4, [x2], #16	/* all 16-byte aligned */
	stp	x3, x4, [x0], #16
	cmp	x0, x1
	b.lo	1b
	ldr	x0, =_start
	ldr	x1, =__moved_end
	new_code

	ldr	x0, =stack_top
	mov	sp, x0
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x20
	adr_l	x1, __payload		/* where it is, not where it is linked */
	adr_l	x2, __payload_end
	sub	x2, x2, x1
	ldr	x3, =chainloader_main
	br	x3
	.ltorg

	.text
/* void start_kernel(tree, end): the image is in [KERNEL_AT, end). Never returns. */
	.globl	start_kernel
start_kernel:
	mov	x20, x0
	ldr	x0, =KERNEL_AT
	mov	x4, x0
	new_code
	mov	x0, x20
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x4
	.ltorg

	/* The card's kernel: behind us, not moved. */
	.section .payload, "a"
	.incbin	"kernel8.img"

	.section .bss.stack, "aw", %nobits
	.balign	16
	.skip	4096
stack_top:
