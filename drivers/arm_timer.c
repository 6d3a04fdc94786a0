/* SPDX-License-Identifier: MIT */
/*
 * The generic timer's virtual timer (Arm ARM D11.2): usable at EL1 whatever the
 * level we were entered at, with CNTVOFF_EL2 = 0 or a hypervisor's choice.
 */
#include "core/clock.h"
#include "core/irq.h"
#include "core/log.h"
#include "core/timer.h"
#include "drivers/drivers.h"
#include "kernel/errno.h"

#define INTERRUPT_VIRT 2 /* secure phys, phys, virt, hyp: the binding's order */

static int line = -1;

static void on_timer(void *arg)
{
	timer_interrupt();
}

void clock_event_init_cpu(void)
{
	/* EL0 may read CNTVCT_EL0 and CNTFRQ_EL0 (CNTKCTL_EL1.EL0VCTEN). */
	write_sysreg(2, cntkctl_el1);
	clock_event_set(~0ULL);
	if (line >= 0)
		irq_enable_line((u32)line);
}

int arm_timer_init(const struct fdt *f)
{
	fdt_node node = fdt_compatible(f, -1, "arm,armv8-timer");
	int err;

	if (node < 0)
		node = fdt_compatible(f, -1, "arm,armv7-timer"); /* Pi 3's tree */
	if (node < 0)
		return -ENODEV;
	line = irq_of_node(f, node, INTERRUPT_VIRT);
	if (line < 0)
		return line;
	clock_event_set(~0ULL);
	err = irq_request((u32)line, "timer", on_timer, NULL);
	if (!err)
		log_info("timer: virtual generic timer at %llu Hz, line %d",
			 (unsigned long long)clock_hz, line);
	return err;
}
