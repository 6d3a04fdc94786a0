/* SPDX-License-Identifier: MIT */
/*
 * The tree beside a sorted array, under random insertions and removals, with
 * avl_check() after each.
 */
#include "kernel/test.h"
#include "lib/avl.h"

#define NR_ITEMS 64

struct item {
	struct avl_node node;
	int key, serial; /* serial: order of insertion */
	bool in_tree;
};

static struct item items[NR_ITEMS];
static struct item *sorted[NR_ITEMS]; /* what the tree should hold */
static int nr_sorted;
static struct avl tree;

static struct item *item_of(const struct avl_node *n)
{
	return container_of((struct avl_node *)(uintptr_t)n, struct item, node);
}

static int cmp_items(const struct avl_node *a, const struct avl_node *b)
{
	return item_of(a)->key - item_of(b)->key;
}

static int cmp_key(const void *key, const struct avl_node *n)
{
	return *(const int *)key - item_of(n)->key;
}

/* xorshift64: the same sequence on every run. */
static u32 random_state(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (u32)(*state >> 32);
}

/* Behind all that are equal, as the tree promises. */
static void sorted_insert(struct item *it)
{
	int i = nr_sorted++;

	for (; i > 0 && sorted[i - 1]->key > it->key; i--)
		sorted[i] = sorted[i - 1];
	sorted[i] = it;
}

static void sorted_remove(const struct item *it)
{
	int i = 0;

	while (sorted[i] != it)
		i++;
	for (nr_sorted--; i < nr_sorted; i++)
		sorted[i] = sorted[i + 1];
}

/* Both ways through the tree give the array. */
static bool tree_is_sorted_array(void)
{
	struct avl_node *n = avl_first(&tree);
	int i;

	for (i = 0; i < nr_sorted; i++, n = avl_next(n)) {
		if (!n || item_of(n) != sorted[i])
			return false;
	}
	if (n)
		return false;
	for (n = avl_last(&tree); i-- > 0; n = avl_prev(n)) {
		if (!n || item_of(n) != sorted[i])
			return false;
	}
	return !n;
}

static bool finds_like_the_array(int key)
{
	struct avl_node *found = avl_find(&tree, &key, cmp_key);
	struct avl_node *bound = avl_lower_bound(&tree, &key, cmp_key);
	int i = 0;

	while (i < nr_sorted && sorted[i]->key < key)
		i++;
	if (bound != (i < nr_sorted ? &sorted[i]->node : NULL))
		return false;
	if (i < nr_sorted && sorted[i]->key == key)
		return found && item_of(found)->key == key;
	return !found;
}

static void reset(void)
{
	tree.root = NULL;
	nr_sorted = 0;
	for (int i = 0; i < NR_ITEMS; i++)
		items[i] = (struct item){ 0 };
}

/*
 * Seen failing with each of these in avl.c: ">= 0" in avl_insert() made "> 0"
 * (equal keys turned round), no inner rotation in rebalance(), MAX() left out of
 * rotate(), the loop of shrunk() left after one turn, next->balance not copied
 * in avl_remove(), avl_lower_bound() taking only what is equal.
 */
TEST(avl, agrees_with_a_sorted_array)
{
	u64 state = 42;

	reset();
	for (int round = 0; round < 2000; round++) {
		struct item *it = &items[random_state(&state) % NR_ITEMS];

		if (it->in_tree) {
			avl_remove(&tree, &it->node);
			sorted_remove(it);
		} else {
			it->key = (int)(random_state(&state) % 100);
			avl_insert(&tree, &it->node, cmp_items);
			sorted_insert(it);
		}
		it->in_tree = !it->in_tree;
		EXPECT(avl_check(&tree));
		EXPECT(tree_is_sorted_array());
		EXPECT(finds_like_the_array((int)(random_state(&state) % 100)));
	}
}

/* Seen failing with the early return of avl_insert() for balance 0 left out
 * (the order is right then, the heights are not). */
TEST(avl, stays_low_under_ascending_keys)
{
	struct avl_node *n;
	int height = 0;

	reset();
	for (int i = 0; i < NR_ITEMS; i++) {
		items[i].key = i;
		avl_insert(&tree, &items[i].node, cmp_items);
		EXPECT(avl_check(&tree));
	}
	for (n = tree.root; n; n = n->child[1])
		height++;
	EXPECT_LE(height, 8); /* 1.44 log2(64) */
	for (int i = 0; i < NR_ITEMS; i++) {
		EXPECT_EQ(item_of(avl_first(&tree))->key, i);
		avl_remove(&tree, &items[i].node);
		EXPECT(avl_check(&tree));
	}
	EXPECT(!avl_first(&tree) && !avl_last(&tree) && !tree.root);
}

/* Seen failing, one line each, with the respective condition removed from
 * node_is_right() or avl_check(). */
TEST(avl, check_sees_damage)
{
	struct avl_node *root, *left;

	reset();
	for (int i = 0; i < 10; i++) {
		items[i].key = i;
		avl_insert(&tree, &items[i].node, cmp_items);
	}
	root = tree.root;
	left = root->child[0];
	EXPECT(avl_check(&tree));

	left->balance++;
	EXPECT(!avl_check(&tree));
	left->balance--;

	left->parent = left;
	EXPECT(!avl_check(&tree));
	left->parent = root;

	root->parent = left;
	EXPECT(!avl_check(&tree));
	root->parent = NULL;

	/* Both sides the same node, heights and balance in order. */
	tree.root = &items[0].node;
	items[0].node = (struct avl_node){
		.child = { &items[1].node, &items[1].node },
	};
	items[1].node = (struct avl_node){ .parent = &items[0].node };
	EXPECT(!avl_check(&tree));
	items[0].node.child[0] = NULL;
	items[0].node.balance = 1;
	EXPECT(avl_check(&tree));

	/* A chain of three claims what is true, but is no AVL tree. */
	items[1].node.child[1] = &items[2].node;
	items[1].node.balance = 1;
	items[2].node = (struct avl_node){ .parent = &items[1].node };
	items[0].node.balance = 2;
	EXPECT(!avl_check(&tree));
}
