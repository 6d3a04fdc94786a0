/* SPDX-License-Identifier: MIT */
/* Device registers. Accesses to one device stay in order (Device-nGnRE); order
 * against normal memory is asked for where it matters. */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

static inline u32 mmio_read(const void __iomem *base, u32 offset)
{
	return *(const volatile u32 __force *)((const char __force *)base + offset);
}

static inline void mmio_write(void __iomem *base, u32 offset, u32 value)
{
	*(volatile u32 __force *)((char __force *)base + offset) = value;
}
