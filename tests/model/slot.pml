/* SPDX-License-Identifier: MIT */
/* SLOT: handing over a dead mm, and taking it back: mm/lazy_slot.c. */

inline exchange(k)
{
	d_step { x = handed[k]; handed[k] = left; left = x; x = 0 }
}

/* handover_give(&lazy_cpus[k].slot, m), and the drop of what it returns */
inline give(k, m)
{
	left = m;
#if BUG == GIVE_STORE
	if
	:: loaded[k] == left -> handed[k] = left
	:: loaded[k] != left -> d_step { put_count(left) }
	fi;
	left = NIL
#elif BUG == GIVE_BLIND
	exchange(k);
	d_step {
		if
		:: left != NIL -> put_count(left); left = NIL
		:: else
		fi
	}
#else
	do
	:: atomic { left != NIL && loaded[k] != left -> put_count(left); left = NIL }
	:: left != NIL && loaded[k] == left -> exchange(k)
	:: left == NIL -> break
	od
#endif
}

#define BITS(mask)	(((mask) & 1) + (((mask) >> 1) & 1) + ((mask) >> 2))

/* slot_last_user(m) */
inline last_user(m)
{
#if BUG == SCAN_EARLY
	d_step { hits = targets[T]; targets[T] = 0 };
#else
	scan(hits, m);
#endif
#if BUG == GIVE_UNLOCKED
	d_step { assert(!freed[m]);
#else
	d_step { !list_lock -> list_lock = 1; assert(!freed[m]);
#endif
#if BUG != ADD_LATE
		count[m] = count[m] + BITS(hits)
#endif
	};
	k = 0;
	do
	:: k < NC && (hits & (1 << k)) ->
		give(k, m);
		k++
	:: k < NC && !(hits & (1 << k)) -> k++
	:: k == NC -> break
	od;
	atomic {
#if BUG == ADD_LATE
		count[m] = count[m] + BITS(hits);
#endif
		list_lock = 0;
		k = 0;
		hits = 0
	}
}

/* revoke(m): handover_revoke at each CPU; those that have m loaded are targets[T] */
inline note_if_loaded(k, m)
{
	d_step {
		if
		:: !got && loaded[k] == m -> targets[T] = targets[T] | (1 << k)
		:: else
		fi;
		got = 0;
		k++
	}
}

inline revoke(m)
{
#if BUG != GIVE_UNLOCKED
	d_step { !list_lock -> list_lock = 1 };
#endif
	k = 0;
	do
	:: k < NC && handed[k] != m -> note_if_loaded(k, m)
	:: k < NC && handed[k] == m ->
		if
#if BUG == REVOKE_BLIND
		:: skip
#else
		:: loaded[k] == m
		:: loaded[k] != m ->
#endif
#if BUG == REVOKE_STORE
			d_step { handed[k] = NIL; put_count(m); got = 1 }
#else
			d_step {
				if
				:: handed[k] == m -> handed[k] = NIL; put_count(m); got = 1
				:: else
				fi
			}
#endif
		fi;
		note_if_loaded(k, m)
	:: k == NC -> break
	od;
	atomic { k = 0; list_lock = 0 }
}
