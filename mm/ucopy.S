/* SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "core/extable.h"

	.text
/*
 * int ucopy_from(void *dst, u64 user_src, size_t n)
 * int ucopy_to(u64 user_dst, const void *src, size_t n)
 *
 * Copies with unprivileged loads or stores on the user side: the MMU checks them
 * as EL0's. 0, or -EFAULT from the fixup. Any alignment. Leaf, clobbers x3-x5.
 */
	.globl	ucopy_from
ucopy_from:
	subs	x2, x2, #16
	b.lo	2f
1:	ldtr	x3, [x1]
11:	ldtr	x4, [x1, #8]
	add	x1, x1, #16
	stp	x3, x4, [x0], #16
	subs	x2, x2, #16
	b.hs	1b
2:	adds	x2, x2, #16
	b.eq	4f
3:	ldtrb	w3, [x1]
	add	x1, x1, #1
	strb	w3, [x0], #1
	subs	x2, x2, #1
	b.ne	3b
4:	mov	w0, wzr
	ret
	EXTABLE	1b, ucopy_fault
	EXTABLE	11b, ucopy_fault
	EXTABLE	3b, ucopy_fault

	.globl	ucopy_to
ucopy_to:
	subs	x2, x2, #16
	b.lo	6f
55:	ldp	x3, x4, [x1], #16
5:	sttr	x3, [x0]
51:	sttr	x4, [x0, #8]
	add	x0, x0, #16
	subs	x2, x2, #16
	b.hs	55b
6:	adds	x2, x2, #16
	b.eq	8f
77:	ldrb	w3, [x1], #1
7:	sttrb	w3, [x0]
	add	x0, x0, #1
	subs	x2, x2, #1
	b.ne	77b
8:	mov	w0, wzr
	ret
	EXTABLE	5b, ucopy_fault
	EXTABLE	51b, ucopy_fault
	EXTABLE	7b, ucopy_fault

ucopy_fault:
	mov	w0, #-EFAULT
	ret
