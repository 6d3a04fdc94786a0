/* SPDX-License-Identifier: MIT */
/* See drivers.h. */
#include "drivers/drivers.h"
#include "kernel/errno.h"
#include "mm/kmap.h"

int map_registers(const struct fdt *f, fdt_node node, u32 number, u64 bytes,
		  void __iomem **base)
{
	u64 at, size;

	if (node < 0)
		return -ENODEV;
	if (fdt_reg(f, node, number, &at, &size))
		return -EINVAL;
	*base = ioremap(at, bytes);
	return *base ? 0 : -ENOMEM;
}
