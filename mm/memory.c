/* SPDX-License-Identifier: MIT */
/* Memory objects: their pages. See memory.h. */
#include "mm/memory.h"
#include "arm64/tlb.h"
#include "kernel/assert.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

/* ---- the tree: nodes of 64 pointers, as many levels as the size needs ---- */

#define FAN_SHIFT 6
#define FAN (1U << FAN_SHIFT)

/* Where the page of that index is, or is to be; NULL: no node of the tree is there yet. */
static inline struct page **find_slot(struct memory *m, u64 index)
{
	unsigned int shift = m->shift;
	void **at = &m->root;

	do {
		if (!*at)
			return NULL;
		shift -= FAN_SHIFT;
		at = (void **)*at + (index >> shift) % FAN;
	} while (shift);
	return (struct page **)at;
}

/* The same, made if need be; NULL: no memory. */
static __noinline struct page **make_slot(struct memory *m, u64 index)
{
	unsigned int shift = m->shift;
	void **at = &m->root;

	do {
		if (!*at)
			*at = kzalloc(FAN * sizeof(void *));
		if (!*at)
			return NULL;
		shift -= FAN_SHIFT;
		at = (void **)*at + (index >> shift) % FAN;
	} while (shift);
	return (struct page **)at;
}

static struct page *page_at(struct memory *m, u64 index)
{
	struct page **s = find_slot(m, index);

	return s ? *s : NULL;
}

/* ---- pages that several objects have ---- */

static bool is_ours_alone(struct page *p)
{
	/* Only an object that has it can share it further, and ours is locked. */
	return __atomic_load_n(&p->private, __ATOMIC_ACQUIRE) == 1;
}

static void page_share(struct page *p)
{
	__atomic_add_fetch(&p->private, 1, __ATOMIC_RELAXED);
}

static void page_unshare(struct page *p)
{
	/* Release: what was written to it comes before its next use. */
	if (__atomic_sub_fetch(&p->private, 1, __ATOMIC_ACQ_REL) == 0)
		page_free(p);
}

static void free_tree(void *node, unsigned int shift)
{
	void **entry = node;

	if (!node)
		return;
	if (shift == 0) {
		page_unshare(node);
		return;
	}
	for (unsigned int i = 0; i < FAN; i++)
		free_tree(entry[i], shift - FAN_SHIFT);
	kfree(node);
}

/* ---- life ---- */

void memory_make(struct memory *m, u64 pages, const struct memory_ops *ops)
{
	memset(m, 0, sizeof(*m));
	atomic_set(&m->refs, 1);
	m->ops = ops;
	m->pages = pages;
	spin_init(&m->lock, RANK_MEMORY);
	list_init(&m->mappings);
	for (m->shift = FAN_SHIFT; pages > 1UL << m->shift;)
		m->shift += FAN_SHIFT;
}

void memory_release(struct memory *m)
{
	ASSERT(list_empty(&m->mappings));
	free_tree(m->root, m->shift);
	account_release(m->account, m->present);
	account_put(m->account);
	m->ops->release(m);
}

/* ---- a page for an access ---- */

/* Of the image: *pa is where it lies. */
static bool in_image(const struct memory *m, u64 index, paddr_t *pa)
{
	u64 at = m->image_off + index * PAGE_SIZE;

	if (!m->image || at >= m->image->size)
		return false;
	*pa = m->image->phys + at;
	return true;
}

static const u8 *image_bytes(const struct memory *m, u64 index)
{
	return m->image->data + m->image_off + index * PAGE_SIZE;
}

/* Put p where there is none yet; it counts it already. 0, -ENOMEM, -EEXIST. [lock] */
static int put_page(struct memory *m, u64 index, struct page *p)
{
	struct page **s = find_slot(m, index);

	if (unlikely(!s))
		s = make_slot(m, index);
	if (s && *s)
		return -EEXIST;
	if (!s || !account_charge(m->account, 1))
		return -ENOMEM;
	*s = p;
	m->present++;
	return 0;
}

int memory_look(struct memory *m, u64 index, bool write, struct memory_page *found)
{
	struct page **s, *p;
	paddr_t pa;

	found->code = false;
	if (unlikely(m->device)) {
		found->pte = (m->device + index * PAGE_SIZE) | PTE_ATTR_DEVICE | PTE_UXN;
		return 0;
	}
	s = found->slot ?: find_slot(m, index);
	found->slot = s;
	p = s ? *s : NULL;
	if (likely(p)) {
		bool alone = is_ours_alone(p);

		found->pte = page_to_phys(p) | (alone ? 0 : PTE_AP_RO);
		found->code = true;
		return write && !alone ? MEMORY_MAKE : 0;
	}
	if (in_image(m, index, &pa)) { /* its instructions are visible since boot */
		found->pte = pa | PTE_AP_RO;
		return write ? MEMORY_MAKE : 0;
	}
	return m->ops->page_in ? MEMORY_ASK : MEMORY_MAKE;
}

int memory_make_page(struct memory *m, u64 index, struct memory_page *found)
{
	struct page **s = found->slot ?: make_slot(m, index);
	struct page *p = s ? page_alloc(0, PAGE_USER) : NULL, *old;
	paddr_t pa;
	void *to;

	found->replaced = false;
	found->old = NULL;
	if (!p)
		return -ENOMEM;
	old = *s;
	if (!old && !account_charge(m->account, 1)) {
		page_free(p);
		return -ENOMEM;
	}
	to = page_to_virt(p);
	if (old)
		memcpy(to, page_to_virt(old), PAGE_SIZE);
	else if (in_image(m, index, &pa))
		memcpy(to, image_bytes(m, index), PAGE_SIZE);
	else
		page_clear(to);
	p->private = 1;
	m->present += !old;
	*s = p;
	found->pte = page_to_phys(p);
	found->code = true;
	found->replaced = old || m->image;
	found->old = old;
	return 0;
}

