/* SPDX-License-Identifier: MIT */
/*
 * Liveness: a dead mm is freed in the end, whatever the others do, for ever. pan
 * looks for a run, going round in a circle or ending, in which it is not.
 *
 * What is taken for granted: every CPU moves (weak fairness, `pan -f`), and a thread
 * that is in the kernel, or lazyd if there is a zombie, is not for ever passed over
 * by its scheduler. Nothing is taken for granted of programs: one may run for ever,
 * and a CPU that idles need not switch any more.
 *
 * Of REFCOUNT this is true only if each CPU lodges in something else again and again
 * (-DSWITCHES); the same without that must fail. NO_SWITCHES is that.
 */
#ifndef WATCHED
#define WATCHED		1
#endif

#define TURN(t)		(going[t] || pc[t] == RUN || pc[t] == DEAD)
#define LAZYDS_TURN	(going[LAZYD] || !HAS_WORK(LAZYD))
#define LEFT(c)		(ttbr0[c] != WATCHED || !ONLINE(c))
#define GONE		(users[WATCHED] == 0 && pc[WATCHED - 1] != RUN)

#ifdef SWITCHES
#define HELPED		([]<> LEFT(0)) && ([]<> LEFT(1))
#else
#define HELPED		([]<> LAZYDS_TURN)
#endif

/* [] (gone -> <> freed), in the form of which spin makes the smallest automaton. */
ltl freed_in_the_end {
	! <> (GONE && ([] !freed[WATCHED]) && ([]<> TURN(WATCHED - 1)) && HELPED)
}
