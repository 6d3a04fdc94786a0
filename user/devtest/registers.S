/* SPDX-License-Identifier: MIT */
/*
 * The registers of who is interrupted, and of the driver that sleeps until then: a pattern in
 * all of them before, a look at all of them afterwards.
 */
#include <abi/lodger.h>

#define FRAME 192

	.macro	for_all_v do
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\do	\n
	.endr
	.endm

	.macro	fill n
	movi	v\n\().16b, #(\n + 1)
	.endm

	.macro	check n
	umov	x2, v\n\().d[0]
	umov	x3, v\n\().d[1]
	movz	x4, #((\n + 1) * 0x101)
	movk	x4, #((\n + 1) * 0x101), lsl #16
	movk	x4, #((\n + 1) * 0x101), lsl #32
	movk	x4, #((\n + 1) * 0x101), lsl #48
	cmp	x2, x4
	ccmp	x3, x4, #0, eq
	b.ne	changed
	.endm

	/* Keep what C wants back; x1: FP/SIMD registers, too? That is at [sp]. */
	.macro	begin
	sub	sp, sp, #FRAME
	str	x1, [sp]
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	x29, x30, [sp, #96]
	cbz	x1, 1f
	stp	d8, d9, [sp, #112]
	stp	d10, d11, [sp, #128]
	stp	d12, d13, [sp, #144]
	stp	d14, d15, [sp, #160]
	for_all_v fill
1:	mov	x16, sp
	mrs	x17, tpidr_el0
	stp	x16, x17, [sp, #176]
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, #(0x700 + \n)
	.endr
	.endm

	/* Go back with x0; or, if something has changed, with -1. */
	.macro	end
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	cmp	x\n, #(0x700 + \n)
	b.ne	changed
	.endr
	mov	x2, sp
	mrs	x3, tpidr_el0
	ldp	x4, x5, [sp, #176]
	cmp	x2, x4
	ccmp	x3, x5, #0, eq
	b.ne	changed
	b	leave
	.endm

	.text
/*
 * long interrupted(volatile uint32_t *ier, bool fp)
 *
 * Make the device interrupt, and go on when the driver has told it not to.
 */
	.globl	interrupted
interrupted:
	begin
	.irp	n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
	mov	x\n, #(0x700 + \n)
	.endr
	mov	w1, #2			/* IER_TRANSMIT */
	cmp	xzr, xzr		/* Z and C */
	str	w1, [x0]
1:	ldr	w2, [x0]
	tbnz	w2, #1, 1b
	b.ne	changed
	b.lo	changed
	cmp	x1, #2
	b.ne	changed
	.irp	n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
	cmp	x\n, #(0x700 + \n)
	b.ne	changed
	.endr
	mov	x0, xzr
	end

/* long wait_for_interrupt(long notification, bool fp): its bits */
	.globl	wait_for_interrupt
wait_for_interrupt:
	begin
	.irp	n, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
	mov	x\n, #(0x600 + \n)
	.endr
	mov	x1, #-1			/* WAIT_FOREVER */
	mov	x8, #SYS_notification_wait
	svc	#0
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
	cbnz	x\n, changed
	.endr
	mrs	x1, tpidrro_el0
	cbnz	x1, changed		/* an AArch32 thread's */
	end

leave:
	ldr	x1, [sp]
	cbz	x1, 1f
	for_all_v check
	ldp	d8, d9, [sp, #112]
	ldp	d10, d11, [sp, #128]
	ldp	d12, d13, [sp, #144]
	ldp	d14, d15, [sp, #160]
1:	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp, #96]
	add	sp, sp, #FRAME
	ret

changed:
	mov	x0, #-1
	b	1b

	.section .note.GNU-stack, "", %progbits
