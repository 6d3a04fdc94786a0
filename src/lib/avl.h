/* SPDX-License-Identifier: MIT */
/*
 * Intrusive AVL tree: the ordered container of the kernel (regions by address,
 * timers by expiry, objects by id). Insert, remove, find and step are O(log n);
 * first is O(log n). Nothing is allocated. No locking: the owner of the tree
 * says which lock guards it.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

struct avl_node {
	struct avl_node *parent, *child[2]; /* child[0] orders before */
	int balance;			    /* height(child[1]) - height(child[0]) */
};

/* < 0, 0, > 0: a orders before, equal to, after b. */
typedef int avl_cmp_fn(const struct avl_node *a, const struct avl_node *b);
/* < 0, 0, > 0: the key orders before, equal to, after the node. */
typedef int avl_key_fn(const void *key, const struct avl_node *node);

struct avl {
	struct avl_node *root;
};

/* n has been put at *link, below parent: repair the balances. */
void avl_grown(struct avl *t, struct avl_node *n, struct avl_node *parent);
/* Remove n, which must be in t. */
void avl_remove(struct avl *t, struct avl_node *n);

struct avl_node *avl_first(const struct avl *t);
struct avl_node *avl_last(const struct avl *t);
struct avl_node *avl_next(const struct avl_node *n);
struct avl_node *avl_prev(const struct avl_node *n);

/* What goes down the tree is inline, so that the comparison is. */

/* Insert; equal nodes keep the order of their insertion. */
static inline void avl_insert(struct avl *t, struct avl_node *n, avl_cmp_fn *cmp)
{
	struct avl_node **link = &t->root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->child[cmp(n, parent) >= 0];
	}
	*n = (struct avl_node){ .parent = parent };
	*link = n;
	avl_grown(t, n, parent);
}

/* A node equal to key, or NULL. */
static inline struct avl_node *avl_find(const struct avl *t, const void *key, avl_key_fn *cmp)
{
	struct avl_node *n = t->root;

	while (n) {
		int order = cmp(key, n);

		if (order == 0)
			break;
		n = n->child[order > 0];
	}
	return n;
}

/* The first node that does not order before key, or NULL. */
static inline struct avl_node *avl_lower_bound(const struct avl *t, const void *key,
					       avl_key_fn *cmp)
{
	struct avl_node *n = t->root, *best = NULL;

	while (n) {
		int order = cmp(key, n);

		if (order <= 0)
			best = n;
		n = n->child[order > 0];
	}
	return best;
}

/* Links, order of heights and balances are right (for audits and tests). */
bool avl_check(const struct avl *t);
