/* SPDX-License-Identifier: MIT */
/*
 * The protocol of the lazy TLB: the steps by which CPUs and whoever frees an address
 * space agree on when its root table may go. Freestanding, so that the kernel and
 * a checker of memory models (tests/relacy) compile the same lines.
 *
 * Who includes this has defined struct mm and
 *
 *	K_ATOMIC(type)			a variable for the following
 *	K_LOAD(p, order)
 *	K_STORE(p, value, order)
 *	K_XCHG(p, value, order)		returns what was there
 *	K_ADD(p, n, order)		the same
 *	K_CAS(p, old, new, order)	true if it was old; relaxed otherwise
 *
 * with the orders relaxed, acquire, release, acq_rel.
 *
 * Two kinds of steps:
 *
 * References. mm_users and mm_count: taken by who holds one, dropped with release,
 * and the last one acquires, so that the freer sees what all others did.
 *
 * Slots. Each CPU has one. `loaded` names the mm that TTBR0 may hold: the CPU alone
 * stores it, after TTBR0 and ISB, so it leaves an mm only after the register has.
 * `handed` is a dead mm, one mm_count of which is the CPU's to drop: put there by
 * the mm's last user who found it loaded here, taken by the CPU when it has loaded
 * something else.
 */
#pragma once

/* ---- references ---- */

static inline void ref_get(K_ATOMIC(int) *count)
{
	K_ADD(count, 1, relaxed);
}

/* True for whoever drops the last. */
static inline bool ref_put(K_ATOMIC(int) *count)
{
	return K_ADD(count, -1, acq_rel) == 1;
}

/* ---- slots ---- */

struct lazy_slot {
	K_ATOMIC(struct mm *) loaded;
	K_ATOMIC(struct mm *) handed;
};

/* [own CPU] TTBR0 holds mm and nothing else any more. */
static inline void slot_store(struct lazy_slot *s, struct mm *mm)
{
	K_STORE(&s->loaded, mm, release);
}

/*
 * Does the CPU have mm loaded? For a dead mm "no" is final: the acquire sees the
 * CPU's release behind TTBR0, and only real users load an mm. "Yes" may be late.
 */
static inline bool slot_has(struct lazy_slot *s, const struct mm *mm)
{
	return K_LOAD(&s->loaded, acquire) == mm;
}

/* ---- the hand-over of a dead mm ---- */

/*
 * Give the CPU one mm_count of a dead mm that was seen in its slot. Returns an mm
 * one mm_count of which the caller has to drop instead, or NULL.
 *
 * `handed` may hold an earlier one: the CPU went on between the look at its slot
 * and the gift, and came here before it switched once more. Only one of the two
 * can be loaded; the other is the caller's. At most three turns: a dead mm that
 * is not in the slot does not come back to it.
 */
static inline struct mm *handover_give(struct lazy_slot *s, struct mm *mm)
{
	while (mm && slot_has(s, mm))
		mm = K_XCHG(&s->handed, mm, acq_rel);
	return mm;
}

/*
 * [own CPU, behind slot_store of another] What was handed over and is to be dropped
 * here, or NULL. No barrier between the two: a gift that is missed now waits for the
 * next switch, for another gift, or for its deadline.
 */
static inline struct mm *handover_take(struct lazy_slot *s)
{
	if (!K_LOAD(&s->handed, relaxed))
		return (struct mm *)0;
	return K_XCHG(&s->handed, (struct mm *)0, acq_rel);
}

/*
 * Take a gift back from a CPU that does not have mm loaded (any more). True: one
 * mm_count is the caller's to drop. False: it has it loaded, or has taken it.
 */
static inline bool handover_revoke(struct lazy_slot *s, struct mm *mm)
{
	return K_LOAD(&s->handed, relaxed) == mm && !slot_has(s, mm) &&
	       K_CAS(&s->handed, mm, (struct mm *)0, acq_rel);
}
