/* SPDX-License-Identifier: MIT */
/*
 * Handle tables. Free slots are linked through next_free, so naming, looking up
 * and closing take the same time however many there are. A chunk is allocated before
 * the lock is taken, and given back if somebody else was faster.
 */
#include "ipc/handle.h"
#include "ipc/slots.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/task.h"

#define NR_CHUNKS (HANDLES_MAX / HANDLES_PER_CHUNK)

_Static_assert(sizeof(struct handle) * HANDLES_PER_CHUNK == PAGE_SIZE,
	       "a chunk is a page, so that table_of() finds its first slot");

struct spinlock derive_lock = SPINLOCK_INIT(RANK_DERIVE);

struct handle *handle_slot(struct handle_table *t, u64 h)
{
	return &t->chunks[h / HANDLES_PER_CHUNK][h % HANDLES_PER_CHUNK];
}

struct handle *handle_live_slot(struct handle_table *t, u64 h)
{
	struct handle *s;

	if (h >= t->size)
		return NULL;
	s = handle_slot(t, h); /* a chunk's first names nothing */
	return s->object ? s : NULL;
}

static struct handle *first_of_chunk(struct handle *s)
{
	return (struct handle *)ALIGN_DOWN((u64)s, PAGE_SIZE);
}

static struct handle_table *table_of(struct handle *s)
{
	return first_of_chunk(s)->table;
}

static u32 number_of(struct handle *s)
{
	struct handle *first = first_of_chunk(s);

	return first->number + (u32)(s - first);
}

/* ---- free slots ---- */

/* A chunk for numbers from t->size on, lowest first. [lock] */
static void add_chunk(struct handle_table *t, struct handle *chunk)
{
	chunk[0].table = t;
	chunk[0].number = t->size;
	for (u32 i = 1; i < HANDLES_PER_CHUNK; i++) {
		list_init(&chunk[i].children);
		list_init(&chunk[i].sibling);
		chunk[i].next_free = i + 1 < HANDLES_PER_CHUNK ? t->size + i + 1 : 0;
	}
	smp_store_release(&t->chunks[t->size / HANDLES_PER_CHUNK], chunk);
	t->free_head = t->size + 1;
	t->size += HANDLES_PER_CHUNK;
}

/* [lock] */
void handle_free_slot(struct handle_table *t, struct handle *s, u32 h)
{
	s->next_free = t->free_head;
	t->free_head = h;
	t->used--;
}

int handle_table_init(struct handle_table *t, struct account *account)
{
	struct handle *chunk;

	memset(t, 0, sizeof(*t));
	spin_init(&t->lock, RANK_HANDLES);
	t->account = account;
	t->chunks = kzalloc(NR_CHUNKS * sizeof(*t->chunks));
	if (!t->chunks)
		return -ENOMEM;
	chunk = kzalloc(PAGE_SIZE);
	if (!chunk) {
		kfree(t->chunks);
		return -ENOMEM;
	}
	add_chunk(t, chunk);
	return 0;
}

/* One more chunk; the lock is dropped meanwhile. 0, -EMFILE, -ENOMEM. */
static int grow(struct handle_table *t)
{
	struct handle *chunk;

	if (t->size >= HANDLES_MAX)
		return -EMFILE;
	spin_unlock(&t->lock);
	if (!account_charge(t->account, ACCOUNT_HANDLES)) {
		spin_lock(&t->lock);
		return -ENOMEM;
	}
	chunk = kzalloc(PAGE_SIZE);
	spin_lock(&t->lock);
	if (!chunk) {
		account_release(t->account, ACCOUNT_HANDLES);
		return -ENOMEM;
	}
	if (t->size < HANDLES_MAX && !t->free_head && !t->closed) {
		add_chunk(t, chunk);
		return 0;
	}
	account_release(t->account, ACCOUNT_HANDLES);
	kfree(chunk);
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
	t->free_head = handle_slot(t, h)->next_free;
	t->used++;
	spin_unlock(&t->lock);
	return (int)h;
}

void handle_unreserve(struct handle_table *t, int h)
{
	spin_lock(&t->lock);
	if (!t->closed)
		handle_free_slot(t, handle_slot(t, (u64)h), (u32)h);
	spin_unlock(&t->lock);
}

/* ---- naming ---- */

static void name(struct object *o, u32 rights)
{
	if (o->ops && o->ops->named)
		o->ops->named(o, rights);
}

