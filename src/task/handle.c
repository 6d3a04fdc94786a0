/* SPDX-License-Identifier: MIT */
/*
 * Handle tables. Free slots are linked through next_free, so naming, looking up
 * and closing take the same time however many there are. Growing allocates before
 * the lock is taken and tries again if somebody else was faster.
 */
#include "task/handle.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

#define SIZE_MIN 16

/* Link [from, size) into the free list, lowest number first. */
static void link_free(struct handle *slots, u32 from, u32 size, u32 rest)
{
	for (u32 i = from; i < size; i++)
		slots[i] = (struct handle){ .next_free = i + 1 < size ? i + 1 : rest };
}

int handle_table_init(struct handle_table *t)
{
	memset(t, 0, sizeof(*t));
	spin_init(&t->lock, RANK_HANDLES);
	t->slots = kmalloc(SIZE_MIN * sizeof(struct handle));
	if (!t->slots)
		return -ENOMEM;
	t->size = SIZE_MIN;
	t->slots[0] = (struct handle){ 0 }; /* HANDLE_NONE */
	link_free(t->slots, 1, SIZE_MIN, 0);
	t->free_head = 1;
	return 0;
}

void handle_table_destroy(struct handle_table *t)
{
	struct handle *slots;
	u32 size;

	spin_lock(&t->lock);
	slots = t->slots;
	size = t->size;
	t->slots = NULL;
	t->size = t->used = t->free_head = 0;
	t->closed = true;
	spin_unlock(&t->lock);
	for (u32 i = 0; i < size; i++)
		if (slots[i].object)
			object_put(slots[i].object);
	kfree(slots);
}

/* Double the table; the lock is dropped meanwhile. 0, -EMFILE, -ENOMEM. */
static int grow(struct handle_table *t)
{
	u32 size = t->size, new_size = MIN(size * 2, (u32)HANDLES_MAX);
	struct handle *slots, *old;

	if (size >= HANDLES_MAX)
		return -EMFILE;
	spin_unlock(&t->lock);
	slots = kmalloc(new_size * sizeof(struct handle));
	spin_lock(&t->lock);
	if (!slots)
		return -ENOMEM;
	old = slots; /* to be freed if somebody else was faster */
	if (t->size == size && !t->free_head && !t->closed) {
		memcpy(slots, t->slots, size * sizeof(struct handle));
		link_free(slots, size, new_size, 0);
		t->free_head = size;
		old = t->slots;
		t->slots = slots;
		t->size = new_size;
	}
	kfree(old);
	return 0;
}

int handle_reserve(struct handle_table *t)
{
	int err = 0;
	u32 h;

	spin_lock(&t->lock);
	while (!t->closed && !t->free_head && !err)
		err = grow(t);
	if (t->closed)
		err = -ESRCH;
	if (err) {
		spin_unlock(&t->lock);
		return err;
	}
	h = t->free_head;
	t->free_head = t->slots[h].next_free;
	t->used++;
	spin_unlock(&t->lock);
	return (int)h;
}

void handle_unreserve(struct handle_table *t, int h)
{
	spin_lock(&t->lock);
	if (!t->closed) {
		t->slots[h].next_free = t->free_head;
		t->free_head = (u32)h;
		t->used--;
	}
	spin_unlock(&t->lock);
}

void handle_install(struct handle_table *t, int h, struct object *o, u32 rights)
{
	bool closed;

	spin_lock(&t->lock);
	closed = t->closed;
	if (!closed)
		t->slots[h] = (struct handle){ .object = o, .rights = rights };
	spin_unlock(&t->lock);
	if (closed) /* the table went, and its handles with it */
		object_put(o);
}

int handle_add(struct handle_table *t, struct object *o, u32 rights)
{
	int h = handle_reserve(t);

	if (h > 0)
		handle_install(t, h, o, rights);
	return h;
}

int handle_get_any(struct handle_table *t, u64 h, u32 types, u32 rights,
		   struct object **out)
{
	int err = -EBADF;

	spin_lock(&t->lock);
	if (h < t->size && t->slots[h].object &&
	    types & BIT(t->slots[h].object->type)) {
		err = -EPERM;
		if ((t->slots[h].rights & rights) == rights) {
			*out = t->slots[h].object;
			object_get(*out);
			err = 0;
		}
	}
	spin_unlock(&t->lock);
	return err;
}

int handle_get(struct handle_table *t, u64 h, enum object_type type, u32 rights,
	       struct object **out)
{
	return handle_get_any(t, h, (u32)BIT(type), rights, out);
}

int handle_close(struct handle_table *t, u64 h)
{
	struct object *o = NULL;

	spin_lock(&t->lock);
	if (h < t->size && t->slots[h].object) {
		o = t->slots[h].object;
		t->slots[h] = (struct handle){ .next_free = t->free_head };
		t->free_head = (u32)h;
		t->used--;
	}
	spin_unlock(&t->lock);
	if (!o)
		return -EBADF;
	object_put(o);
	return 0;
}
