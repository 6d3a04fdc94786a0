/* SPDX-License-Identifier: MIT */
/* Handles between two tables: see struct parcel in handle.h. */
#include "ipc/handle.h"
#include "ipc/slots.h"
#include "kernel/errno.h"
#include "mm/slab.h"
#include "sched/task.h"

/* What `from` is, `to` is from now on, also to its relatives. [derive_lock] */
static void move(struct handle *from, struct handle *to)
{
	struct handle *child;

	to->badge = from->badge;
	to->parent = from->parent;
	list_init(&to->children);
	list_init(&to->sibling);
	if (!list_empty(&from->sibling))
		list_insert_between(&to->sibling, &from->sibling, from->sibling.next);
	list_del(&from->sibling);
	list_take(&from->children, &to->children);
	list_for_each(child, &to->children, sibling)
		child->parent = to;
	to->object = from->object;
	from->object = NULL;
	from->parent = NULL;
}

int parcel_pack(struct handle_table *t, u64 numbers, struct parcel **out)
{
	struct parcel *p;
	int err = 0;

	*out = NULL;
	if (!numbers)
		return 0;
	p = kzalloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	for (; numbers && !err; numbers >>= 16) {
		struct handle *to = &p->handle[p->count], *s;

		spin_lock(&derive_lock);
		spin_lock(&t->lock);
		s = handle_live_slot(t, numbers & 0xffff);
		if (s) {
			to->rights = s->rights;
			WRITE_ONCE(s->rights, 0);
			if (to->rights & RIGHTS_OF_FAST_PATH)
				sched_synchronize(); /* [HANDLE-1] */
			move(s, to);
			to->next_free = ON_ITS_WAY;
			p->from[p->count++] = (u32)(numbers & 0xffff);
		} else {
			err = -EBADF;
		}
		spin_unlock(&t->lock);
		spin_unlock(&derive_lock);
	}
	if (err)
		parcel_return(t, p);
	else
		*out = p;
	return err;
}

/* Into a slot that is reserved; true unless it was revoked or the table is gone. */
static bool put_in(struct handle_table *t, u32 h, struct handle *from)
{
	struct object *lost = NULL;
	bool there = false;
	struct handle *s;
	u32 rights = 0;

	spin_lock(&derive_lock);
	spin_lock(&t->lock);
	if (from->object && !t->closed) {
		s = handle_slot(t, h);
		move(from, s);
		smp_store_release(&s->rights, from->rights); /* [HANDLE-1] */
		there = true;
	} else if (from->object) {
		lost = handle_empty(from, &rights);
	} else if (!t->closed) {
		handle_free_slot(t, handle_slot(t, h), h);
	}
	spin_unlock(&t->lock);
	spin_unlock(&derive_lock);
	if (lost)
		handle_unname(lost, rights);
	return there;
}

void parcel_return(struct handle_table *t, struct parcel *p)
{
	for (u32 i = 0; i < p->count; i++)
		put_in(t, p->from[i], &p->handle[i]);
	kfree(p);
}

void parcel_sent(struct handle_table *t, const u32 *from, u32 count)
{
	for (u32 i = 0; i < count; i++)
		handle_unreserve(t, (int)from[i]);
}

u64 parcel_unpack(struct handle_table *t, struct parcel *p, const u32 *reserved)
{
	u64 numbers = 0;

	for (u32 i = 0; i < p->count; i++)
		if (put_in(t, reserved[i], &p->handle[i]))
			numbers |= (u64)reserved[i] << 16 * i;
	kfree(p);
	return numbers;
}

void parcel_drop(struct parcel *p)
{
	for (u32 i = 0; i < p->count; i++) {
		struct object *o = NULL;
		u32 rights;

		spin_lock(&derive_lock);
		if (p->handle[i].object)
			o = handle_empty(&p->handle[i], &rights);
		spin_unlock(&derive_lock);
		if (o)
			handle_unname(o, rights);
	}
	kfree(p);
}
