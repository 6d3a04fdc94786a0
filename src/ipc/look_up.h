/* SPDX-License-Identifier: MIT */
/* handle_peek, for the fast paths. */
#pragma once

#include "gen/offsets.h"

	/* The object behind x9, to x12, and its badge to x18 [HANDLE-1]; to `unlock` if there
	 * is none with that right. x10 = this thread; x16, x17 are used. */
	.macro	look_up bit
	cmp	x9, #HANDLES_PER_CHUNK
	b.hs	3f
	ldr	x16, [x10, #TASK_FIRST_HANDLES]
	add	x16, x16, x9, lsl #HANDLE_SIZE_LOG2
2:	ldar	w17, [x16]
	tbz	w17, #\bit, unlock
	ldp	x12, x18, [x16, #HANDLE_OBJECT]
	.subsection 1
3:	cmp	x9, #HANDLES_MAX
	b.hs	unlock
	ldr	x16, [x10, #TASK_HANDLES]
	ldr	x16, [x16, #HANDLES_CHUNKS]
	lsr	x17, x9, #HANDLES_PER_CHUNK_LOG2
	ldr	x16, [x16, x17, lsl #3]
	cbz	x16, unlock
	and	x17, x9, #(HANDLES_PER_CHUNK - 1)
	add	x16, x16, x17, lsl #HANDLE_SIZE_LOG2
	b	2b
	.previous
	.endm
