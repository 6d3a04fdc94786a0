/* SPDX-License-Identifier: MIT */
/* The switch from a thread to another: sched/switch.c. */

/* Is there something to do for t? */
#define HAS_WORK(t)	(pc[t] != DEAD && ((t) != LAZYD || pc[t] != RUN || LISTED))
/* Nobody idles while a thread in the kernel could go on. */
#define MAY_IDLE	((pc[T] == RUN && (T != LAZYD || !LISTED)) || pc[T] == DEAD || \
			 pc[T] == USING)

/* An interrupt comes before a switch, in time that is long enough. */
#ifndef LIVE
#define QUIET		true
#elif defined(FREEZES)
#define QUIET		!(CALLED(c) || (freeze && !stands[c] && ONLINE(c)))
#else
#define QUIET		!CALLED(c)
#endif
#if OFFS > 0
#define MAY_RUN(t)	(!on_cpu[t] && HAS_WORK(t) && QUIET && !closed)
#define MUST_IDLE	closed
#else
#define MAY_RUN(t)	(!on_cpu[t] && HAS_WORK(t) && QUIET)
#define MUST_IDLE	false
#endif

/* context_switch to n, its first step: up to TTBR0, or for a kernel thread up to
 * active_mm */
inline switch_to(n)
{
	next = n;
	prev = T;
	if
	:: next < NT -> on_cpu[next] = 1
	:: else
	fi;
	assert(active_mm[prev] == ttbr0[c]);
	assert(mm[prev] == NIL || mm[prev] == active_mm[prev]);
	assert(mm[next] != NIL || active_mm[next] == NIL);
	if
	:: mm[next] == NIL && mm[prev] != NIL ->	/* user -> kernel */
		enter_lazy(active_mm[next], mm[prev])
	:: mm[next] == NIL && mm[prev] == NIL ->	/* kernel -> kernel */
		active_mm[next] = active_mm[prev];
		active_mm[prev] = NIL;
#if BUG == KK_DROP
		parked = active_mm[next]
#endif
	:: mm[next] != NIL && mm[prev] != NIL		/* user -> user */
	:: mm[next] != NIL && mm[prev] == NIL ->	/* kernel -> user */
#if BUG == DROP_NEVER
		parked = (users[active_mm[prev]] > 0 -> active_mm[prev] : NIL);
#else
		parked = active_mm[prev];
#endif
		active_mm[prev] = NIL
	fi;
#ifdef LIVE
	if
	:: prev < NT -> going[prev] = 0
	:: else
	fi;
#endif
	must_load = (mm[next] != NIL && mm[next] != ttbr0[c]);
#if BUG != DROP_EARLY && BUG != TAKE_EARLY && BUG != SLOT_FIRST
	if
	:: must_load -> write_ttbr0(mm[next])
	:: else
	fi
#endif
}

/* The rest of it. */
inline finish_switch()
{
#if BUG == DROP_EARLY
	if
	:: parked != NIL -> drop_lazy(parked)
	:: else
	fi;
#endif
#if BUG == TAKE_EARLY
	if
	:: must_load -> release_handed()
	:: else
	fi;
#endif
#if BUG == DROP_EARLY || BUG == TAKE_EARLY || BUG == SLOT_FIRST
	if
	:: must_load -> switch_mm(mm[next])
	:: else
	fi;
#elif FOLLOWS_TTBR0
	store_slot();
#endif
	/* cpu_switch_to; finish_task_switch: prev may go on elsewhere. */
	atomic {
		curr[c] = next;
		if
		:: prev < NT -> on_cpu[prev] = 0
		:: else
		fi;
		prev = 0;
		next = 0;
		must_load = 0;
		if
		:: parked == NIL -> goto head
		:: else
		fi
	}
#if BUG != DROP_EARLY
	drop_lazy(parked);
#endif
#if BUG == DROP_TWICE
	drop_lazy(parked);
#endif
	parked = NIL
}
