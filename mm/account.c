/* SPDX-License-Identifier: MIT */
/* See account.h. */
#include "mm/account.h"
#include "kernel/assert.h"
#include "mm/slab.h"

struct account *account_create(struct account *parent, u64 limit)
{
	struct account *a = kzalloc(sizeof(*a));

	if (!a)
		return NULL;
	if (!account_charge(parent, limit)) {
		kfree(a);
		return NULL;
	}
	account_get(parent);
	atomic_set(&a->refs, 1);
	a->limit = limit;
	a->parent = parent;
	return a;
}

void account_put(struct account *a)
{
	while (a && atomic_dec_and_test(&a->refs)) {
		struct account *parent = a->parent;

		ASSERT(a->used == 0);
		account_release(parent, a->limit);
		kfree(a);
		a = parent;
	}
}
