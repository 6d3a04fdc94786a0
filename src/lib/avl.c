/* SPDX-License-Identifier: MIT */
/*
 * AVL tree with parent pointers, after Adelson-Velsky and Landis, 1962.
 *
 * Each node keeps its balance: the height of its right subtree less that of its
 * left one, -1, 0 or 1 whenever the tree is at rest. An insertion or removal
 * changes one height by one; the walk back to the root carries that news up
 * until it is absorbed. A node that would come to +-2 is rotated back.
 *
 * "Side" is 0 (left, before) or 1 (right, after), so that the mirrored half of
 * each algorithm is the same line of code.
 */
#include "lib/avl.h"

/* An AVL tree as high as this would have more nodes than there are addresses. */
#define HEIGHT_MAX 92

static int side_of(const struct avl_node *child, const struct avl_node *parent)
{
	return parent->child[1] == child;
}

/* Let `to` (may be NULL) take the place of `from` below its parent. */
static void replace(struct avl *t, struct avl_node *from, struct avl_node *to)
{
	struct avl_node *parent = from->parent;

	if (parent)
		parent->child[side_of(from, parent)] = to;
	else
		t->root = to;
	if (to)
		to->parent = parent;
}

/*
 *      x                y
 *     / \              / \
 *    A   y     =>     x   C       with side 0: x sinks to the left
 *       / \          / \
 *      B   C        A   B
 *
 * The new balances follow from those of before alone; for side 1 signs turn.
 */
static void rotate(struct avl *t, struct avl_node *x, int side)
{
	struct avl_node *y = x->child[!side], *b = y->child[side];
	int sign = side ? -1 : 1;
	int bx = sign * x->balance, by = sign * y->balance;

	replace(t, x, y);
	y->child[side] = x;
	x->parent = y;
	x->child[!side] = b;
	if (b)
		b->parent = x;

	bx = bx - 1 - MAX(by, 0);
	by = by - 1 + MIN(bx, 0);
	x->balance = sign * bx;
	y->balance = sign * by;
}

/* x has come to +-2: repair, and return what stands in its place now. */
static struct avl_node *rebalance(struct avl *t, struct avl_node *x)
{
	int heavy = x->balance > 0;
	struct avl_node *y = x->child[heavy];

	/* Heavy on the inside: turn that outwards first. */
	if (heavy ? y->balance < 0 : y->balance > 0)
		rotate(t, y, heavy);
	rotate(t, x, !heavy);
	return x->parent;
}

void avl_grown(struct avl *t, struct avl_node *n, struct avl_node *parent)
{
	/* The subtree at n has grown by one. */
	for (; parent; n = parent, parent = n->parent) {
		parent->balance += side_of(n, parent) ? 1 : -1;
		if (parent->balance == 0)
			return;
		if (parent->balance < -1 || parent->balance > 1) {
			rebalance(t, parent);
			return;
		}
	}
}

/* The subtree on that side of parent has shrunk by one. */
static void shrunk(struct avl *t, struct avl_node *parent, int side)
{
	while (parent) {
		parent->balance += side ? -1 : 1;
		if (parent->balance == -1 || parent->balance == 1)
			return; /* the other side keeps the height */
		if (parent->balance != 0) {
			parent = rebalance(t, parent);
			if (parent->balance != 0)
				return;
		}
		if (!parent->parent)
			return;
		side = side_of(parent, parent->parent);
		parent = parent->parent;
	}
}

void avl_remove(struct avl *t, struct avl_node *n)
{
	struct avl_node *parent = n->parent, *next;
	int side = parent ? side_of(n, parent) : 0;

	if (!n->child[0] || !n->child[1]) {
		replace(t, n, n->child[0] ? n->child[0] : n->child[1]);
		shrunk(t, parent, side);
		return;
	}

	/* Two children: the next in order, which has no left one, moves here. */
	next = n->child[1];
	while (next->child[0])
		next = next->child[0];
	parent = next->parent;
	side = side_of(next, parent);
	if (parent == n)
		parent = next; /* it is n's own child, and takes n's place */

	replace(t, next, next->child[1]);
	next->balance = n->balance;
	for (int i = 0; i < 2; i++) {
		next->child[i] = n->child[i];
		if (next->child[i])
			next->child[i]->parent = next;
	}
	replace(t, n, next);
	shrunk(t, parent, side);
}

/* The outermost node on that side below n (which may be NULL). */
static struct avl_node *outermost(struct avl_node *n, int side)
{
	while (n && n->child[side])
		n = n->child[side];
	return n;
}

static struct avl_node *step(const struct avl_node *n, int side)
{
	struct avl_node *parent;

	if (n->child[side])
		return outermost(n->child[side], !side);
	for (parent = n->parent; parent; n = parent, parent = n->parent) {
		if (side_of(n, parent) != side)
			break;
	}
	return parent;
}

struct avl_node *avl_first(const struct avl *t)
{
	return outermost(t->root, 0);
}

struct avl_node *avl_last(const struct avl *t)
{
	return outermost(t->root, 1);
}

struct avl_node *avl_next(const struct avl_node *n)
{
	return step(n, 1);
}

struct avl_node *avl_prev(const struct avl_node *n)
{
	return step(n, 0);
}

/* The height that the balances below n claim, HEIGHT_MAX + 1 at the most. */
static int claimed_height(const struct avl_node *n)
{
	int height = 0;

	for (; n && height <= HEIGHT_MAX; height++)
		n = n->child[n->balance > 0];
	return height;
}

/*
 * What is right at every node is right as a whole: at a leaf the claimed height
 * is the true one, and each node's claim rests on those of its children. So the
 * order of visits does not matter.
 */
static bool node_is_right(const struct avl_node *n)
{
	int height[2];

	for (int side = 0; side < 2; side++) {
		if (n->child[side] && n->child[side]->parent != n)
			return false;
		height[side] = claimed_height(n->child[side]);
		if (height[side] > HEIGHT_MAX)
			return false;
	}
	if (n->child[0] && n->child[0] == n->child[1])
		return false;
	return n->balance >= -1 && n->balance <= 1 &&
	       height[1] - height[0] == n->balance;
}

/*
 * Parents before children, so that a link is followed upwards only after it was
 * seen downwards: even a damaged tree is left behind in the end.
 */
bool avl_check(const struct avl *t)
{
	const struct avl_node *n = t->root;

	if (n && n->parent)
		return false;
	while (n) {
		if (!node_is_right(n))
			return false;
		if (n->child[0] || n->child[1]) {
			n = n->child[0] ? n->child[0] : n->child[1];
			continue;
		}
		while (n->parent && (side_of(n, n->parent) == 1 ||
				     !n->parent->child[1]))
			n = n->parent;
		n = n->parent ? n->parent->child[1] : NULL;
	}
	return true;
}
