/* SPDX-License-Identifier: MIT */
/*
 * GIC-400 (GICv2), the interrupt controller of the BCM2711. Registers as in the
 * GIC architecture specification, IHI 0048B, chapter 4.
 *
 * GICD_IGROUPR is never written: the firmware or the emulator has put the lines
 * into the group that we may use, and a non-secure write would not reach it.
 */
#include "arm64/barrier.h"
#include "core/irq.h"
#include "core/log.h"
#include "drivers/drivers.h"
#include "drivers/mmio.h"
#include "kernel/errno.h"

/* Distributor */
#define GICD_CTLR 0x000
#define GICD_TYPER 0x004
#define GICD_ISENABLER 0x100
#define GICD_ICENABLER 0x180
#define GICD_ICPENDR 0x280
#define GICD_ICACTIVER 0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR 0x800
#define GICD_SGIR 0xf00
#define GICD_CPENDSGIR 0xf10
/* CPU interface */
#define GICC_CTLR 0x000
#define GICC_PMR 0x004
#define GICC_IAR 0x00c
#define GICC_EOIR 0x010
#define GICC_APR 0x0d0
#define IAR_ID_MASK 0x3ff
#define ID_SPURIOUS 1020 /* and above */
#define PRIORITY 0xa0

static void __iomem *gicd, *gicc;
static u8 cpu_target[NR_CPUS]; /* each CPU's bit in GICD_ITARGETSR */

/* A loader may have left any of 32 lines on, pending, or taken and not ended. */
static void forget_lines(u32 first)
{
	mmio_write(gicd, GICD_ICENABLER + first / 8, ~0U);
	mmio_write(gicd, GICD_ICPENDR + first / 8, ~0U);
	mmio_write(gicd, GICD_ICACTIVER + first / 8, ~0U);
}

static void gic_init_cpu(void)
{
	u32 cpu = cpu_id();

	mmio_write(gicc, GICC_CTLR, 0);
	forget_lines(0);
	/* An SGI may be ours by its number; a priority that is still active holds
	 * back all that are not above it (4.4.2, running priority). */
	for (u32 i = 0; i < 16; i += 4) {
		mmio_write(gicd, GICD_CPENDSGIR + i, ~0U);
		mmio_write(gicc, GICC_APR + i, 0);
	}
	/* ITARGETSR0 reads as the bit of the CPU that reads it (4.3.12). */
	cpu_target[cpu] = mmio_read(gicd, GICD_ITARGETSR) & 0xff;
	if (cpu_target[cpu] == 0)
		cpu_target[cpu] = (u8)cpu_bit(cpu);
	for (u32 i = 0; i < 32; i += 4)
		mmio_write(gicd, GICD_IPRIORITYR + i, PRIORITY * 0x01010101U);
	mmio_write(gicd, GICD_ISENABLER, 0xffff); /* SGIs */
	mmio_write(gicc, GICC_PMR, 0xff);
	mmio_write(gicc, GICC_CTLR, 1);
}

static void gic_enable(u32 irq)
{
	if (irq >= 32) { /* shared: to CPU 0 */
		u32 reg = GICD_ITARGETSR + (irq & ~3U), shift = irq % 4 * 8;
		u32 v = mmio_read(gicd, reg) & ~(0xffU << shift);

		mmio_write(gicd, reg, v | (u32)cpu_target[0] << shift);
		reg = GICD_IPRIORITYR + (irq & ~3U);
		v = mmio_read(gicd, reg) & ~(0xffU << shift);
		mmio_write(gicd, reg, v | (u32)PRIORITY << shift);
	}
	mmio_write(gicd, GICD_ISENABLER + irq / 32 * 4, 1U << irq % 32);
}

static void gic_mask(u32 irq)
{
	mmio_write(gicd, GICD_ICENABLER + irq / 32 * 4, 1U << irq % 32);
}

static void gic_unmask(u32 irq)
{
	mmio_write(gicd, GICD_ISENABLER + irq / 32 * 4, 1U << irq % 32);
}

static void gic_handle(void)
{
	u32 iar = mmio_read(gicc, GICC_IAR), id = iar & IAR_ID_MASK;

	if (id >= ID_SPURIOUS)
		return;
	/* An IPI may be sent again as soon as it is taken: end it first,
	 * so that a second one is not lost while the first runs. */
	if (id < 16) {
		mmio_write(gicc, GICC_EOIR, iar);
		if (id < NR_IPIS)
			ipi_dispatch((enum ipi)id);
	} else {
		irq_dispatch(id);
		mmio_write(gicc, GICC_EOIR, iar);
	}
	/* The next one, if there is one, interrupts us again: rarer than the look at a
	 * device register is dear. */
}

static void gic_send_ipi(cpumask_t mask, enum ipi ipi)
{
	u32 targets = 0;

	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		if (mask & cpu_bit(cpu))
			targets |= cpu_target[cpu];
	dsb(ishst); /* GIC IHI 0048B 3.2 */
	mmio_write(gicd, GICD_SGIR, targets << 16 | (u32)ipi);
}

static int gic_translate(const struct fdt *f, fdt_node parent, const u32 *cells,
			 unsigned int n)
{
	/* <0 n flags>: SPI n; <1 n flags>: PPI n */
	if (n != 3 || cells[0] > 1 || cells[1] >= (cells[0] ? 16 : NR_IRQS - 32))
		return -EINVAL;
	return (int)(cells[0] ? 16 + cells[1] : 32 + cells[1]);
}

static const struct irq_chip gic = {
	.name = "GIC-400",
	.init_cpu = gic_init_cpu,
	.enable = gic_enable,
	.mask = gic_mask,
	.unmask = gic_unmask,
	.handle = gic_handle,
	.send_ipi = gic_send_ipi,
	.translate = gic_translate,
};

int gic400_init(const struct fdt *f)
{
	fdt_node node = fdt_compatible(f, -1, "arm,gic-400");
	int err = map_registers(f, node, 0, 0x1000, &gicd);
	u32 lines;

	if (!err)
		err = map_registers(f, node, 1, 0x2000, &gicc);
	if (err)
		return err;
	lines = (mmio_read(gicd, GICD_TYPER) & 31) * 32 + 32;
	for (u32 i = 32; i < lines && i < NR_IRQS; i += 32)
		forget_lines(i);
	mmio_write(gicd, GICD_CTLR, 1);
	irq_set_chip(&gic);
	log_info("irq: GIC-400, %u lines", lines);
	return 0;
}
