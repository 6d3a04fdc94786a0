/* SPDX-License-Identifier: MIT */
/*
 * CONFIG_MMU_LAZY_TLB_SHOOTDOWN: a borrower holds nothing; whoever frees an mm
 * first evicts the CPUs that still have it loaded.
 *
 * Nothing at all on the way in and out of a lodging. At the end of an mm (mm_count
 * zero, so no real user and no pin is left) its freer reads every CPU's `loaded`
 * and sends an interrupt to those that name the mm; each moves to init_mm.
 *
 * Why no CPU is missed: a CPU loaded the mm while it ran a real user of it, which
 * held mm_users. Its store to `loaded` came before that user left the CPU (the run
 * queue's lock), that before the user's mmput, and that before the drop to zero
 * that the freer's acquire sees; so the freer reads that store or a later one. A
 * later one is made only after TTBR0 has left the mm, and nobody loads the mm again,
 * because only real users do. Why a hit is no harm: the target looks at what it
 * really runs, with IRQs off, and may find nothing to do.
 */
#pragma once

/* In the context of lazy_evict. */
void shootdown_before_free(struct mm *mm);
