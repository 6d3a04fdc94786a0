/* SPDX-License-Identifier: MIT */
/* Loading an address space: the one place that writes TTBR0_EL1. */
#include "kernel/bug.h"
#include "mm/lazy.h"
#include "arm64/barrier.h"
#include "arm64/tlb.h"
#include "core/clock.h"
#include "core/early.h"
#include "core/smp.h"
#include "mm/race.h"

struct lazy_cpu lazy_cpus[NR_CPUS] = {
	[0 ... NR_CPUS - 1] = { .slot.loaded = &init_mm },
};
struct lazy_totals lazy_totals;
bool (*lazy_leave_fn)(struct mm *mm);
void (*lazyd_at_fn)(u64 when_ns);

const char *const lazy_strategy_names[NR_LAZY_STRATEGIES] = {
	[LAZY_REFCOUNT] = "refcount",
	[LAZY_SHOOTDOWN] = "shootdown",
	[LAZY_SLOT] = "slot",
	[LAZY_EAGER] = "eager",
};
enum lazy_strategy lazy_strategy_now = LAZY_STRATEGY_BUILT;
u64 lazy_zombie_ns = CONFIG_LAZY_ZOMBIE_MS * NSEC_PER_MSEC;

void switch_mm(struct mm *next)
{
	struct lazy_cpu *lc = this_lazy_cpu();
	u64 asid = ASID_RESERVED;

	ASSERT(irqs_disabled());
	ASSERT(next == &init_mm || atomic_read(&next->mm_users) > 0); /* inv. 26 */
	if (likely(next != &init_mm))
		asid = asid_switch_to(next);
	RACE(switch_asid, next);
	if (BUG(slot_before_ttbr0))
		slot_store(&lc->slot, next);
	write_sysreg(next->pgd | asid << TTBR_ASID_SHIFT, ttbr0_el1);
	if (CONFIG_DEBUG_LAZY_EPD0)
		write_sysreg(read_sysreg(tcr_el1) & ~TCR_EPD0, tcr_el1);
	isb();
	RACE(switch_slot, READ_ONCE(lc->slot.loaded));
	/* Not before the ISB: until then walks may still use the old table. */
	slot_store(&lc->slot, next);
	lc->ttbr0_writes++;
	if (CONFIG_MMU_LAZY_TLB_LAB)
		lc->barriers++;
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

bool lazy_reclaim(void)
{
	return lazy_strategy() == LAZY_SLOT && preemptible() && slot_reap(~0ULL) > 0;
}

static void leave(void *arg)
{
	if (lazy_leave_fn(arg))
		this_lazy_cpu()->ipi_useful++;
}

void lazy_evict(cpumask_t mask, struct mm *mm)
{
	unsigned int sent = 0;
	irqflags_t flags;

	ASSERT(preemptible()); /* invariant 23 */
	if (!mask)
		return;
	preempt_disable();
	if (mask & ~cpu_bit(cpu_id()))
		sent = smp_call(mask & ~cpu_bit(cpu_id()), leave, mm);
	flags = local_irq_save();
	if (mask & cpu_bit(cpu_id())) /* no interrupt needed for ourselves */
		lazy_leave_fn(mm);
	this_lazy_cpu()->ipi_sent += sent;
	local_irq_restore(flags);
	preempt_enable();
}
