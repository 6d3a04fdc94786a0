/* SPDX-License-Identifier: MIT */
#pragma once

#include "arm64/frame.h"
#include "kernel/assert.h"

/* Panic on an exception, or with f NULL from here. */
void panic_frame(const struct frame *f, u64 esr, u64 far, const char *fmt, ...)
	__printf(4, 5) __noreturn;
/* What to do when all is said: leave the emulator, reboot; may return. */
void panic_set_halt(void (*fn)(void));
