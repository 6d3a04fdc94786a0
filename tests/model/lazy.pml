/* SPDX-License-Identifier: MIT */
/*
 * The lazy TLB as a model: every interleaving of a few CPUs and a few threads,
 * under sequential consistency, for SPIN. tests/model/run.py builds and runs it;
 * docs/verification.md says which step stands for which function and what this
 * does not show. Memory order is relacy's matter (tests/relacy).
 *
 * A process stands for a CPU. It runs the thread curr[c], whose place in its
 * program is pc[t], so threads are preempted and go on elsewhere. At the head of
 * the main loop interrupts are on and the thread may be preempted; everything
 * below runs with interrupts off until it comes back there, and other CPUs run
 * between any two of its steps. Each step is one access to what CPUs share; what is
 * the CPU's own is done along with it, and so is what nobody else could tell from it.
 *
 * An idle CPU blocks: it handles an interrupt or switches to a thread, nothing
 * else. So a CPU that waits for another in vain is a deadlock that SPIN reports. When
 * nothing can move any more, the process `judge` looks whether all is well.
 *
 * Threads: 0 .. NU-1 run a program, each in an mm of its own (with -DSHARE 0 and 1
 * in the same one), and exit. NU .. NU+NK-1 are kernel threads that pin an mm by
 * its number and may use it for a while. LAZYD is sched/lazyd.c, IDLE(c) the idle
 * threads. mm 0 is init_mm.
 *
 *	-DSTRATEGY=n	REFCOUNT 0, SHOOTDOWN 1, SLOT 2, EAGER 3
 *	-DNC= -DNU= -DNK=	how many CPUs, programs, kernel threads
 *	-DFINE		threads are preempted inside of mmput, mm_free and slot_reap,
 *			too, and other CPUs run between two looks of a scan
 *	-DBUG=n		a planted mistake, see below
 */
#define REFCOUNT	0
#define SHOOTDOWN	1
#define SLOT		2
#define EAGER		3

#ifndef STRATEGY
#define STRATEGY	REFCOUNT
#endif
#ifndef NC
#define NC		3
#endif
#ifndef NU
#define NU		3
#endif
#ifndef NK
#define NK		0
#endif

/* The planted mistakes. */
#define DROP_EARLY	1	/* the borrowed mm is dropped before TTBR0 has left it */
#define DROP_TWICE	2	/* finish_task_switch drops once more */
#define NO_GRAB		3	/* user -> kernel without a grab */
#define NOT_ASKED	4	/* freed without asking the CPUs that lodge */
#define SLOT_FIRST	5	/* the slot is stored before TTBR0 is written */
#define PUT_FIRST	6	/* exit: mmput before the grab */
#define IRQS_OFF	7	/* the sender of a call waits without serving those to itself */
#define GIVE_STORE	8	/* a gift overwrites an earlier one */
#define GIVE_BLIND	9	/* a gift without another look at the slot */
#define TAKE_STORE	10	/* take: load and store, not one exchange */
#define TAKE_EARLY	11	/* what was handed is dropped before TTBR0 has left it */
#define ADD_LATE	12	/* the gifts are counted after they are given */
#define REVOKE_BLIND	13	/* revoke without a look at the slot */
#define REVOKE_STORE	14	/* revoke: load and store, not compare and swap */
#define GIVE_UNLOCKED	15	/* a gift may be in a giver's hand while the reaper looks */
#define READ_AFTER	16	/* mmput reads the mm after its reference has gone */
#define USERS_BLIND	17	/* mmget where mmget_not_zero is needed */
#define SCAN_EARLY	18	/* the slots are read before mm_users is zero */
#define KK_DROP		19	/* kernel -> kernel drops instead of handing over */
#define UNPIN_FREES	20	/* a drop where nobody may wait frees at once */
#define PIN_BLIND	21	/* mm_find takes a reference without a look at the count */
#ifndef BUG
#define BUG		0
#endif

