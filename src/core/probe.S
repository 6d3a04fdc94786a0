/* SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "core/extable.h"

	.text
	/* int probe_read32(vaddr_t addr, u32 *out), and 64: see extable.h. */
	.globl	probe_read32
probe_read32:
1:	ldr	w2, [x0]
	str	w2, [x1]
	mov	w0, wzr
	ret
	.globl	probe_read64
probe_read64:
2:	ldr	x2, [x0]
	str	x2, [x1]
	mov	w0, wzr
	ret
3:	mov	w0, #-EFAULT
	ret
	EXTABLE	1b, 3b
	EXTABLE	2b, 3b
