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
 * nothing can move any more, the process `init` looks whether all is well.
 *
 * Threads: 0 .. NU-1 run a program, each in an mm of its own (with -DSHARE 0 and 1
 * in the same one), and exit. NU .. NU+NK-1 are kernel threads that pin an mm by
 * its number and may use it for a while. LAZYD is sched/lazyd.c, IDLE(c) the idle
 * threads. mm 0 is init_mm.
 *
 *	-DSTRATEGY=n	REFCOUNT 0, SHOOTDOWN 1, SLOT 2, EAGER 3
 *	-DTO=n		once, at any time, the strategy is changed to that one
 *	-DNC= -DNU= -DNK=	how many CPUs, programs, kernel threads
 *	-DOFFS=n	so often a CPU goes off
 *	-DFINE		threads are preempted inside of mmput, mm_free and slot_reap,
 *			too, and other CPUs run between two looks of a scan
 *	-DLIVE		programs need not exit, and live.pml says what comes in the end
 *	-DBUG=n		a planted mistake, see state.pml
 */
#include "state.pml"
#include "count.pml"
#include "evict.pml"
#if MAYBE(SLOT)
#include "slot.pml"
#endif
#include "switch.pml"
#if OFFS > 0
#include "offline.pml"
#endif
#ifdef CHANGE
#include "change.pml"
#endif

/* Does freeing begin with a look at the CPUs, or may it, by then? */
#define FREE_ASKS	(MAYBE(SHOOTDOWN) || STRATEGY != TO)

/* Programs differ in their numbers only (and those of their mms). So each run is, but
 * for these, one in which they exit in that order; the others need not be searched. */
#if defined(LIVE)
#define MAY_EXIT	(T < NU && AT(RUN))
#elif defined(SHARE)
#define MAY_EXIT	(T < NU && AT(RUN) && (T != 1 || pc[0] != RUN))
#else
#define MAY_EXIT	(T < NU && AT(RUN) && (T == 0 || pc[T - 1] != RUN))
#endif

