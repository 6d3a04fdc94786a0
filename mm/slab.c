/* SPDX-License-Identifier: MIT */
/*
 * Object caches. A slab is one page cut into objects; the free ones are linked
 * through their first word, and the page's struct page says how many objects are
 * out (inuse), where the list begins, and for kmalloc which size it is (private).
 *
 * A CPU takes from and gives to its magazine with IRQs off; only when that is
 * empty or full does it take the cache's lock, and then moves half a magazine.
 * Debug builds fill freed objects with a pattern and check it when they go out
 * again: a write after free is found, at the latest, by the next owner.
 */
#include "mm/slab.h"
#include "core/audit.h"
#include "core/failpoint.h"
#include "core/smp.h"
#include "kernel/assert.h"
#include "lib/string.h"
#include "mm/page.h"

#define SLAB_MAX_SIZE 2048
#define POISON 0x6b6b6b6b6b6b6b6bULL

static struct cache *caches; /* written under list_lock, never shrinks */
static struct spinlock list_lock = SPINLOCK_INIT(RANK_MM_LIST);

void cache_init(struct cache *c, const char *name, u32 size, u32 align)
{
	irqflags_t flags;

	align = MAX(align, 16U);
	memset(c, 0, sizeof(*c));
	c->name = name;
	c->size = ALIGN_UP(MAX(size, 16U), align);
	ENSURE(c->size <= SLAB_MAX_SIZE && align <= CACHE_LINE);
	c->per_slab = (u32)(PAGE_SIZE / c->size);
	spin_init(&c->lock, RANK_SLAB);
	list_init(&c->partial);
	flags = spin_lock_irqsave(&list_lock);
	c->next = caches;
	WRITE_ONCE(caches, c);
	spin_unlock_irqrestore(&list_lock, flags);
}

/* ---- slabs; the cache's lock held ---- */

static struct page *slab_new(struct cache *c)
{
	struct page *p = page_alloc(0, PAGE_SLAB);
	u8 *base;

	if (!p) {
		c->failures++;
		return NULL;
	}
	base = page_to_virt(p);
	p->private = 0;
	p->freelist = NULL;
	p->inuse = 0;
	for (u32 i = c->per_slab; i-- > 0;) {
		void **obj = (void **)(base + i * c->size);

		obj[0] = p->freelist;
		obj[1] = NULL; /* not poisoned: see unpoison */
		p->freelist = obj;
	}
	list_add(&c->partial, &p->node);
	c->slabs++;
	c->empty++;
	return p;
}

static void *slab_take(struct cache *c)
{
	struct page *p;
	void **obj;

	if (list_empty(&c->partial) && !slab_new(c))
		return NULL;
	p = list_first(&c->partial, struct page, node);
	obj = p->freelist;
	p->freelist = *obj;
	if (p->inuse++ == 0)
		c->empty--;
	if (!p->freelist)
		list_del(&p->node);
	return obj;
}

static void slab_give(struct cache *c, void *obj)
{
	struct page *p = virt_to_page(obj);

	ENSURE(p->type == PAGE_SLAB && p->inuse > 0);
	if (!p->freelist)
		list_add(&c->partial, &p->node);
	*(void **)obj = p->freelist;
	p->freelist = obj;
	if (--p->inuse > 0)
		return;
	/* Keep one empty slab; more go back. */
	if (c->empty > 0) {
		list_del(&p->node);
		c->slabs--;
		page_free(p);
	} else {
		c->empty++;
	}
}

/* ---- magazines; IRQs off ---- */

static void magazine_refill(struct cache *c, struct magazine *m)
{
	raw_spin_lock(&c->lock);
	while (m->count < MAGAZINE_SIZE / 2) {
		void *obj = slab_take(c);

		if (!obj)
			break;
		m->object[m->count++] = obj;
	}
	raw_spin_unlock(&c->lock);
}

static void magazine_drain(struct cache *c, struct magazine *m, u32 keep)
{
	raw_spin_lock(&c->lock);
	while (m->count > keep)
		slab_give(c, m->object[--m->count]);
	raw_spin_unlock(&c->lock);
}

static void poison(struct cache *c, void *obj)
{
	u64 *w = obj;

	for (u32 i = 1; i < c->size / 8; i++)
		w[i] = POISON;
	w[1] = POISON ^ (u64)obj; /* "free": tells a double free */
}

static void unpoison(struct cache *c, void *obj)
{
	u64 *w = obj;

	if (w[1] != (POISON ^ (u64)obj)) {
		w[1] = 0; /* fresh from a new slab */
		return;
	}
	w[1] = 0;
	for (u32 i = 2; i < c->size / 8; i++)
		if (unlikely(w[i] != POISON))
			panic("%s: written after free at %p + %u", c->name, obj,
			      i * 8);
}

void *cache_alloc(struct cache *c)
{
	irqflags_t flags;
	struct magazine *m;
	void *obj = NULL;
	u32 cpu;

	if (CONFIG_FAILPOINTS && failpoint_hit())
		return NULL;
	flags = local_irq_save();
	cpu = cpu_id();
	m = &c->mag[cpu];
	if (m->count == 0)
		magazine_refill(c, m);
	if (m->count > 0) {
		obj = m->object[--m->count];
		c->allocs[cpu]++;
	}
	local_irq_restore(flags);
	if (CONFIG_DEBUG_ASSERT && obj)
		unpoison(c, obj);
	return obj;
}

