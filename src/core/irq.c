/* SPDX-License-Identifier: MIT */
/*
 * Interrupt lines: who handles what, and how often it happened. The table is
 * written under irq_lock; irq_dispatch reads it without. An entry is whole before its
 * handler is in it; who takes the handler out waits until no CPU is in an interrupt that
 * has seen it, and only then may the next have the line (irq_release).
 */
#include "core/irq.h"
#include "arm64/barrier.h"
#include "core/log.h"
#include "core/smp.h"
#include "core/spinlock.h"
#include "kernel/errno.h"

struct irq_desc {
	const char *name;
	irq_handler_t *fn;
	void *arg;
	u64 count[NR_CPUS];
};

static struct irq_desc irqs[NR_IRQS];
static const struct irq_chip *chip;
static void (*work_handler)(void);
static struct spinlock irq_lock = SPINLOCK_INIT(RANK_IRQ);

u64 ipi_count[NR_CPUS][NR_IPIS];
u64 irq_spurious;
const char *const ipi_names[NR_IPIS] = { "resched", "call", "work", "stop" };

void irq_set_chip(const struct irq_chip *c)
{
	chip = c;
}

const struct irq_chip *irq_get_chip(void)
{
	return chip;
}

int irq_request(u32 irq, const char *name, irq_handler_t *fn, void *arg)
{
	irqflags_t flags;

	if (irq >= NR_IRQS || !chip)
		return -EINVAL;
	flags = spin_lock_irqsave(&irq_lock);
	if (irqs[irq].fn) {
		spin_unlock_irqrestore(&irq_lock, flags);
		return -EBUSY;
	}
	irqs[irq].name = name;
	irqs[irq].arg = arg;
	smp_store_release(&irqs[irq].fn, fn); /* [IRQ-1] */
	dsb(ishst);			      /* [IRQ-1] before there are interrupts */
	chip->enable(irq);
	spin_unlock_irqrestore(&irq_lock, flags);
	return 0;
}

void irq_line_off(u32 irq)
{
	chip->mask(irq);
}

void irq_line_on(u32 irq)
{
	chip->unmask(irq);
}

static void passed(void *arg)
{
}

/* Of a line between two owners. */
static void nobodys(void *arg)
{
	irq_spurious++;
}

void irq_release(u32 irq)
{
	irqflags_t flags = spin_lock_irqsave(&irq_lock);

	chip->mask(irq);
	WRITE_ONCE(irqs[irq].fn, nobodys);
	spin_unlock_irqrestore(&irq_lock, flags);
	smp_call(CPU_MASK_ALL, passed, NULL); /* a handler runs with IRQs off */
	WRITE_ONCE(irqs[irq].fn, NULL);	      /* [IRQ-1] free */
}

void irq_enable_line(u32 irq)
{
	chip->enable(irq);
}

int irq_of_node(const struct fdt *f, fdt_node node, unsigned int index)
{
	u32 parent_phandle = 0, cells = 0, spec[4];
	fdt_node n = node, parent;

	if (!chip)
		return -EINVAL;
	while (n >= 0 &&
	       fdt_get_u32(f, n, "interrupt-parent", 0, &parent_phandle) != 0)
		n = n == fdt_root(f) ? -ENOENT : fdt_parent(f, n);
	parent = n < 0 ? n : fdt_by_phandle(f, parent_phandle);
	if (parent < 0 ||
	    fdt_get_u32(f, parent, "#interrupt-cells", 0, &cells) ||
	    cells == 0 || cells > ARRAY_SIZE(spec))
		return -EINVAL;
	for (u32 i = 0; i < cells; i++)
		if (fdt_get_u32(f, node, "interrupts", index * cells + i, &spec[i]))
			return -ENOENT;
	return chip->translate(f, parent, spec, cells);
}

void irq_init_cpu(void)
{
	if (chip)
		chip->init_cpu();
}

void irq_dispatch(u32 irq)
{
	struct irq_desc *d = irq < NR_IRQS ? &irqs[irq] : NULL;

	irq_handler_t *fn = d ? smp_load_acquire(&d->fn) : NULL; /* [IRQ-1] */

	if (!fn) {
		irq_spurious++;
		return;
	}
	d->count[cpu_id()]++;
	fn(d->arg);
}

void ipi_dispatch(enum ipi ipi)
{
	ipi_count[cpu_id()][ipi]++;
	switch (ipi) {
	case IPI_RESCHED: /* the sender set need_resched: the exit path looks */
		break;
	case IPI_CALL:
		smp_handle_calls();
		break;
	case IPI_WORK:
		if (work_handler)
			work_handler();
		break;
	case IPI_STOP:
		smp_handle_stop();
	default:
		break;
	}
}

void irq_work_set_handler(void (*fn)(void))
{
	WRITE_ONCE(work_handler, fn);
}

void irq_work_raise(void)
{
	irqflags_t flags = local_irq_save();

	if (chip && work_handler)
		chip->send_ipi(cpu_bit(cpu_id()), IPI_WORK);
	local_irq_restore(flags);
}

void irq_entry(void)
{
	chip->handle();
}

bool irq_get_info(u32 irq, struct irq_info *out)
{
	const struct irq_desc *d = irq < NR_IRQS ? &irqs[irq] : NULL;

	if (!d || !d->fn)
		return false;
	out->irq = irq;
	out->name = d->name;
	for (u32 i = 0; i < NR_CPUS; i++)
		out->count[i] = d->count[i];
	return true;
}
