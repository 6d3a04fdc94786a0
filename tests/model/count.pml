/* SPDX-License-Identifier: MIT */
/* mm_count, TTBR0, and what the strategies do with them: lazy.h. */

/* ---- mm_count; each inside of one step ---- */

inline get_count(m)
{
	assert(!freed[m] && count[m] > 0);
	count[m]++
}

/* True, in count[m] == 0, for the last. */
inline drop_count(m)
{
	assert(!freed[m] && count[m] > 0);
	count[m]--
}

/* mm_free: the root is in no TTBR0. */
inline free_root(m)
{
	assert(m != 0 && !freed[m] && users[m] == 0);
	assert(ttbr0[0] != m && ttbr0[1] != m);
#if NC > 2
	assert(ttbr0[2] != m);
#endif
	freed[m] = 1;
	listed[m] = 0
}

/* mm_count_put where the last frees at once: with interrupts off, not SHOOTDOWN. That
 * nothing comes between the drop and the free is the strictest order: whoever still
 * has the mm loaded can only leave it. */
inline put_count(m)
{
	drop_count(m);
	if
	:: count[m] == 0 -> free_root(m)
	:: else
	fi
}

/* A thread has come to the end of what it did to an mm. */
inline done(t)
{
	work[t] = 0;
	pc[t] = (t == LAZYD -> RUN : DEAD)
}

/* ---- TTBR0 and the slot ---- */

/* switch_mm: the register, then (slot_store) the slot; two steps */
inline write_ttbr0(n)
{
	assert(n == 0 || users[n] > 0);
	assert(!freed[n]);
	ttbr0[c] = n
}

inline switch_mm(n)
{
#if FOLLOWS_TTBR0
#if BUG == SLOT_FIRST
	loaded[c] = n;
	d_step { write_ttbr0(n) }
#else
	d_step { write_ttbr0(n) };
	loaded[c] = n
#endif
#else
	d_step { write_ttbr0(n) }
#endif
}

/* The slot's part of it, where the register's was a part of another step. */
inline store_slot()
{
#if FOLLOWS_TTBR0
	if
	:: d_step { loaded[c] != ttbr0[c] -> loaded[c] = ttbr0[c] }
	:: loaded[c] == ttbr0[c]
	fi
#else
	skip
#endif
}

/* ---- a lodging begins, ends ---- */

/* slot_release: handover_take, then the drop. A look that finds nothing and an
 * exchange that finds nothing are the same to everybody. */
inline release_handed()
{
#if BUG == TAKE_STORE
	left = handed[c];
	handed[c] = NIL;
#else
	d_step { left = handed[c]; handed[c] = NIL };
#endif
	if
	:: d_step { left != NIL -> put_count(left); left = NIL }
	:: left == NIL
	fi
}

/* mmdrop_lazy_tlb(m) */
inline drop_lazy(m)
{
#ifdef CHANGE
	if
	:: d_step { rule == REFCOUNT -> put_count(m) }
#if MAYBE(SLOT)
	:: rule == SLOT -> release_handed()
#endif
	:: d_step { rule == SHOOTDOWN || rule == EAGER -> skip }
	fi
#elif STRATEGY == REFCOUNT
	d_step { put_count(m) }
#elif STRATEGY == SLOT
	release_handed()
#else
	skip
#endif
}

/* mmdrop_stale() */
inline drop_stale()
{
#ifdef CHANGE
#if MAYBE(SLOT)
	if
	:: rule == SLOT -> release_handed()
	:: rule != SLOT
	fi
#else
	skip
#endif
#elif STRATEGY == SLOT
	release_handed()
#else
	skip
#endif
}

/* enter_lazy_tlb(m): in to, what is lodged in. Inside of one step; EAGER has the
 * slot's store to come. */
inline enter_lazy(to, m)
{
	if
	:: IS(EAGER) ->
		to = 0;
		ttbr0[c] = 0
	:: else ->
		if
		:: IS(REFCOUNT) && BUG != NO_GRAB -> get_count(m)
		:: else
		fi;
		to = m
	fi
}
