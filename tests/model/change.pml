/* SPDX-License-Identifier: MIT */
/*
 * A laboratory kernel changes its strategy: sched/lazy_lab.c. The CPU that asks for it
 * is played by `init`; it settles and stands like the others.
 */

inline change()
{
	/* smp_freeze_with: each CPU is called, */
	d_step { !freeze -> freeze = CONVERSION }
	/* settles by the old rule, and stands. */
	d_step {
		ALL_STAND ->
		/* set_strategy. A CPU may have been given something after it settled; one
		 * that is going off may not have taken what it was given. */
#if MAYBE(SLOT) && BUG != TAKE_OWN
		i = 0;
		do
		:: i < NC ->
			if
			:: rule == SLOT && handed[i] != NIL ->
				put_count(handed[i]);
				handed[i] = NIL
			:: else
			fi;
			i++
		:: else -> break
		od;
#endif
		/* The lodgers of init_mm: whom one rule counts and the others do not. */
		i = 0;
		do
		:: i < NC ->
#if BUG != NOT_SETTLED && BUG != MIXED
			assert(users[ttbr0[i]] > 0);
#if MAYBE(SLOT) && BUG != TAKE_OWN
			assert(handed[i] == NIL);
#endif
#endif
#if BUG != NOT_RECOUNTED
			if
			:: mm[curr[i]] == NIL && rule == REFCOUNT -> count[0]--
			:: mm[curr[i]] == NIL && TO == REFCOUNT -> count[0]++
			:: else
			fi;
#endif
			i++
		:: else -> break
		od;
		rule = TO;
		all_go_on()
	}
}
