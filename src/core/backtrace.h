/* SPDX-License-Identifier: MIT */
#pragma once

#include "arm64/frame.h"
#include "kernel/types.h"

/* Print pc, its caller by lr (0: not known), and the frames from fp on with symbols,
 * straight to the console. Survives any values: only reads inside the stack that fp
 * points into. */
void backtrace_print(u64 fp, u64 pc, u64 lr);
void backtrace_here(void);
/* Registers of an exception, decoded. */
void frame_print(const struct frame *f, u64 esr, u64 far);