void memory_drop_old(struct memory *m, u64 index, struct memory_page *found, bool shown)
{
	if (found->replaced && shown)
		memory_zap(m, index, 1);
	if (found->old)
		page_unshare(found->old);
	found->replaced = false;
	found->old = NULL;
}

int memory_page(struct memory *m, u64 index, bool write, pte_t *pte, bool *code)
{
	struct memory_page p = { .slot = NULL };
	int err = memory_look(m, index, write, &p);

	if (err == MEMORY_MAKE) {
		err = memory_make_page(m, index, &p);
		memory_drop_old(m, index, &p, true);
	}
	if (!err) {
		*pte = p.pte;
		*code = p.code;
	}
	return err;
}

/* ---- copies ---- */

static bool has(const struct memory *m, u64 first, u64 n)
{
	return first <= m->pages && n <= m->pages - first;
}

/* Share the page at from[i] with to[j]; true if there is one. The mappings of `from` may
 * write to it still. *err: no memory. [from->lock] */
static bool share(struct memory *to, u64 j, struct memory *from, u64 i, int *err)
{
	struct page *p = page_at(from, i);

	if (!p)
		return false;
	*err = put_page(to, j, p);
	if (*err)
		return false;
	page_share(p);
	return true;
}

int memory_clone(struct memory *to, struct memory *from, u64 first)
{
	int err = 0;

	if (from->device || from->ops->page_in || !has(from, first, to->pages))
		return -EINVAL;
	to->image = from->image;
	to->image_off = from->image_off + first * PAGE_SIZE;
	/* In pieces, so that the lock is not held for long. */
	for (u64 at = 0; at < to->pages && !err; at += FAN) {
		u64 n = MIN(to->pages - at, FAN);
		bool any = false;

		spin_lock(&from->lock);
		for (u64 i = at; i < at + n && !err; i++)
			any |= share(to, i, from, first + i, &err);
		if (any)
			memory_zap(from, first + at, n); /* who writes asks again */
		spin_unlock(&from->lock);
	}
	return err;
}

/* Have a page of its own there, even if the image has one or nobody wrote yet. [lock] */
static __noinline struct page *own_page(struct memory *m, u64 index, int *err)
{
	bool code;
	pte_t pte;

	*err = memory_page(m, index, true, &pte, &code);
	return *err ? NULL : page_at(m, index);
}

/* One page, on its way from one object to another, under one lock at a time. */
static inline int supply_page(struct memory *to, u64 at, struct memory *from, u64 i)
{
	struct page *p;
	int err = 0;

	spin_lock(&from->lock);
	p = page_at(from, i);
	if (unlikely(!p))
		p = own_page(from, i, &err);
	if (err) {
		spin_unlock(&from->lock);
		return err == MEMORY_ASK ? -EINVAL : err;
	}
	page_share(p);
	if (!list_empty(&from->mappings))
		memory_zap(from, i, 1); /* who writes asks again */
	raw_spin_unlock(&from->lock); /* nor preempted before the next */
	raw_spin_lock(&to->lock);
	err = put_page(to, at, p);
	if (!err && to->image)
		memory_zap(to, at, 1); /* the image's own page may be mapped */
	spin_unlock(&to->lock);
	if (err)
		page_unshare(p);
	return err;
}

s64 memory_supply(struct memory *to, u64 at, struct memory *from, u64 first, u64 n)
{
	u64 done = 0;
	int err;

	if (to == from || to->device || from->device || !has(to, at, n) ||
	    !has(from, first, n))
		return -EINVAL;
	do {
		err = supply_page(to, at + done, from, first + done);
	} while (!err && ++done < n);
	return done ? (s64)done : err;
}

/* ---- bytes ---- */

/* Of one page. */
static int read_page(struct memory *m, u64 offset, void *to, size_t n)
{
	u64 index = offset / PAGE_SIZE, in = offset % PAGE_SIZE;
	bool code;
	pte_t pte;
	int err;

	spin_lock(&m->lock);
	err = memory_page(m, index, false, &pte, &code);
	if (!err && !page_at(m, index))
		memcpy(to, image_bytes(m, index) + in, n);
	else if (!err)
		memcpy(to, (u8 *)page_to_virt(page_at(m, index)) + in, n);
	spin_unlock(&m->lock);
	return err;
}

int memory_read(struct memory *m, u64 offset, void *to, size_t n)
{
	bool asked = false;

	if (m->device || offset > m->pages * PAGE_SIZE || n > m->pages * PAGE_SIZE - offset)
		return -EINVAL;
	while (n > 0) {
		size_t step = MIN(n, PAGE_SIZE - offset % PAGE_SIZE);
		int err = read_page(m, offset, to, step);

		if (err == MEMORY_ASK && !asked) {
			err = m->ops->page_in(m, ALIGN_DOWN(offset, PAGE_SIZE), FAULT_READ);
			asked = true;
			if (!err)
				continue;
		}
		if (err)
			return err == MEMORY_ASK ? -EIO : err;
		asked = false;
		offset += step;
		to = (u8 *)to + step;
		n -= step;
	}
	return 0;
}
