/* SPDX-License-Identifier: MIT */
#include "drivers/drivers.h"
#include "kernel/errno.h"

int irqchip_init(const struct fdt *f)
{
	int err = gic400_init(f);

	return err == -ENODEV ? bcm2836_init(f) : err;
}
