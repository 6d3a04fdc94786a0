/* SPDX-License-Identifier: MIT */
/* The options of the model and what its state is made of. lazy.pml explains. */

#define REFCOUNT	0
#define SHOOTDOWN	1
#define SLOT		2
#define EAGER		3

#ifndef STRATEGY
#define STRATEGY	REFCOUNT
#endif
#ifndef TO
#define TO		STRATEGY
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
#ifndef OFFS
#define OFFS		0
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
#define DROP_NEVER	22	/* finish_task_switch forgets a dead mm that was borrowed */
#define NO_DEADLINE	23	/* nobody comes for the zombies */
#define OFF_FIRST	24	/* a CPU leaves the online mask before it leaves its mm */
#define OFF_STAYS	25	/* a CPU goes off with what it lodges in */
#define OFF_AT_ONCE	26	/* the online mask changes without a standstill */
#define OFF_BETWEEN	27	/* a sender may be made to stand between look and call */
#define OFF_DEAF	28	/* who goes off does not look for a last call */
#define TAKE_OWN	29	/* change: each CPU takes its own gift and then stands, that is all */
#define MIXED		30	/* change: CPUs go on before all stand */
#define NOT_SETTLED	31	/* change: lodgers stay where they are */
#define NOT_RECOUNTED	32	/* change: the lodgers of init_mm are not counted over */
#ifndef BUG
#define BUG		0
#endif

/* Is s followed now; may it be at some time? The second is for #if. */
#if STRATEGY == TO
#define IS(s)		(STRATEGY == s)
#else
#define CHANGE
#define IS(s)		(rule == s)
#endif
#define MAYBE(s)	(STRATEGY == s || TO == s)
#define FOLLOWS_TTBR0	(MAYBE(SHOOTDOWN) || MAYBE(SLOT))

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

/* Where a thread is in its program. */
#define RUN		0	/* a program: in user space; others: nothing to do */
#define DEAD		1
#define PUT		2	/* mmput(work) */
#define LAST		3	/* mmput: it was the last user */
#define SCAN		4	/* mm_free: lazy_before_free */
#define ASK		5	/* and its lazy_evict(targets, work) */
#define PINNED		6	/* mm_find found work */
#define UNPIN		7	/* mmdrop(work) */
#define USE		8	/* kthread_use_mm(work) */
#define USING		9	/* in between; next kthread_unuse_mm */
#define REVOKE1		10	/* slot_reap: the first revoke(work) */
#define EVICT		11	/* its lazy_evict(targets, work) */
#define REVOKE2		12	/* and the second revoke */
#define READ		13	/* what mmput does at last */
#define IDLING		14

/* The CPUs. */
byte ttbr0[NC];		/* what the walker of each may use */
#if FOLLOWS_TTBR0
byte loaded[NC];	/* struct lazy_slot */
byte handed[NC];
byte call[NC * NC];	/* [target * NC + source]: mm + 1 that is to be left, 0: none */
byte targets[NT];	/* CPUs, while a thread frees work */
#endif
byte curr[NC];
#if OFFS > 0
byte online;		/* a bit for each */
byte offs;		/* how often one began to leave */
bit hotplug_lock;	/* one at a time */
#endif

/* The threads. */
byte mm[NT + NC];	/* task->mm, NIL: anonymous */
byte active_mm[NT + NC]; /* task->active_mm */
byte pc[NT + NC];
byte work[NT];		/* the mm that a thread is busy with */
bit on_cpu[NT];
#ifdef LIVE
bit going[NT];		/* it made a step in the kernel since it was switched to */
#endif

/* The mms. */
byte users[NM + 1];
byte count[NM + 1];
bit freed[NM + 1];
byte listed[NM + 1];	/* 0, ZOMBIE or DEFERRED */
#define ZOMBIE		1
#define DEFERRED	2
bit list_lock;		/* gift_lock; mm_list_lock where held for more than a step */

#if TO == REFCOUNT
bit settling;		/* lazy_quiesce has been called */
bit settled[NC];
#endif
#if OFFS > 0 || defined(CHANGE)
#define FREEZES
byte freeze;		/* the machine is to stand still, for what */
bit stands[NC];
#define CONVERSION	NIL	/* a change of strategy, */
#define LEAVING(c)	((c) + 1)	/* or that CPU goes off, which leads */
#define LEADS		(freeze == LEAVING(c))
#define STANDS(c)	(stands[c] || !ONLINE(c))
#if NC == 2
#define ALL_STAND	(STANDS(0) && STANDS(1))
#else
#define ALL_STAND	(STANDS(0) && STANDS(1) && STANDS(2))
#endif
#endif
#ifdef CHANGE
byte rule = STRATEGY;
#endif

#define T		curr[c]
#define AT(where)	(pc[T] == where)

#if OFFS > 0
#define ONLINE(c)	(online & (1 << (c)))
#else
#define ONLINE(c)	true
#endif

/* Is there something for lazyd? */
#ifdef CHANGE
#define WANTED(m)	(listed[m] == DEFERRED || (listed[m] == ZOMBIE && rule == SLOT))
#elif BUG == NO_DEADLINE
#define WANTED(m)	false
#else
#define WANTED(m)	listed[m]
#endif
#define LISTED		SOME(WANTED)

/* Is there an mm of that kind? Let T work on one, any. */
#if NM == 1
#define SOME(is)	is(1)
#define SOME_MM(is)	if :: is(1) -> work[T] = 1 fi
#elif NM == 2
#define SOME(is)	(is(1) || is(2))
#define SOME_MM(is)	if :: is(1) -> work[T] = 1 :: is(2) -> work[T] = 2 fi
#else
#define SOME(is)	(is(1) || is(2) || is(3))
#define SOME_MM(is)	if :: is(1) -> work[T] = 1 :: is(2) -> work[T] = 2 \
			   :: is(3) -> work[T] = 3 fi
#endif
#define IS_ZOMBIE(m)	(listed[m] == ZOMBIE)
#define IS_DEFERRED(m)	(listed[m] == DEFERRED)
#if BUG == PIN_BLIND
#define IS_FOUND(m)	(!freed[m])
#else
#define IS_FOUND(m)	(count[m] > 0)
#endif

/* A step in the kernel, of which liveness has to know. */
#ifdef LIVE
#define GO		going[T] = 1
#else
#define GO		skip
#endif
