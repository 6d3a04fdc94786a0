/* SPDX-License-Identifier: MIT */
/*
 * Address spaces. See docs/lazy-mm.md for the scheme.
 *
 * Two counters:
 *   mm_users  real users: one per thread whose task->mm this is, one per
 *             temporary mmget(). At zero the user mappings go (exit_mmap).
 *   mm_count  one for all the real users together, one per lazy borrower (with
 *             CONFIG_MMU_LAZY_TLB_REFCOUNT), one per mmgrab() pin. At zero the
 *             root table and the struct go.
 */
#pragma once

#include "abi/lodger.h"
#include "core/spinlock.h"
#include "kernel/list.h"
#include "lib/avl.h"
#include "mm/account.h"
#include "mm/asid.h"
#include "mm/ledger.h"
#include "mm/page.h"

#define MM_NAME_MAX 16

struct mm {
	atomic_t mm_users;	 /* [a] */
	atomic_t mm_count;	 /* [a] */
	atomic_t pins;		 /* [a] how many of mm_count are mmgrab()'s */
	atomic64_t context_id;	 /* [asid] generation | ASID; read without lock */
	paddr_t pgd;		 /* [I] root table */
	vaddr_t user_end;	 /* [I] once a program is in it: USER_VA_END, or
				  * USER32_VA_END for an AArch32 one */
	struct spinlock lock;	 /* regions, tables, the two counts below */
	struct avl regions;	 /* [lock] by address */
	u32 nr_regions;		 /* [lock] */
	u64 map_seq;		 /* [lock] changes with every change of regions */
	vaddr_t full_to;	/* [lock] no hole from where the kernel places on up to here */
	u64 rss_pages;		 /* [lock] pages of its own */
	u64 table_pages;	 /* [lock] translation tables, root included */
	struct account *account; /* [I] before it has any of either; referenced; or NULL */
	u32 id;			 /* [I] `mm show ID`; 0 is init_mm */
	char name[MM_NAME_MAX];	 /* [I] */
	struct avl_node by_id;	 /* [mm_list_lock] */
	bool zombie;		 /* counted as one when its last user left */
	struct list zombies;	 /* [mm_list_lock] in the order of death; or of what
				  * is to be freed later */
	u64 created_ns;		 /* [I] */
	u64 dead_ns;		 /* when the users' mm_count was dropped; 0: held */
	struct ledger ledger;	 /* who took and dropped references, if kept */
	struct mm_tally {
		u32 real, lazy;
	} tally;		 /* [mm_check, machine frozen] threads found */
};

extern struct mm init_mm; /* nobody's mm; what is "loaded" when nothing is */

/* users 1, count 1; or NULL. Keeps a reference of the account, which pays for its pages;
 * NULL: nobody does. */
struct mm *mm_alloc(const char *name, struct account *account) __must_check;

/* Is it an AArch32 program's? */
static inline bool mm_is_32(const struct mm *mm)
{
	return mm->user_end == USER32_VA_END;
}

/* Real users. The last mmput tears the mappings down: thread context, no locks
 * held, IRQs on. */
void mmget(struct mm *mm);			/* caller has one already */
bool mmget_not_zero(struct mm *mm) __must_check; /* caller has an mm_count */
void mmput(struct mm *mm);

/* Pins on the struct and root: need not be a user, borrow nothing. */
void mmgrab(struct mm *mm);
void mmdrop(struct mm *mm);

/* Find by id and pin (mmgrab), or NULL. */
struct mm *mm_find(u32 id);
/* The next mm with an id above *id, pinned, or NULL; to walk: start with -1. */
struct mm *mm_next(s64 *id);
/* Every mm, for mm_check: the machine is frozen, nothing is pinned or locked. */
void mm_for_each_frozen(void (*fn)(struct mm *mm, void *arg), void *arg);
/* Not freed? The same condition. */
bool mm_known_frozen(const struct mm *mm);
u32 mm_live_count(void); /* all of them, init_mm included */


/* The first that died before that time and is kept by others, pinned, or NULL.
 * Each is returned once. */
struct mm *mm_take_zombie(u64 dead_before_ns);
/* When the first that is left died; ~0: none is. */
u64 mm_first_zombie_ns(void);
/* Free what could not be freed where its last reference was dropped (invariant
 * 24). Thread context. */
void mm_free_deferred(void);

void mm_init(void);
/* Drop a borrower's or the users' mm_count: for lazy_*.h and mm.c only. */
void mm_count_put(struct mm *mm);
