/* SPDX-License-Identifier: MIT */
/* Loading an address space: the one place that writes TTBR0_EL1. */
#include "mm/lazy.h"
#include "arm64/barrier.h"
#include "arm64/tlb.h"
#include "core/early.h"

struct lazy_cpu lazy_cpus[NR_CPUS] = {
	[0 ... NR_CPUS - 1] = { .loaded = &init_mm },
};
struct lazy_totals lazy_totals;
bool (*lazy_leave_fn)(struct mm *mm);

void switch_mm(struct mm *next)
{
	struct lazy_cpu *lc = this_lazy_cpu();
	u64 asid = ASID_RESERVED;

	ASSERT(irqs_disabled());
	ASSERT(next == &init_mm || atomic_read(&next->mm_users) > 0); /* inv. 26 */
	if (likely(next != &init_mm))
		asid = asid_switch_to(next);
	write_sysreg(next->pgd | asid << TTBR_ASID_SHIFT, ttbr0_el1);
	isb();
	/* Not before the ISB: until then walks may still use the old table. */
	smp_store_release(&lc->loaded, next);
	lc->ttbr0_writes++;
}

void switch_mm_other(struct mm *next)
{
	switch_mm(next);
	this_lazy_cpu()->ttbr0_writes_other++;
}

void leave_boot_map(void)
{
	irqflags_t flags = local_irq_save();

	switch_mm_other(&init_mm);
	tlbi_vmalle1(); /* it was cached under init_mm's ASID */
	dsb(nsh);
	isb();
	local_irq_restore(flags);
}