#ifdef SHARE
#define NM		(NU - 1)
#define MM_OF(t)	((t) == 0 -> 1 : (t))
#else
#define NM		NU
#define MM_OF(t)	((t) + 1)
#endif

#define LAZYD		(NU + NK)
#define NT		(NU + NK + 1)
#define IDLE(c)		(NT + (c))
#define NIL		15
#define FOLLOWS_TTBR0	(STRATEGY == SHOOTDOWN || STRATEGY == SLOT)

/* Where a thread is in its program. */
#define RUN		0	/* a program: in user space; others: nothing to do */
#define DEAD		1
#define PUT		2	/* mmput(work) */
#define EVICT		3	/* lazy_evict(targets, work) */
#define SCAN		4	/* mm_free: lazy_before_free */
#define PINNED		5	/* mm_find found work */
#define UNPIN		6	/* mmdrop(work) */
#define USE		7	/* kthread_use_mm(work) */
#define USING		8	/* in between; next kthread_unuse_mm */
#define REVOKE1		9	/* slot_reap: the first revoke(work) */
#define REVOKE2		10	/* and the second */
#define READ		11	/* what mmput does at last */
#define IDLING		12

/* The CPUs. */
byte ttbr0[NC];		/* what the walker of each may use */
#if FOLLOWS_TTBR0
byte loaded[NC];	/* struct lazy_slot */
byte handed[NC];
byte call[NC * NC];	/* [target * NC + source]: mm + 1 that is to be left, 0: none */
byte targets[NT];	/* CPUs, while a thread frees work */
#endif
byte curr[NC];

/* The threads. */
byte mm[NT + NC];	/* task->mm, NIL: anonymous */
byte active_mm[NT + NC]; /* task->active_mm */
byte pc[NT + NC];
byte work[NT];		/* the mm that a thread is busy with */
bit on_cpu[NT];

/* The mms. */
byte users[NM + 1];
byte count[NM + 1];
bit freed[NM + 1];
bit listed[NM + 1];	/* among the zombies, or with SHOOTDOWN the deferred */
bit list_lock;		/* mm_list_lock, where it is held for more than a step */
#if STRATEGY == REFCOUNT
bit settling;		/* lazy_quiesce has been called */
bit settled[NC];
#endif

#define T		curr[c]
#define AT(where)	(pc[T] == where)
#if NM == 1
#define LISTED		listed[1]
#elif NM == 2
#define LISTED		(listed[1] || listed[2])
#else
#define LISTED		(listed[1] || listed[2] || listed[3])
#endif

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

/* mm_count_put where the last frees at once: REFCOUNT, SLOT, EAGER. That nothing
 * comes between the drop and the free is the strictest order: whoever still has
 * the mm loaded can only leave it. */
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

/* slot_release: handover_take, then the drop. A look that finds nothing and an
 * exchange that finds nothing are the same to everybody. */
inline release_handed()
{
#if STRATEGY == SLOT
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
#else
	skip
#endif
}

/* mmdrop_lazy_tlb(m) */
inline drop_lazy(m)
{
#if STRATEGY == REFCOUNT
	d_step { put_count(m) }
#elif STRATEGY == SLOT
	release_handed()
#else
	skip
#endif
}

/* enter_lazy_tlb(m): in to, what is lodged in. Inside of one step. */
inline enter_lazy(to, m)
{
#if STRATEGY == EAGER
	to = 0;
	ttbr0[c] = 0
#else
#if STRATEGY == REFCOUNT && BUG != NO_GRAB
	get_count(m);
#endif
	to = m
#endif
}

