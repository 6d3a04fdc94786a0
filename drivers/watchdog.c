/* SPDX-License-Identifier: MIT */
/*
 * The power-management block's watchdog, which is how these boards reset and how
 * they power off. Register use as publicly documented for the BCM2835 PM block:
 * every write carries the password 0x5a in its top byte.
 */
#include "core/clock.h"
#include "core/log.h"
#include "core/power.h"
#include "drivers/drivers.h"
#include "drivers/mmio.h"
#include "kernel/errno.h"
#include "mm/kmap.h"

#define PM_RSTC 0x1c
#define RSTC_FULL_RESET 0x20
#define PM_RSTS 0x20
#define RSTS_HALT 0x555 /* boot partition 63: the firmware stays off */
#define PM_WDOG 0x24
#define PM_PASSWORD 0x5a000000

static void __iomem *pm;

static void watchdog_fire(void)
{
	mmio_write(pm, PM_WDOG, PM_PASSWORD | 10); /* ticks of 16 us */
	mmio_write(pm, PM_RSTC, PM_PASSWORD | RSTC_FULL_RESET);
	clock_delay_us(1000000);
}

static void pm_reboot(void)
{
	watchdog_fire();
}

static void pm_poweroff(void)
{
	mmio_write(pm, PM_RSTS, PM_PASSWORD | RSTS_HALT);
	watchdog_fire();
}

int watchdog_init(const struct fdt *f)
{
	fdt_node node = fdt_compatible(f, -1, "brcm,bcm2835-pm-wdt");
	u64 base, size;

	if (node < 0)
		node = fdt_compatible(f, -1, "brcm,bcm2835-pm");
	if (node < 0)
		return -ENODEV;
	if (fdt_reg(f, node, 0, &base, &size))
		return -EINVAL;
	pm = ioremap(base, 0x1000);
	if (!pm)
		return -ENOMEM;
	power_set_ops(pm_reboot, pm_poweroff);
	return 0;
}
