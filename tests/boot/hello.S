/* SPDX-License-Identifier: MIT */
/* The smallest kernel: says hello on the PL011, which a loader has enabled, and stays.
 * tests/qemu/test_flash.py sends it, with rubbish behind it. */

#include "arm64/asm.h"

	.globl	_start
_start:
	image_header 1f, 0x20000	/* with the rubbish */

1:	peripherals_base x0, x1
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
