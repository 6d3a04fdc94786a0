/* SPDX-License-Identifier: MIT */
/*
 * Race points: the windows of the lazy scheme, by name. Each stands between two steps
 * of one CPU between which another CPU may do something to the same address space.
 *
 * While `mmtorture` runs, whoever comes to a point stays there for a random time. If
 * another CPU comes to a point with the same mm meanwhile, the two have met: that is
 * counted for both, so that it is known which races a run has really had. In a kernel
 * without CONFIG_SELFTEST nothing is left of it.
 */
#pragma once

#include "kconfig.h"
#include "kernel/compiler.h"
#include "kernel/types.h"

/* Name, strategies in which it is reached (bits 1 << enum lazy_strategy; 15: all),
 * where it is. */
#define RACE_POINTS(X)                                                                  \
	X(switch_slot, 15, "TTBR0 has left the mm, the slot still names it")             \
	X(switch_asid, 15, "the mm has its ASID, TTBR0 not yet")                         \
	X(become_lazy, 15, "lodges already, still called a real user")                   \
	X(become_real, 15, "is a real user, TTBR0 not there yet")                        \
	X(parked, 7, "a borrow that has ended is still to be dropped")                   \
	X(exec, 15, "exec: mm has changed, TTBR0 not yet")                               \
	X(last_user, 15, "mm_users is zero, its mappings are still there")               \
	X(look_gift, 4, "SLOT: CPUs are counted, nothing is handed over yet")            \
	X(reap, 4, "SLOT: a zombie is taken, its lodgers are still there")               \
	X(evict, 2, "SHOOTDOWN: lodgers are known, not interrupted yet")                 \
	X(evicted, 6, "an interrupt asks to leave, not yet left")                        \
	X(before_free, 15, "mm_count is zero, the mm can still be found")                \
	X(find, 15, "found by its number, no reference taken yet")                       \
	X(flush, 15, "an entry is cleared, its TLB entry is still there")                \
	X(offline, 7, "a CPU goes off, still lodging")

enum race_point {
#define RACE_ENUM(name, strategies, what) RACE_##name,
	RACE_POINTS(RACE_ENUM)
#undef RACE_ENUM
	NR_RACE_POINTS
};

struct mm;

struct race_info {
	const char *name, *what;
	u64 passed, met;
	enum race_point most; /* with which it met most often, if met */
};

extern u32 race_on; /* [a] the seed; 0: nobody waits anywhere */

void race_stop(enum race_point point, const struct mm *mm);

/* Any context. A moment later mm may be gone: it is compared, never read. */
static inline void race_at(enum race_point point, const struct mm *mm)
{
	if (CONFIG_SELFTEST && unlikely(READ_ONCE(race_on)))
		race_stop(point, mm);
}
#define RACE(point, mm) race_at(RACE_##point, mm)

/* From now on, or no more (0). The counts begin at zero. Thread context. */
void race_start(u32 seed);
/* Bits 1 << enum race_point: where nobody has met yet, of those that one of strategies
 * (bits, too) comes to. */
u32 race_unmet(u32 strategies);
void race_get_info(enum race_point point, struct race_info *out);