#if FOLLOWS_TTBR0
/* Which CPUs have m loaded? */
inline scan(hits, m)
{
#if NC == 2
#ifdef FINE
	hits = (loaded[0] == m);
	hits = hits | ((loaded[1] == m) << 1)
#else
	hits = (loaded[0] == m) | ((loaded[1] == m) << 1)
#endif
#else
#ifdef FINE
	hits = (loaded[0] == m);
	hits = hits | ((loaded[1] == m) << 1);
	hits = hits | ((loaded[2] == m) << 2)
#else
	hits = (loaded[0] == m) | ((loaded[1] == m) << 1) | ((loaded[2] == m) << 2)
#endif
#endif
}
#endif

#if STRATEGY == SLOT
/* ---- handing over a dead mm ---- */

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

/* revoke(m) of lazy_slot.c: handover_revoke at each CPU; those that have m loaded
 * are targets[T] */
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
#endif

#if FOLLOWS_TTBR0
/* ---- making a CPU leave ---- */

/* leave_borrowed(m) on this CPU, interrupts off */
inline leave(m)
{
	if
	:: d_step {
		mm[T] == NIL && active_mm[T] == m ->
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
#if BUG != SLOT_FIRST
	   loaded[c] = 0;
#endif
	   release_handed()
	:: d_step { !(mm[T] == NIL && active_mm[T] == m) -> skip }
	fi
}

#if NC == 2
#define CALLED(c)	(call[(c) * NC] || call[(c) * NC + 1])
#define ANSWERED(c)	!(call[c] || call[NC + c])
#else
#define CALLED(c)	(call[(c) * NC] || call[(c) * NC + 1] || call[(c) * NC + 2])
#define ANSWERED(c)	!(call[c] || call[NC + c] || call[2 * NC + c])
#endif

/* smp_handle_calls, one of them, x */
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
	leave(x);
	d_step { call[c * NC + src] = 0; src = 0; x = 0 }
}

/* lazy_evict(targets[T], m): not preempted, interrupts on */
inline evict(m)
{
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
	od;
	if
	:: targets[T] & (1 << c) -> leave(m)
	:: else
	fi;
	targets[T] = 0
}
#else
#define CALLED(c)	false
#endif

/* ---- the switch ---- */

#define HAS_WORK(t)	(pc[t] != DEAD && ((t) != LAZYD || pc[t] != RUN || LISTED))
/* Nobody idles while a thread in the kernel could go on. */
#define MAY_IDLE	((pc[T] == RUN && (T != LAZYD || !LISTED)) || pc[T] == DEAD || \
			 pc[T] == USING)

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
		parked = active_mm[prev];
		active_mm[prev] = NIL
	fi;
	must_load = (mm[next] != NIL && mm[next] != ttbr0[c]);
#if BUG != DROP_EARLY && BUG != TAKE_EARLY && BUG != SLOT_FIRST
	if
	:: must_load -> write_ttbr0(mm[next])
	:: else
	fi
#endif
}

