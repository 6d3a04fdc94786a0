/* SPDX-License-Identifier: MIT */
/* See memory_object.h. */
#include "ipc/memory_object.h"
#include "ipc/endpoint.h"
#include "kernel/errno.h"
#include "mm/slab.h"

static struct cache object_cache;

/* The object is gone, the memory may be mapped still. */
static void object_gone(struct object *o)
{
	memory_put(&memory_object(o)->memory);
}

static void memory_gone(struct memory *m)
{
	cache_free(&object_cache, container_of(m, struct memory_object, memory));
}

static int make(u64 bytes, const struct memory_ops *memory_ops, struct account *account,
		struct memory_object **out)
{
	static const struct object_ops ops = { .release = object_gone };
	struct memory_object *m;

	if (bytes == 0 || !IS_ALIGNED(bytes, PAGE_SIZE) ||
	    bytes / PAGE_SIZE > MEMORY_PAGES_MAX)
		return -EINVAL;
	m = cache_zalloc(&object_cache);
	if (!m)
		return -ENOMEM;
	object_init(&m->object, OBJ_MEMORY, &ops);
	memory_make(&m->memory, bytes / PAGE_SIZE, memory_ops);
	account_get(account);
	m->memory.account = account;
	*out = m;
	return 0;
}

static const struct memory_ops plain = { .release = memory_gone };

int memory_object_create(u64 bytes, struct account *account, struct object **out)
{
	struct memory_object *m;
	int err = make(bytes, &plain, account, &m);

	if (!err)
		*out = &m->object;
	return err;
}

int memory_object_clone(struct object *of, u64 offset, u64 bytes, struct account *account,
			struct object **out)
{
	struct memory_object *m;
	int err = IS_ALIGNED(offset, PAGE_SIZE) ? make(bytes, &plain, account, &m) : -EINVAL;

	if (err)
		return err;
	err = memory_clone(&m->memory, &memory_object(of)->memory, offset / PAGE_SIZE);
	if (err)
		object_put(&m->object);
	else
		*out = &m->object;
	return err;
}

/* ---- asked for ---- */

static int ask_pager(struct memory *m, u64 offset, u32 access)
{
	struct memory_object *o = container_of(m, struct memory_object, memory);
	u64 prot = access & FAULT_WRITE ? PROT_WRITE : access & FAULT_EXEC ? PROT_EXEC : PROT_READ;
	struct ipc_answer a = ipc_ask(PAGER_FAULT, offset, prot, o->pager, o->badge);

	return a.status ? (int)a.status : a.word ? -EIO : 0;
}

static void paged_gone(struct memory *m)
{
	object_put(&container_of(m, struct memory_object, memory)->pager->object);
	memory_gone(m);
}

int memory_object_paged(struct endpoint *pager, u64 badge, u64 bytes,
			struct account *account, struct object **out)
{
	static const struct memory_ops paged = { .release = paged_gone,
						 .page_in = ask_pager };
	struct memory_object *m;
	int err = make(bytes, &paged, account, &m);

	if (err)
		return err;
	object_get(&pager->object);
	m->pager = pager;
	m->badge = badge;
	*out = &m->object;
	return 0;
}

int memory_object_device(paddr_t pa, u64 bytes, struct object **out)
{
	struct memory_object *m;
	int err = make(bytes, &plain, NULL, &m);

	if (err)
		return err;
	m->memory.device = pa;
	*out = &m->object;
	return 0;
}

void memory_object_init(void)
{
	cache_init(&object_cache, "memory object", sizeof(struct memory_object), 0);
}
