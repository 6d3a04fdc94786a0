/* SPDX-License-Identifier: MIT */
/* Nothing can move any more: is all as it should be? */

#if NC == 2
#define LOADED_BY(m)	((ttbr0[0] == m) + (ttbr0[1] == m))
#else
#define LOADED_BY(m)	((ttbr0[0] == m) + (ttbr0[1] == m) + (ttbr0[2] == m))
#endif

inline judge()
{
#if TO == REFCOUNT
	/* Nobody has been asked to leave: the zombies are those in which an idle CPU
	 * lodges, and their counts are those CPUs. */
	atomic {
		timeout ->
		i = 1;
		do
		:: i <= NM ->
			assert(count[i] == LOADED_BY(i));
			assert(freed[i] == (count[i] == 0));
			i++
		:: else -> break
		od;
		settling = 1
	}
#endif
	atomic {
		timeout ->
		i = 0;
		do
		:: i < NU + NK -> assert(pc[i] == DEAD); i++
		:: else -> break
		od;
		assert(pc[LAZYD] == RUN && !list_lock && !LISTED);
		i = 0;
		do
		:: i < NC ->
			assert(curr[i] == IDLE(i) && mm[curr[i]] == NIL);
			assert(ttbr0[i] == active_mm[curr[i]]);
#if FOLLOWS_TTBR0
			assert(!(CALLED(i) && ONLINE(i)));
			assert(handed[i] == NIL && loaded[i] == ttbr0[i]);
#endif
			assert(ONLINE(i) || ttbr0[i] == 0);
			i++
		:: else -> break
		od;
		i = 1;
		do
		:: i <= NM -> assert(freed[i]); i++
		:: else -> break
		od;
		/* init_mm has lost nothing and gained nothing. */
		assert(!freed[0] && users[0] == 1);
		assert(count[0] == 1 + (TO == REFCOUNT -> NC : 0))
	}
}
