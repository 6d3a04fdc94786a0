/* SPDX-License-Identifier: MIT */
/*
 * FP/SIMD registers of user threads. The kernel itself is compiled without them.
 *
 * A thread that has not used them since it was switched in finds them disabled
 * (CPACR_EL1.FPEN, for EL0 only); its first use traps and loads its own state. When it is
 * switched out, what it used is saved at once, so its state is in memory whenever
 * it does not run and it can go on anywhere. If nobody else used the registers on
 * that CPU meanwhile, they still hold its state and are not loaded again: user ->
 * kernel -> same user costs no restore.
 *
 * No leak: a thread reaches the registers only after its own state, which begins
 * as zeros, has been loaded. CPACR_EL1 needs no ISB: the ERET to EL0 is one.
 */
#include "arm64/sysreg.h"
#include "lib/string.h"
#include "sched/rq.h"

void fp_save(struct fpstate *s);
void fp_restore(const struct fpstate *s);

/* Whose state this CPU's registers hold: [own CPU, IRQs off]. */
static struct task *fp_owner[NR_CPUS];

void fp_switch_out(struct task *prev)
{
	fp_save(prev->fp);
	prev->ti.fp_used = false;
	write_sysreg(CPACR_FPEN_EL1, cpacr_el1);
}

void fp_forget_cpu(void)
{
	fp_owner[cpu_id()] = NULL;
}

void fp_reset(void)
{
	irqflags_t flags = local_irq_save();
	struct task *t = current;

	memset(t->fp, 0, sizeof(*t->fp));
	t->ti.fp_used = false;
	t->fp_cpu = FP_NO_CPU; /* what the registers hold is not its state */
	write_sysreg(CPACR_FPEN_EL1, cpacr_el1);
	local_irq_restore(flags);
}

void fp_trap(void)
{
	irqflags_t flags = local_irq_save();
	struct task *t = current;
	u32 cpu = cpu_id();

	write_sysreg(CPACR_FPEN_ALL, cpacr_el1);
	if (fp_owner[cpu] != t || t->fp_cpu != cpu) {
		fp_restore(t->fp);
		fp_owner[cpu] = t;
		t->fp_cpu = (u8)cpu;
	}
	t->ti.fp_used = true;
	local_irq_restore(flags);
}