proctype cpu(byte c)
{
	byte prev, next, k, hits, src, x;
	byte left = NIL, parked = NIL;
	bit must_load, got;

head:
end_idle:
	do
#if FOLLOWS_TTBR0
	/* An interrupt. */
	:: handle_call()
#endif

	/* Another thread: this one is preempted, or sleeps. */
	:: d_step { T != IDLE(c) && MAY_IDLE -> switch_to(IDLE(c)) } goto switched
	:: d_step { !on_cpu[0] && HAS_WORK(0) -> switch_to(0) } goto switched
	:: d_step { !on_cpu[1] && HAS_WORK(1) -> switch_to(1) } goto switched
#if NT > 2
	:: d_step { !on_cpu[2] && HAS_WORK(2) -> switch_to(2) } goto switched
#endif
#if NT > 3
	:: d_step { !on_cpu[3] && HAS_WORK(3) -> switch_to(3) } goto switched
#endif

	/* exit_mm, kthread_unuse_mm */
	:: d_step {
		(T < NU && AT(RUN)) || AT(USING) ->
		work[T] = mm[T];
		pc[T] = PUT;
#if BUG == PUT_FIRST
		users[mm[T]]--;
		if
		:: users[mm[T]] == 0 -> put_count(mm[T])
		:: else
		fi;
		done(T);
#endif
		enter_lazy(active_mm[T], mm[T]);
		mm[T] = NIL
	   }
#ifdef FINE
	/* mmput */
	:: AT(PUT) ->
#endif
put:
#if BUG == SCAN_EARLY
	   d_step {
		targets[T] = (loaded[0] == work[T]) | ((loaded[1] == work[T]) << 1)
	   };
#endif
	   atomic {
		assert(!freed[work[T]] && users[work[T]] > 0);
		users[work[T]]--;
		if
		:: users[work[T]] > 0 -> done(T); goto head
		:: else
		fi
	   }
	   /* exit_mmap; then, to the reference's drop, interrupts are off. */
#if STRATEGY == SLOT
	   last_user(work[T]);
#endif
	   d_step {
		drop_count(work[T]);
		if
		:: count[work[T]] == 0 ->
#if STRATEGY == SHOOTDOWN
			pc[T] = SCAN
#else
			free_root(work[T]);
			done(T)
#endif
		:: else ->
#if STRATEGY == SLOT
			listed[work[T]] = 1;
#endif
#if BUG == READ_AFTER
			pc[T] = READ
#else
			done(T)
#endif
		fi
	   }

#if BUG == READ_AFTER
	:: d_step { AT(READ) -> assert(!freed[work[T]]); done(T) }
#endif

#if STRATEGY == SHOOTDOWN
	/* shootdown_before_free */
	:: AT(SCAN) ->
	   scan(targets[T], work[T]);
#if BUG == NOT_ASKED
	   targets[T] = 0;
#endif
#ifdef FINE
	   pc[T] = EVICT
	:: AT(EVICT) ->
#endif
	   evict(work[T]);
	   d_step { free_root(work[T]); done(T) }

	/* mm_free_deferred */
	:: atomic {
		T == LAZYD && AT(RUN) && LISTED ->
		if
		:: listed[1] -> work[T] = 1
#if NM > 1
		:: listed[2] -> work[T] = 2
#endif
#if NM > 2
		:: listed[3] -> work[T] = 3
#endif
		fi;
		listed[work[T]] = 0;
		pc[T] = SCAN
	   }
#endif

#if STRATEGY == SLOT
	/* slot_reap */
	:: atomic {
		T == LAZYD && AT(RUN) && LISTED && !list_lock ->
		if
		:: listed[1] -> work[T] = 1
#if NM > 1
		:: listed[2] -> work[T] = 2
#endif
#if NM > 2
		:: listed[3] -> work[T] = 3
#endif
		fi;
		listed[work[T]] = 0;
		get_count(work[T]);
		pc[T] = REVOKE1
	   }
	:: AT(REVOKE1) ->
	   revoke(work[T]);
#ifdef FINE
	   pc[T] = EVICT
	:: AT(EVICT) ->
#endif
	   evict(work[T]);
#ifdef FINE
	   pc[T] = REVOKE2
	:: AT(REVOKE2) ->
#endif
	   revoke(work[T]);
	   d_step {
		targets[T] = 0;
		pc[T] = UNPIN
	   }
#endif

	/* mmdrop */
	:: atomic {
		AT(UNPIN) ->
		drop_count(work[T]);
		if
		:: count[work[T]] > 0 -> done(T)
#if STRATEGY == SHOOTDOWN
		:: count[work[T]] == 0 -> pc[T] = SCAN
		:: count[work[T]] == 0 ->	/* where nobody may wait */
#if BUG == UNPIN_FREES
			free_root(work[T]);
#else
			listed[work[T]] = 1;
#endif
			done(T)
#else
		:: count[work[T]] == 0 ->
			free_root(work[T]);
			done(T)
#endif
		fi
	   }

#if NK > 0
	/* A kernel thread: mm_find, */
	:: atomic {
		T >= NU && T < LAZYD && AT(RUN) ->
		if
#if BUG == PIN_BLIND
		:: !freed[1] -> work[T] = 1
#else
		:: count[1] > 0 -> work[T] = 1
#endif
#if NM > 1
		:: count[2] > 0 -> work[T] = 2
#endif
#if NM > 2
		:: count[3] > 0 -> work[T] = 3
#endif
		:: pc[T] = DEAD
		fi;
		if
		:: pc[T] == RUN -> count[work[T]]++; pc[T] = PINNED
		:: else
		fi
	   }
	/* mmget_not_zero and mmdrop, or only mmdrop, */
	:: atomic {
		AT(PINNED) ->
		if
		:: pc[T] = UNPIN
#if BUG != USERS_BLIND
		:: users[work[T]] > 0 ->
			assert(count[work[T]] > 1);
#else
		:: true ->
#endif
			users[work[T]]++;
			drop_count(work[T]);
			pc[T] = USE
		fi
	   }
	/* kthread_use_mm. */
	:: d_step {
		AT(USE) ->
		parked = active_mm[T];
		mm[T] = work[T];
		active_mm[T] = work[T];
	   }
	   if
	   :: parked != work[T] -> switch_mm(work[T])
	   :: else
	   fi;
	   drop_lazy(parked);
	   d_step { parked = NIL; pc[T] = USING }
#endif

#if STRATEGY == REFCOUNT
	/* lazy_settle_cpu */
	:: d_step {
		settling && !settled[c] ->
		settled[c] = 1;
		parked = active_mm[T];
		if
		:: parked != 0 -> get_count(0); active_mm[T] = 0; write_ttbr0(0)
		:: else
		fi
	   }
	   if
	   :: parked != 0 -> drop_lazy(parked)
	   :: else
	   fi;
	   parked = NIL
#endif
	od;

switched:
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
	if
	:: d_step { must_load -> loaded[c] = mm[next] }
	:: !must_load
	fi;
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
	parked = NIL;
	goto head
}

