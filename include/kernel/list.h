/* SPDX-License-Identifier: MIT */
/*
 * Intrusive doubly linked list, circular, with a head that is a node. No
 * locking: the owner of the list says which lock guards it.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_insert_between(struct list *n, struct list *prev,
				       struct list *next)
{
	n->prev = prev;
	n->next = next;
	prev->next = n;
	next->prev = n;
}

/* Insert n at the front of head. */
static inline void list_add(struct list *head, struct list *n)
{
	list_insert_between(n, head, head->next);
}

/* Insert n at the back of head. */
static inline void list_add_tail(struct list *head, struct list *n)
{
	list_insert_between(n, head->prev, head);
}

/* Unlink n and leave it an empty list, so that a second call is harmless. */
static inline void list_del(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

/* All nodes of head move to `to`, which need not be a list yet. */
static inline void list_take(struct list *head, struct list *to)
{
	list_init(to);
	if (list_empty(head))
		return;
	*to = *head;
	to->next->prev = to;
	to->prev->next = to;
	list_init(head);
}

/* Take the first node out and put n, which is in no list, at the back. */
static inline void list_rotate_in(struct list *head, struct list *n)
{
	struct list *first = head->next, *second;

	list_insert_between(n, head->prev, head);
	second = first->next; /* n itself, in a list of one */
	head->next = second;
	second->prev = head;
	list_init(first);
}

#define list_entry(node, type, member) container_of(node, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)

#define list_for_each(pos, head, member)                                   \
	for (pos = list_entry((head)->next, __typeof__(*pos), member);     \
	     &pos->member != (head);                                       \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))

/* The body may unlink or free pos. */
#define list_for_each_safe(pos, tmp, head, member)                         \
	for (pos = list_entry((head)->next, __typeof__(*pos), member),     \
	    tmp = list_entry(pos->member.next, __typeof__(*pos), member);  \
	     &pos->member != (head);                                       \
	     pos = tmp,                                                    \
	    tmp = list_entry(tmp->member.next, __typeof__(*tmp), member))
