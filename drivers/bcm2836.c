/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of the BCM2837 (Pi 3): the per-core controller of the "ARM-local"
 * block (QA7, rev 3.4) for timers and mailboxes, and behind it the old ARM
 * interrupt controller (BCM2835 ARM Peripherals, chapter 7) for everything else.
 *
 * Line numbers: 0..31 are the per-core sources; 32 + 32 * bank + bit are those of
 * the old controller's banks 0 (basic), 1, 2.
 */
#include "arm64/barrier.h"
#include "core/irq.h"
#include "core/log.h"
#include "drivers/drivers.h"
#include "drivers/mmio.h"
#include "kernel/errno.h"

/* Per-core block */
#define LOCAL_GPU_ROUTING 0x0c /* 0: IRQ and FIQ of the old controller to core 0 */
#define LOCAL_PMU_OFF 0x14     /* a core's IRQ and FIQ: bits n and n + 4 */
#define LOCAL_AXI_INT 0x30
#define LOCAL_TIMER_CONTROL 0x34 /* of the one timer for all */
#define LOCAL_TIMER_INT(core) (0x40 + 4 * (core)) /* bits 0..3: the timers */
#define LOCAL_MAILBOX_INT(core) (0x50 + 4 * (core))
#define LOCAL_SOURCE(core) (0x60 + 4 * (core))
#define LOCAL_MAILBOX_SET(core) (0x80 + 0x10 * (core))	/* mailbox 0 */
#define LOCAL_MAILBOX_CLEAR(core) (0xc0 + 0x10 * (core))
#define SOURCE_MAILBOX0 4
#define SOURCE_GPU 8
/* Old controller */
#define ARM_PENDING_BASIC 0x00
#define ARM_PENDING(bank) (0x00 + 4 * (bank)) /* 1, 2 */
#define ARM_FIQ 0x0c
#define ARM_ENABLE(bank) ((bank) ? 0x0c + 4 * (bank) : 0x18)
#define ARM_DISABLE(bank) ((bank) ? 0x18 + 4 * (bank) : 0x24)
#define BASIC_MASK 0xffU /* the rest repeats banks 1 and 2 */

#define LINE_BANK(bank) (32 + 32 * (bank))

static void __iomem *local, *arm;

static u32 core(void)
{
	return read_sysreg(mpidr_el1) & 3;
}

/* Mailbox 0 on, empty; off, whatever a loader has left on. */
static void bcm_init_cpu(void)
{
	mmio_write(local, LOCAL_TIMER_INT(core()), 0);
	mmio_write(local, LOCAL_PMU_OFF, 0x11U << core());
	mmio_write(local, LOCAL_MAILBOX_CLEAR(core()), ~0U);
	mmio_write(local, LOCAL_MAILBOX_INT(core()), 1);
}

static void bcm_enable(u32 irq)
{
	if (irq < 4) {
		u32 reg = LOCAL_TIMER_INT(core());

		mmio_write(local, reg, mmio_read(local, reg) | 1U << irq);
	} else if (irq >= LINE_BANK(0) && irq < LINE_BANK(3)) {
		mmio_write(arm, ARM_ENABLE((irq - 32) / 32), 1U << irq % 32);
	}
}

static void bcm_mask(u32 irq)
{
	mmio_write(arm, ARM_DISABLE((irq - 32) / 32), 1U << irq % 32);
}

static void dispatch_bits(u32 pending, u32 first_line)
{
	while (pending) {
		u32 bit = (u32)__builtin_ctz(pending);

		pending &= pending - 1;
		irq_dispatch(first_line + bit);
	}
}

static void bcm_handle(void)
{
	u32 source = mmio_read(local, LOCAL_SOURCE(core()));

	if (source & BIT(SOURCE_MAILBOX0)) {
		u32 reg = LOCAL_MAILBOX_CLEAR(core());
		u32 bits = mmio_read(local, reg);

		mmio_write(local, reg, bits);
		for (u32 i = 0; i < NR_IPIS; i++)
			if (bits & 1U << i)
				ipi_dispatch((enum ipi)i);
	}
	if (source & BIT(SOURCE_GPU)) {
		dispatch_bits(mmio_read(arm, ARM_PENDING_BASIC) & BASIC_MASK, LINE_BANK(0));
		dispatch_bits(mmio_read(arm, ARM_PENDING(1)), LINE_BANK(1));
		dispatch_bits(mmio_read(arm, ARM_PENDING(2)), LINE_BANK(2));
	}
	dispatch_bits(source & 0xf, 0);
}

static void bcm_send_ipi(cpumask_t mask, enum ipi ipi)
{
	dsb(ishst);
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		if (mask & cpu_bit(cpu))
			mmio_write(local, LOCAL_MAILBOX_SET(cpus[cpu].mpidr & 3),
				   1U << ipi);
}

static int bcm_translate(const struct fdt *f, fdt_node parent, const u32 *cells,
			 unsigned int n)
{
	if (n != 2)
		return -EINVAL;
	if (fdt_is_compatible(f, parent, "brcm,bcm2836-l1-intc"))
		return cells[0] < 10 ? (int)cells[0] : -EINVAL; /* <source type> */
	if (cells[0] < 3 && cells[1] < 32)			/* <bank bit> */
		return (int)(LINE_BANK(cells[0]) + cells[1]);
	return -EINVAL;
}

static const struct irq_chip bcm = {
	.name = "BCM2836",
	.init_cpu = bcm_init_cpu,
	.enable = bcm_enable,
	.mask = bcm_mask,
	.unmask = bcm_enable,
	.handle = bcm_handle,
	.send_ipi = bcm_send_ipi,
	.translate = bcm_translate,
};

int bcm2836_init(const struct fdt *f)
{
	fdt_node l = fdt_compatible(f, -1, "brcm,bcm2836-l1-intc");
	fdt_node a = fdt_compatible(f, -1, "brcm,bcm2836-armctrl-ic");
	int err = map_registers(f, l, 0, 0x100, &local);

	if (!err)
		err = map_registers(f, a, 0, 0x40, &arm);
	if (err)
		return err;
	/* A loader may have left any of them on. */
	mmio_write(local, LOCAL_GPU_ROUTING, 0);
	mmio_write(local, LOCAL_AXI_INT, 0);
	mmio_write(local, LOCAL_TIMER_CONTROL, 0);
	mmio_write(arm, ARM_FIQ, 0);
	for (u32 bank = 0; bank < 3; bank++)
		mmio_write(arm, ARM_DISABLE(bank), ~0U);
	irq_set_chip(&bcm);
	log_info("irq: BCM2836 per-core and BCM2835 controllers");
	return 0;
}
