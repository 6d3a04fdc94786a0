/* SPDX-License-Identifier: MIT */
/*
 * Who uses how much memory, and may not use more: an account for a tree of processes, in
 * pages. Charged are pages of programs and of their memory objects, translation tables, and
 * for what the kernel keeps beside those a round number of pages: see ACCOUNT_*. A page that
 * several memory objects share is charged for each of them.
 *
 * A program that is started in its parent's account may use all that is left there. One that
 * is started with a limit has an account of its own, and all of that is charged to the
 * parent's: so nobody's children together have more than he has.
 *
 * Any context; no locks.
 */
#pragma once

#include "arm64/atomic.h"
#include "kernel/compiler.h"

#define ACCOUNT_PROCESS 4 /* itself, its address space and root table, its name space */
#define ACCOUNT_THREAD 6  /* kernel stack, registers, itself */
#define ACCOUNT_HANDLES 4 /* a page of handles, and what they may name */

struct account {
	atomic_t refs;		/* one for each process, address space, memory object */
	u64 limit;		/* [I] pages */
	u64 used;		/* [a] pages */
	struct account *parent; /* [I] referenced, and charged with the limit; NULL: none */
};

/* With one reference; NULL: no memory, or the parent (NULL: the machine) has not so much. */
struct account *account_create(struct account *parent, u64 limit) __must_check;
void account_put(struct account *a); /* NULL is allowed */

static inline void account_get(struct account *a)
{
	if (a)
		atomic_inc(&a->refs);
}

/* May n pages more be used? Then they are. NULL: whoever has no account is the kernel. */
static inline bool account_charge(struct account *a, u64 n)
{
	if (!a || __atomic_add_fetch(&a->used, n, __ATOMIC_RELAXED) <= a->limit)
		return true;
	__atomic_sub_fetch(&a->used, n, __ATOMIC_RELAXED);
	return false;
}

static inline void account_release(struct account *a, u64 n)
{
	if (a)
		__atomic_sub_fetch(&a->used, n, __ATOMIC_RELAXED);
}
