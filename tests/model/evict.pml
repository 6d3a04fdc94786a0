/* SPDX-License-Identifier: MIT */
/* Making CPUs leave: sched/lazy.c, shootdown_before_free, lazy_evict, smp_call. */

/* lodge_in_init_mm on this CPU if it lodges and cond is true; interrupts off */
inline lodge_if(cond)
{
	if
	:: d_step {
		mm[T] == NIL && active_mm[T] != 0 && (cond) ->
		parked = active_mm[T];
		if
		:: IS(REFCOUNT) -> get_count(0)
		:: else
		fi;
		active_mm[T] = 0
#if BUG == SLOT_FIRST
		;
		loaded[c] = 0
	   };
	   d_step {
#else
		;
#endif
		write_ttbr0(0)
	   }
	   store_slot();
	   drop_lazy(parked);
	   parked = NIL
	:: d_step { !(mm[T] == NIL && active_mm[T] != 0 && (cond)) -> skip }
	fi
}

/* lazy_settle_cpu */
inline settle()
{
	lodge_if(true);
	drop_stale()
}

#ifdef FREEZES
inline all_go_on()
{
	stands[0] = 0;
	stands[1] = 0;
#if NC > 2
	stands[2] = 0;
#endif
	freeze = 0
}

/* freeze_call on a CPU that does not lead: with a conversion it settles, then it
 * stands still. */
inline stand()
{
	freeze && !stands[c] && ONLINE(c) && !LEADS;
#ifdef CHANGE
#if BUG != NOT_SETTLED
	if
	:: freeze == CONVERSION -> settle()
	:: freeze != CONVERSION
	fi;
#endif
#endif
	stands[c] = 1;
#if BUG != MIXED
	!stands[c]
#endif
}
#endif

#if FOLLOWS_TTBR0

/* Which CPUs have m loaded? */
#if NC == 2
#define HAVE_LOADED(m)	((loaded[0] == m) | ((loaded[1] == m) << 1))
#else
#define HAVE_LOADED(m)	((loaded[0] == m) | ((loaded[1] == m) << 1) | ((loaded[2] == m) << 2))
#endif

inline scan(hits, m)
{
#ifdef FINE
	hits = (loaded[0] == m);
	hits = hits | ((loaded[1] == m) << 1)
#if NC > 2
	;
	hits = hits | ((loaded[2] == m) << 2)
#endif
#else
	hits = HAVE_LOADED(m)
#endif
}

#if NC == 2
#define CALLED(c)	(call[(c) * NC] || call[(c) * NC + 1])
#define ANSWERED(c)	!(call[c] || call[NC + c])
#else
#define CALLED(c)	(call[(c) * NC] || call[(c) * NC + 1] || call[(c) * NC + 2])
#define ANSWERED(c)	!(call[c] || call[NC + c] || call[2 * NC + c])
#endif

/* smp_handle_calls, one of them, x: leave_borrowed */
inline handle_call()
{
	d_step {
		CALLED(c) ->
		src = 0;
		do
		:: call[c * NC + src] -> break
		:: else -> src++
		od;
		x = call[c * NC + src] - 1
	}
	lodge_if(active_mm[T] == x);
	d_step { call[c * NC + src] = 0; src = 0; x = 0 }
}

/* lazy_evict(targets[T], m): not preempted, interrupts on */
inline evict(m)
{
#if OFFS > 0
	/* smp_call: who is online is one step, to call them another, interrupts off. */
	targets[T] = targets[T] & (online | (1 << c));
#if BUG == OFF_BETWEEN
	if
	:: stand()
	:: skip
	fi;
#endif
#endif
	d_step {
		k = 0;
		do
		:: k < NC ->
			if
			:: k != c && (targets[T] & (1 << k)) -> call[k * NC + c] = m + 1
			:: else
			fi;
			k++
		:: else -> break
		od;
		k = 0
	}
	do
	:: ANSWERED(c) -> break
#if BUG != IRQS_OFF
	:: handle_call()
#endif
#ifdef FREEZES
	:: stand()
#endif
	od;
	if
	:: targets[T] & (1 << c) -> lodge_if(active_mm[T] == m)
	:: else
	fi;
	targets[T] = 0
}
#else
#define CALLED(c)	false
#endif