void handle_unname(struct object *o, u32 rights)
{
	if (o->ops && o->ops->unnamed)
		o->ops->unnamed(o, rights);
	object_put(o);
}

/* False: the table is gone. [derive_lock if there is a parent] */
static bool fill(struct handle_table *t, int h, struct object *o, u32 rights, u64 badge,
		 struct handle *parent)
{
	struct handle *s;
	bool filled;

	spin_lock(&t->lock);
	filled = !t->closed;
	if (filled) {
		s = handle_slot(t, (u64)h);
		s->object = o;
		s->badge = badge;
		s->parent = parent;
		if (parent)
			list_add_tail(&parent->children, &s->sibling);
		/* [HANDLE-1] The fast path looks at the rights first. */
		smp_store_release(&s->rights, rights);
	}
	spin_unlock(&t->lock);
	return filled;
}

void handle_install(struct handle_table *t, int h, struct object *o, u32 rights)
{
	name(o, rights);
	if (!fill(t, h, o, rights, 0, NULL)) /* and its handles with it */
		handle_unname(o, rights);
}

int handle_add(struct handle_table *t, struct object *o, u32 rights)
{
	int h = handle_reserve(t);

	if (h > 0)
		handle_install(t, h, o, rights);
	return h;
}

/* The same under a number of `to` that is reserved: 0 for success. */
static int derive(struct handle_table *from, u64 h, struct handle_table *to, int number,
		  u32 rights, u64 badge)
{
	struct object *o = NULL;
	struct handle *s;
	int err = 0;

	spin_lock(&derive_lock);
	spin_lock(&from->lock);
	s = handle_live_slot(from, h);
	if (!s) {
		err = -EBADF;
	} else if (!(s->rights & RIGHT_DUPLICATE) || (badge && s->badge)) {
		err = -EPERM;
	} else {
		o = s->object;
		rights &= s->rights;
		badge = badge ?: s->badge;
		object_get(o);
	}
	spin_unlock(&from->lock);
	if (!err) {
		name(o, rights); /* before it can be closed */
		if (!fill(to, number, o, rights, badge, s))
			err = -ESRCH;
	}
	spin_unlock(&derive_lock);
	if (err == -ESRCH)
		handle_unname(o, rights);
	return err;
}

int handle_derive(struct handle_table *from, u64 h, struct handle_table *to, u32 rights,
		  u64 badge)
{
	int number = handle_reserve(to), err;

	if (number < 0)
		return number;
	err = derive(from, h, to, number, rights, badge);
	if (!err)
		return number;
	handle_unreserve(to, number);
	return err;
}

/* ---- looking up ---- */

/* [lock] */
static inline int look_up(struct handle_table *t, u64 h, u32 types, u32 rights,
			  struct handle **out)
{
	struct handle *s = *out = handle_live_slot(t, h);

	if (!s || !(types & BIT(s->object->type)))
		return -EBADF;
	return (s->rights & rights) == rights ? 0 : -EPERM;
}

int handle_get_any(struct handle_table *t, u64 h, u32 types, u32 rights,
		   struct object **out, u64 *badge)
{
	struct handle *s;
	int err;

	spin_lock(&t->lock);
	err = look_up(t, h, types, rights, &s);
	if (!err) {
		*out = s->object;
		object_get(*out);
		if (badge)
			*badge = s->badge;
	}
	spin_unlock(&t->lock);
	return err;
}

int handle_get_two(struct handle_table *t, enum object_type type, const struct handle_want want[2],
		   struct object *out[2])
{
	struct handle *s[2];
	int err;

	spin_lock(&t->lock);
	err = look_up(t, want[0].h, (u32)BIT(type), want[0].rights, &s[0]);
	if (!err)
		err = look_up(t, want[1].h, (u32)BIT(type), want[1].rights, &s[1]);
	for (int i = 0; i < 2 && !err; i++) {
		out[i] = s[i]->object;
		object_get(out[i]);
	}
	spin_unlock(&t->lock);
	return err;
}

int handle_get(struct handle_table *t, u64 h, enum object_type type, u32 rights,
	       struct object **out)
{
	return handle_get_any(t, h, (u32)BIT(type), rights, out, NULL);
}

bool handle_next(struct handle_table *t, struct handle_info *out)
{
	struct handle *s = NULL;
	u64 h = out->number;

	spin_lock(&t->lock);
	while (!s && ++h < t->size)
		s = handle_live_slot(t, h);
	if (s)
		*out = (struct handle_info){ .number = (u32)h, .rights = s->rights,
					     .badge = s->badge, .type = s->object->type,
					     .object = s->object->id,
					     .derived = s->parent != NULL };
	spin_unlock(&t->lock);
	return s;
}

