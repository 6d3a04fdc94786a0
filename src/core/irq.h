/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: one controller per machine (a driver fills struct irq_chip), one
 * handler per line. Handlers run with interrupts off, on the stack of whatever
 * was interrupted, and must not sleep.
 */
#pragma once

#include "core/cpu.h"
#include "lib/fdt.h"

#define NR_IRQS 256

/* Inter-processor interrupts. */
enum ipi {
	IPI_RESCHED, /* look at the run queue */
	IPI_CALL,    /* run what smp_call left */
	IPI_WORK,    /* irq_work: to oneself, for what a held lock forbids now */
	IPI_STOP,    /* panic: stand still */
	NR_IPIS,
};

struct irq_chip {
	const char *name;
	void (*init_cpu)(void);		/* on each CPU, interrupts off */
	void (*enable)(u32 irq);	/* on the boot CPU's behalf if shared */
	/* A shared line that was enabled: off, and on again. Any context, any CPU. */
	void (*mask)(u32 irq);
	void (*unmask)(u32 irq);
	/* Take what is pending, ipi_dispatch for each before irq_dispatch for any: a handler
	 * may leave something to the end of the interrupt, by when an IPI may have told
	 * irq_release that it is over. What comes meanwhile interrupts again. */
	void (*handle)(void);
	/* What was stored before is visible when it arrives. */
	void (*send_ipi)(cpumask_t mask, enum ipi ipi);
	/* Interrupt specifier below the controller node `parent` to a line
	 * number, or -EINVAL. */
	int (*translate)(const struct fdt *f, fdt_node parent, const u32 *cells,
			 unsigned int n);
};

typedef void irq_handler_t(void *arg);

void irq_set_chip(const struct irq_chip *chip);
const struct irq_chip *irq_get_chip(void);
/* Install and enable. Returns 0, -EINVAL, -EBUSY. */
int irq_request(u32 irq, const char *name, irq_handler_t *fn, void *arg);
/* Lines below it are each CPU's own. The three are for those above. */
#define IRQ_FIRST_SHARED 32
void irq_line_off(u32 irq); /* any context */
void irq_line_on(u32 irq);
/* Take the handler out: it runs no more when this returns. Thread context, IRQs on. */
void irq_release(u32 irq);
/* Line number of interrupt `index` of a node, through interrupts and
 * interrupt-parent; or -ENOENT, -EINVAL. */
int irq_of_node(const struct fdt *f, fdt_node node, unsigned int index);
void irq_init_cpu(void);
void irq_enable_line(u32 irq);

/* From the chip's handle(). */
void irq_dispatch(u32 irq);
void ipi_dispatch(enum ipi ipi);
/* Have fn called in interrupt context on this CPU, soon after interrupts are on
 * again. Any context, any locks held. One fn for the whole kernel. */
void irq_work_set_handler(void (*fn)(void));
void irq_work_raise(void);
/* From entry.S. */
void irq_entry(void);

/* For the shell: line names and counts. Returns false past the end. */
struct irq_info {
	u32 irq;
	const char *name;
	u64 count[NR_CPUS];
};
bool irq_get_info(u32 irq, struct irq_info *out); /* false: no handler */
extern u64 ipi_count[NR_CPUS][NR_IPIS];	/* received */
extern const char *const ipi_names[NR_IPIS];
extern u64 irq_spurious;
