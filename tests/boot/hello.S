/* SPDX-License-Identifier: MIT */
/* The smallest kernel: says hello on the PL011, which a loader has enabled, and stays.
 * tests/qemu/test_flash.py sends it, with rubbish behind it. */

	.globl	_start
_start:
	b	1f
	.long	0
	.quad	0x80000
	.quad	0x20000			/* with the rubbish */
	.quad	2
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

1:	mrs	x0, midr_el1
	ubfx	x0, x0, #4, #12
	mov	x1, #0xd08		/* Cortex-A72 */
	cmp	x0, x1
	mov	x0, #0xfe000000
	mov	x1, #0x3f000000
	csel	x0, x0, x1, eq
	mov	x1, #0x1000
	movk	x1, #0x20, lsl #16
	add	x0, x0, x1
	adr	x1, text
2:	ldrb	w2, [x1], #1
	cbz	w2, 4f
3:	ldr	w3, [x0, #0x18]		/* UARTFR.TXFF */
	tbnz	w3, #5, 3b
	str	w2, [x0]
	b	2b
4:	wfi
	b	4b
text:	.asciz	"\r\nhello from a kernel that came over the line\r\n"