void *cache_zalloc(struct cache *c)
{
	void *obj = cache_alloc(c);

	if (obj)
		memset(obj, 0, c->size);
	return obj;
}

void cache_free(struct cache *c, void *obj)
{
	irqflags_t flags;
	struct magazine *m;
	u32 cpu;

	if (CONFIG_DEBUG_ASSERT) {
		ENSURE(((u64 *)obj)[1] != (POISON ^ (u64)obj)); /* freed twice */
		poison(c, obj);
	}
	flags = local_irq_save();
	cpu = cpu_id();
	m = &c->mag[cpu];
	if (m->count == MAGAZINE_SIZE)
		magazine_drain(c, m, MAGAZINE_SIZE / 2);
	m->object[m->count++] = obj;
	c->frees[cpu]++;
	local_irq_restore(flags);
}

/* ---- kmalloc ---- */

static const u32 sizes[] = { 32, 64, 128, 256, 512, 1024, 2048 };
static struct cache size_caches[ARRAY_SIZE(sizes)];
static const char *const size_names[ARRAY_SIZE(sizes)] = {
	"kmalloc-32",  "kmalloc-64",   "kmalloc-128",  "kmalloc-256",
	"kmalloc-512", "kmalloc-1024", "kmalloc-2048",
};

void slab_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
		cache_init(&size_caches[i], size_names[i], sizes[i], 0);
}

static unsigned int size_index(size_t size)
{
	unsigned int i = 0;

	while (sizes[i] < size)
		i++;
	return i;
}

void *kmalloc(size_t size)
{
	unsigned int order = 0;
	struct page *p;

	if (size <= SLAB_MAX_SIZE) {
		unsigned int i = size_index(size);
		void *obj = cache_alloc(&size_caches[i]);

		if (obj)
			virt_to_page(obj)->private = i;
		return obj;
	}
	while (PAGE_SIZE << order < size)
		if (++order > MAX_ORDER)
			return NULL;
	p = page_alloc(order, PAGE_KERNEL);
	return p ? page_to_virt(p) : NULL;
}

void *kzalloc(size_t size)
{
	void *p = kmalloc(size);

	if (p)
		memset(p, 0, size);
	return p;
}

void kfree(void *obj)
{
	struct page *p;

	if (!obj)
		return;
	p = virt_to_page(obj);
	if (p->type == PAGE_SLAB)
		cache_free(&size_caches[p->private], obj);
	else
		page_free(p);
}

/* ---- looking ---- */

void slab_drain_local(void)
{
	for (struct cache *c = READ_ONCE(caches); c; c = c->next)
		magazine_drain(c, &c->mag[cpu_id()], 0);
}

static void drain_call(void *arg)
{
	slab_drain_local();
}

void slab_drain_all(void)
{
	smp_call(CPU_MASK_ALL, drain_call, NULL);
	for (struct cache *c = READ_ONCE(caches); c; c = c->next) {
		irqflags_t flags = spin_lock_irqsave(&c->lock);
		struct page *p, *tmp;

		list_for_each_safe(p, tmp, &c->partial, node) {
			if (p->inuse)
				continue;
			list_del(&p->node);
			c->slabs--;
			c->empty--;
			page_free(p);
		}
		spin_unlock_irqrestore(&c->lock, flags);
	}
}

static u64 cache_active(const struct cache *c)
{
	u64 n = 0;

	for (u32 i = 0; i < NR_CPUS; i++)
		n += READ_ONCE(c->allocs[i]) - READ_ONCE(c->frees[i]);
	return n;
}

bool cache_get_info(unsigned int index, struct cache_info *out)
{
	for (struct cache *c = READ_ONCE(caches); c; c = c->next) {
		if (index-- > 0)
			continue;
		*out = (struct cache_info){ .name = c->name, .size = c->size,
					    .per_slab = c->per_slab,
					    .slabs = READ_ONCE(c->slabs),
					    .active = cache_active(c),
					    .failures = c->failures };
		for (u32 i = 0; i < NR_CPUS; i++)
			out->allocs += READ_ONCE(c->allocs[i]);
		return true;
	}
	return false;
}

u64 slab_active_count(void)
{
	u64 n = 0;

	for (struct cache *c = READ_ONCE(caches); c; c = c->next)
		n += cache_active(c);
	return n;
}

/* Every partial slab's free list has the length that inuse says, inside it. */
static unsigned int slab_check(void)
{
	unsigned int wrong = 0;

	for (struct cache *c = READ_ONCE(caches); c; c = c->next) {
		irqflags_t flags = spin_lock_irqsave(&c->lock);
		struct page *p;
		u32 empty = 0;

		list_for_each(p, &c->partial, node) {
			u64 base = (u64)page_to_virt(p);
			u32 n = 0;

			for (void **o = p->freelist; o && n <= c->per_slab; o = *o) {
				n++;
				if (((u64)o - base) % c->size ||
				    (u64)o - base >= PAGE_SIZE) {
					wrong++;
					break;
				}
			}
			if (p->type != PAGE_SLAB || n + p->inuse != c->per_slab)
				wrong++;
			empty += p->inuse == 0;
		}
		if (empty != c->empty)
			wrong++;
		spin_unlock_irqrestore(&c->lock, flags);
		if (wrong) {
			audit_report("slab: cache %s is inconsistent", c->name);
			break;
		}
	}
	return wrong;
}

struct audit slab_audit = { .name = "slab", .run = slab_check };