proctype cpu(byte c)
{
	byte prev, next, k, hits, src, x;
	byte left = NIL, parked = NIL;
	bit must_load, got;
#if OFFS > 0
	bit closed;
#endif

head:
end_idle:
	do
#if FOLLOWS_TTBR0
	/* An interrupt. */
	:: handle_call()
#endif

	/* Another thread: this one is preempted, or sleeps. */
	:: d_step { T != IDLE(c) && (MAY_IDLE || MUST_IDLE) && QUIET -> switch_to(IDLE(c)) }
	   goto switched
	:: d_step { MAY_RUN(0) -> switch_to(0) } goto switched
	:: d_step { MAY_RUN(1) -> switch_to(1) } goto switched
#if NT > 2
	:: d_step { MAY_RUN(2) -> switch_to(2) } goto switched
#endif
#if NT > 3
	:: d_step { MAY_RUN(3) -> switch_to(3) } goto switched
#endif

	/* exit_mm, kthread_unuse_mm */
	:: d_step {
		MAY_EXIT || AT(USING) ->
		GO;
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
#if MAYBE(EAGER)
	   store_slot();
#endif
#ifdef FINE
	:: d_step { AT(PUT) -> GO }
#endif

	   /* mmput */
#if BUG == SCAN_EARLY
	   d_step { targets[T] = HAVE_LOADED(work[T]) };
#endif
	   atomic {
		assert(!freed[work[T]] && users[work[T]] > 0);
		users[work[T]]--;
		if
		:: users[work[T]] > 0 -> done(T); goto head
		:: else -> pc[T] = LAST
		fi
	   }
#if defined(FINE) || defined(CHANGE)
	:: d_step { AT(LAST) -> GO }
#endif
	   /* exit_mmap; then, to the reference's drop, interrupts are off. */
#if MAYBE(SLOT)
#ifdef CHANGE
	   if
	   :: rule == SLOT -> last_user(work[T])
	   :: rule != SLOT
	   fi;
#else
	   last_user(work[T]);
#endif
#endif
	   d_step {
		drop_count(work[T]);
		if
		:: count[work[T]] == 0 ->
#if FREE_ASKS
			pc[T] = SCAN
#else
			free_root(work[T]);
			done(T)
#endif
		:: else ->
#if MAYBE(SLOT)
			if
			:: IS(SLOT) || IS(REFCOUNT) -> listed[work[T]] = ZOMBIE
			:: else
			fi;
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

#if FREE_ASKS
	/* mm_free: lazy_before_free. From here on nobody finds the mm. */
	:: d_step { AT(SCAN) -> GO };
#if MAYBE(SHOOTDOWN)
	   if
	   :: IS(SHOOTDOWN) ->
		scan(targets[T], work[T]);
#if BUG == NOT_ASKED
		targets[T] = 0;
#endif
#ifndef FINE
		evict(work[T])
#endif
	   :: !IS(SHOOTDOWN)
	   fi;
#ifdef FINE
	   pc[T] = ASK
	:: d_step { AT(ASK) -> GO };
	   evict(work[T]);
#endif
#endif
	   d_step { free_root(work[T]); done(T) }
#endif

#if MAYBE(SHOOTDOWN)
	/* mm_free_deferred */
	:: atomic {
		T == LAZYD && AT(RUN) && SOME(IS_DEFERRED) ->
		GO;
		SOME_MM(IS_DEFERRED);
		listed[work[T]] = 0;
		pc[T] = SCAN
	   }
#endif

#if MAYBE(SLOT)
	/* slot_reap: mm_take_zombie, */
	:: atomic {
		T == LAZYD && AT(RUN) && LISTED && SOME(IS_ZOMBIE) && !list_lock ->
		GO;
		SOME_MM(IS_ZOMBIE);
		listed[work[T]] = 0;
		if
		:: count[work[T]] > 0 -> get_count(work[T]); pc[T] = REVOKE1
		:: else -> work[T] = 0	/* its last one goes now */
		fi
	   }
	/* lazy_evict(revoke(mm), mm), */
	:: d_step { AT(REVOKE1) -> GO };
	   revoke(work[T]);
#ifdef FINE
	   pc[T] = EVICT
	:: d_step { AT(EVICT) -> GO };
#endif
	   evict(work[T]);
#ifdef FINE
	   pc[T] = REVOKE2
	:: d_step { AT(REVOKE2) -> GO };
#endif
	   /* revoke(mm). */
	   revoke(work[T]);
	   d_step {
		targets[T] = 0;
		pc[T] = UNPIN
	   }
#endif

	/* mmdrop */
	:: atomic {
		AT(UNPIN) ->
		GO;
		drop_count(work[T]);
		if
		:: count[work[T]] > 0 -> done(T)
#if FREE_ASKS
		:: count[work[T]] == 0 -> pc[T] = SCAN
#endif
#if MAYBE(SHOOTDOWN)
		:: count[work[T]] == 0 && IS(SHOOTDOWN) -> /* where nobody may wait */
#if BUG == UNPIN_FREES
			free_root(work[T]);
#else
			listed[work[T]] = DEFERRED;
#endif
			done(T)
#endif
#if !FREE_ASKS
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
		:: SOME(IS_FOUND) ->
			SOME_MM(IS_FOUND);
			count[work[T]]++;
			pc[T] = PINNED
		:: pc[T] = DEAD
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

#ifdef FREEZES
	/* The machine is to stand still. */
	:: stand()
#endif
#if TO == REFCOUNT
	/* lazy_quiesce */
	:: settling && !settled[c] && ONLINE(c) -> settle(); settled[c] = 1
#endif

#if OFFS > 0
	:: d_step { MAY_CLOSE -> close_queue() }
	:: d_step { closed && T == IDLE(c) && !freeze -> freeze = LEAVING(c) }
	   go_off();
	   if
	   :: goto off		/* for good */
	   :: come_back()
	   fi
#endif
	od;

switched:
	finish_switch();
	goto head;
#if OFFS > 0
off:
end_off:
	false
#endif
}

#ifdef LIVE
#include "live.pml"
#else
#include "judge.pml"
#endif

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
#if OFFS > 0
		online = (1 << NC) - 1;
#endif
		i = 0
	}
	atomic {
		do
		:: i < NC -> run cpu(i); i++
		:: else -> break
		od;
		i = 0
	}
#ifdef CHANGE
	change();
#endif
#ifdef LIVE
	/* Time goes on, so that CPUs that wait for each other are a circle, too. */
	do
	:: !freed[0]
	od
#else
	judge()
#endif
}
