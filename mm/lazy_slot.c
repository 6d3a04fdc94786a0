/* SPDX-License-Identifier: MIT */
/* The part of lazy_slot.h that is not inline: the end of an mm, and its deadline. */
#include "core/clock.h"
#include "kernel/bug.h"
#include "mm/lazy.h"
#include "mm/race.h"

/*
 * Held while gifts are given and while one is looked for to be taken back; the CPUs
 * that take theirs do without. handover_give may have another mm in its hand which
 * it has displaced and is about to put back: the reaper would not find that one in
 * the slot, give it up, and it would be put into the slot of a CPU that has been made
 * to leave already, for as long as that CPU idles.
 */
static struct spinlock gift_lock = SPINLOCK_INIT(RANK_MM_LIST);

void slot_last_user(struct mm *mm)
{
	struct lazy_cpu *self = this_lazy_cpu();
	struct mm *left[NR_CPUS];
	cpumask_t hits = 0;
	int n = 0, nr_left = 0;

	ASSERT(irqs_disabled()); /* mm_check must not see half of it */
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		if (slot_has(&lazy_cpus[cpu].slot, mm)) {
			hits |= cpu_bit(cpu);
			n++;
		}
	if (n == 0 || BUG(no_handover))
		return;
	K_ADD(&mm->mm_count.v, n, relaxed); /* before anyone can drop one */
	LEDGER(mm, "hand over");
	self->lazy_grabs += (u64)n;
	self->count_atomics++;
	RACE(look_gift, mm);
	raw_spin_lock(&gift_lock);
	for (; hits; hits &= hits - 1) {
		struct lazy_cpu *lc = &lazy_cpus[__builtin_ctz(hits)];

		left[nr_left] = handover_give(&lc->slot, mm);
		if (left[nr_left])
			nr_left++;
	}
	raw_spin_unlock(&gift_lock);
	while (nr_left > 0) {
		self->lazy_drops++;
		self->count_atomics++;
		mm_count_put(left[--nr_left]);
	}
}

/* Where mm is still handed over, drop it; returns the CPUs that have it loaded. */
static cpumask_t revoke(struct mm *mm)
{
	irqflags_t flags = local_irq_save();
	cpumask_t loaded = 0;

	raw_spin_lock(&gift_lock);
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		struct lazy_slot *s = &lazy_cpus[cpu].slot;

		if (handover_revoke(s, mm)) {
			LEDGER(mm, "taken back");
			this_lazy_cpu()->lazy_drops++;
			this_lazy_cpu()->count_atomics++;
			mm_count_put(mm); /* not the last: we have it pinned */
		} else if (slot_has(s, mm)) {
			loaded |= cpu_bit(cpu);
		}
	}
	raw_spin_unlock(&gift_lock);
	local_irq_restore(flags);
	return loaded;
}

unsigned int slot_reap(u64 dead_before_ns)
{
	unsigned int n = 0;
	struct mm *mm;

	for (; (mm = mm_take_zombie(dead_before_ns)) != NULL; n++) {
		RACE(reap, mm);
		lazy_evict(revoke(mm), mm);
		revoke(mm); /* from who left by itself before it was handed over */
		mmdrop(mm);
	}
	return n;
}