/* Nothing can move any more: is all as it should be? */
inline judge()
{
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
		assert(!CALLED(i) && handed[i] == NIL && loaded[i] == ttbr0[i]);
#endif
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
	assert(count[0] == 1 + (STRATEGY == REFCOUNT -> NC : 0))
}

init
{
	byte i;

	d_step {
		users[0] = 1;
		count[0] = 1 + (STRATEGY == REFCOUNT -> NC : 0);
		i = 1;
		do
		:: i <= NM -> users[i] = 1; count[i] = 1; i++
		:: else -> break
		od;
#ifdef SHARE
		users[1] = 2;
#endif
		i = 0;
		do
		:: i < NT ->
			mm[i] = (i < NU -> MM_OF(i) : NIL);
			active_mm[i] = mm[i];
			i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < NC ->
			curr[i] = IDLE(i);
			mm[IDLE(i)] = NIL;
			pc[IDLE(i)] = IDLING;
#if FOLLOWS_TTBR0
			handed[i] = NIL;
#endif
			i++
		:: else -> break
		od;
		i = 0
	}
	atomic {
		do
		:: i < NC -> run cpu(i); i++
		:: else -> break
		od;
		i = 1
	}
#if STRATEGY == REFCOUNT
	/* Nobody has been asked to leave: the zombies are those in which an idle CPU
	 * lodges, and their counts are those CPUs. */
	atomic {
		timeout ->
		do
		:: i <= NM ->
			assert(count[i] == (ttbr0[0] == i) + (ttbr0[1] == i)
#if NC > 2
				+ (ttbr0[2] == i)
#endif
				);
			assert(freed[i] == (count[i] == 0));
			i++
		:: else -> break
		od;
		settling = 1;
		i = 1
	}
#endif
	atomic {
		timeout -> judge()
	}
}
