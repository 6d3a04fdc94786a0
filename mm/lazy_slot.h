/* SPDX-License-Identifier: MIT */
/*
 * CONFIG_MMU_LAZY_TLB_SLOT: a dead mm is handed to the CPUs that have it loaded.
 *
 * Nothing at all on the way in and out of a lodging: the slot follows TTBR0, not
 * laziness. When the last real user has gone it reads every CPU's slot, adds one
 * mm_count for each that names the mm, and hands that one to the CPU, which drops
 * it when it has loaded something else. No interrupt, unless the CPU keeps the mm
 * for longer than CONFIG_LAZY_ZOMBIE_MS or memory runs out: then it is made to
 * leave (slot_reap).
 *
 * Why no CPU is missed: as with SHOOTDOWN (lazy_shootdown.h). A CPU's store to its
 * slot came before the real user that it ran left it, so before that user's mmput,
 * so before the look. Why a late hit is no harm: it only keeps the mm for longer,
 * and only one dead mm at a time is handed to a CPU; a gift that finds an earlier
 * one there takes that one back (handover_give).
 *
 * Why no barrier is added to the switch: the look and the gift need not be seen by a
 * CPU that leaves at that very moment. It then keeps a reference to what it has
 * left; the next switch, the next gift or the deadline ends that.
 */
#pragma once

/* mm_users is zero: count and hand over. IRQs off. */
void slot_last_user(struct mm *mm);

/* Make every CPU leave the mms that died before that time, and take back what was
 * handed over too late. Thread context, IRQs on, no locks. Returns how many mms
 * that were. */
unsigned int slot_reap(u64 dead_before_ns);

/* Drop what this CPU was handed, if it is not loaded any more. IRQs off, behind
 * switch_mm. */
static inline void slot_release(void)
{
	struct mm *mm = handover_take(&this_lazy_cpu()->slot);

	if (unlikely(mm)) {
		LEDGER_HERE(mm, "handed, drop");
		this_lazy_cpu()->lazy_drops++;
		this_lazy_cpu()->count_atomics++;
		mm_count_put(mm);
	}
}
