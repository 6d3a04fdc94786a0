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

#define PM_RSTC 0x1c
#define RSTC_FULL_RESET 0x20
#define RSTC_NO_RESET 0x102 /* as after power-on */
#define PM_RSTS 0x20
#define RSTS_HALT 0x555 /* boot partition 63: the firmware stays off */
#define RSTS_POWER_ON 0x1000
/* The full resets; the others' bits are the boot partition's, too. */
#define RSTS_BY_SOFTWARE 0x200
#define RSTS_BY_WATCHDOG 0x20
#define RSTS_BY_DEBUGGER 0x2
#define PM_WDOG 0x24
#define WDOG_MAX 0xfffff
#define PM_PASSWORD 0x5a000000

static void __iomem *pm;

/* Ticks are 1/65536 s. QEMU's model does not count: it resets at once. */
static void watchdog_set(u32 ticks)
{
	mmio_write(pm, PM_WDOG, PM_PASSWORD | MIN(ticks, (u32)WDOG_MAX));
	mmio_write(pm, PM_RSTC, PM_PASSWORD | RSTC_FULL_RESET);
}

static void watchdog_fire(void)
{
	watchdog_set(10);
	clock_delay_us(1000000);
}

static void pm_watchdog(u32 ms)
{
	if (ms)
		watchdog_set((u32)((u64)ms * 65536 / 1000));
	else
		mmio_write(pm, PM_RSTC, PM_PASSWORD | RSTC_NO_RESET);
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

/* reboot and poweroff are the watchdog's doing, too. */
static void log_last_reset(void)
{
	u32 rsts = mmio_read(pm, PM_RSTS);

	log_info("reset: %s (PM_RSTS 0x%x)",
		 rsts & RSTS_POWER_ON	 ? "power on" :
		 rsts & RSTS_BY_WATCHDOG ? "watchdog, or reboot" :
		 rsts & RSTS_BY_DEBUGGER ? "debugger" :
		 rsts & RSTS_BY_SOFTWARE ? "software" :
					   "no reason known",
		 rsts);
}

static const struct power_ops pm_ops = {
	.reboot = pm_reboot,
	.poweroff = pm_poweroff,
	.watchdog = pm_watchdog,
};

int watchdog_init(const struct fdt *f)
{
	fdt_node node = fdt_compatible(f, -1, "brcm,bcm2835-pm-wdt");
	int err;

	if (node < 0)
		node = fdt_compatible(f, -1, "brcm,bcm2835-pm");
	err = map_registers(f, node, 0, 0x1000, &pm);
	if (err)
		return err;
	log_last_reset();
	power_set_ops(&pm_ops);
	return 0;
}