struct object *handle_peek(const struct handle_table *t, u64 h, u32 right, u64 *badge)
{
	struct handle *chunk, *s;

	if (h >= HANDLES_MAX)
		return NULL;
	chunk = smp_load_acquire(&t->chunks[h / HANDLES_PER_CHUNK]);
	if (!chunk)
		return NULL;
	s = &chunk[h % HANDLES_PER_CHUNK]; /* the first has no rights */
	if (!(smp_load_acquire(&s->rights) & right)) /* [HANDLE-1] */
		return NULL;
	*badge = s->badge;
	return s->object;
}

/* ---- closing ---- */

/* Out of the tree: its children are its parent's from now on. [derive_lock] */
static void unlink(struct handle *s)
{
	while (!list_empty(&s->children)) {
		struct handle *child = list_first(&s->children, struct handle, sibling);

		list_del(&child->sibling);
		child->parent = s->parent;
		if (s->parent)
			list_add_tail(&s->parent->children, &child->sibling);
	}
	list_del(&s->sibling);
	s->parent = NULL;
}

/* Empty a slot; the object is the caller's to unname. [derive_lock, t's lock] */
struct object *handle_empty(struct handle *s, u32 *rights)
{
	struct object *o = s->object;

	*rights = s->rights;
	unlink(s);
	WRITE_ONCE(s->rights, 0);
	if (*rights & RIGHTS_OF_FAST_PATH)
		sched_synchronize(); /* [HANDLE-1] nobody uses it any more */
	s->object = NULL;
	s->badge = 0;
	return o;
}

int handle_close(struct handle_table *t, u64 h)
{
	struct object *o = NULL;
	struct handle *s;
	u32 rights = 0;

	spin_lock(&derive_lock);
	spin_lock(&t->lock);
	s = handle_live_slot(t, h);
	if (s) {
		o = handle_empty(s, &rights);
		handle_free_slot(t, s, (u32)h);
	}
	spin_unlock(&t->lock);
	spin_unlock(&derive_lock);
	if (!o)
		return -EBADF;
	handle_unname(o, rights);
	return 0;
}

/* Out of whatever table it is in. [derive_lock] */
static struct object *take_out(struct handle *s, u32 *rights)
{
	struct handle_table *of = table_of(s);
	struct object *o;

	spin_lock(&of->lock);
	o = handle_empty(s, rights);
	handle_free_slot(of, s, number_of(s));
	spin_unlock(&of->lock);
	return o;
}

/* A handle derived from h of which nothing is derived, emptied; NULL: there is none. */
static struct object *revoke_one(struct handle_table *t, u64 h, u32 *rights, int *err)
{
	struct object *o = NULL;
	struct handle *s;

	spin_lock(&derive_lock);
	spin_lock(&t->lock);
	s = handle_live_slot(t, h);
	spin_unlock(&t->lock);
	*err = s ? 0 : -EBADF;
	if (s && !list_empty(&s->children)) {
		do
			s = list_first(&s->children, struct handle, sibling);
		while (!list_empty(&s->children));
		o = s->next_free == ON_ITS_WAY ? handle_empty(s, rights) : take_out(s, rights);
	}
	spin_unlock(&derive_lock);
	return o;
}

int handle_revoke(struct handle_table *t, u64 h)
{
	struct object *o;
	u32 rights;
	int err;

	while ((o = revoke_one(t, h, &rights, &err)) != NULL)
		handle_unname(o, rights);
	return err;
}

void handle_table_destroy(struct handle_table *t)
{
	u32 size;

	spin_lock(&t->lock);
	size = t->size;
	t->closed = true;
	spin_unlock(&t->lock);
	for (u32 h = 0; h < size; h++)
		if (handle_live_slot(t, h)) /* revoked ones meanwhile: handle_close looks again */
			handle_close(t, h);
	spin_lock(&t->lock);
	t->size = t->used = t->free_head = 0;
	spin_unlock(&t->lock);
	for (u32 c = 0; c < size / HANDLES_PER_CHUNK; c++)
		kfree(t->chunks[c]);
	/* The first is the process's (ACCOUNT_PROCESS). */
	account_release(t->account, (size / HANDLES_PER_CHUNK - 1) * ACCOUNT_HANDLES);
	kfree(t->chunks);
	t->chunks = NULL;
}
