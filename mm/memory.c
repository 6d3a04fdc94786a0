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

/* Where the page of that index is, or is to be; NULL: nothing is there, or no memory. */
static struct page **slot(struct memory *m, u64 index, bool make)
{
	void **at = &m->root;

	for (unsigned int level = m->levels; level > 0; level--) {
		if (!*at && make)
			*at = kzalloc(FAN * sizeof(void *));
		if (!*at)
			return NULL;
		at = (void **)*at + (index >> FAN_SHIFT * (level - 1)) % FAN;
	}
	return (struct page **)at;
}

static struct page *page_at(struct memory *m, u64 index)
{
	struct page **s = slot(m, index, false);

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

static void free_tree(void *node, unsigned int level)
{
	void **entry = node;

	if (!node)
		return;
	if (level == 0) {
		page_unshare(node);
		return;
	}
	for (unsigned int i = 0; i < FAN; i++)
		free_tree(entry[i], level - 1);
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
	for (m->levels = 1; pages > 1UL << FAN_SHIFT * m->levels;)
		m->levels++;
}

void memory_put(struct memory *m)
{
	if (!atomic_dec_and_test(&m->refs))
		return;
	ASSERT(list_empty(&m->mappings));
	free_tree(m->root, m->levels);
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
	struct page **s = slot(m, index, true);

	if (s && *s)
		return -EEXIST;
	if (!s || !account_charge(m->account, 1))
		return -ENOMEM;
	*s = p;
	m->present++;
	return 0;
}

/* A page of its own for index, with the bytes at `from`, or zeros. [lock] */
static struct page *add_page(struct memory *m, u64 index, const void *from)
{
	struct page **s = slot(m, index, true), *p;

	p = s ? page_alloc(0, PAGE_USER) : NULL;
	if (!p)
		return NULL;
	if (from)
		memcpy(page_to_virt(p), from, PAGE_SIZE);
	else
		page_clear(page_to_virt(p));
	p->private = 1;
	if (!*s) {
		if (put_page(m, index, p)) {
			page_free(p);
			return NULL;
		}
		if (m->image)
			memory_zap(m, index, 1);
		return p;
	}
	memory_zap(m, index, 1); /* nobody sees the old one any more */
	page_unshare(*s);
	*s = p;
	return p;
}

int memory_page(struct memory *m, u64 index, bool write, pte_t *pte, bool *code)
{
	struct page *p = page_at(m, index);
	paddr_t pa;

	*code = false;
	if (m->device) {
		*pte = (m->device + index * PAGE_SIZE) | PTE_ATTR_DEVICE | PTE_UXN;
		return 0;
	}
	if (!p && in_image(m, index, &pa)) {
		if (!write) { /* its instructions are visible since boot */
			*pte = pa | PTE_AP_RO;
			return 0;
		}
		p = add_page(m, index, image_bytes(m, index));
	} else if (!p && m->ops->page_in) {
		return MEMORY_ASK;
	} else if (!p) {
		p = add_page(m, index, NULL);
	} else if (write && !is_ours_alone(p)) {
		p = add_page(m, index, page_to_virt(p));
	}
	if (!p)
		return -ENOMEM;
	*pte = page_to_phys(p) | (is_ours_alone(p) ? 0 : PTE_AP_RO);
	*code = true;
	return 0;
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

/* One page, on its way from one object to another, under one lock at a time. */
static int supply_page(struct memory *to, u64 at, struct memory *from, u64 i)
{
	struct page *p = NULL;
	bool code;
	pte_t pte;
	int err;

	spin_lock(&from->lock);
	/* Have a page of its own there, even if the image has one or nobody wrote yet. */
	err = memory_page(from, i, true, &pte, &code);
	if (!err) {
		p = phys_to_page(pte_addr(pte));
		page_share(p);
		if (!list_empty(&from->mappings))
			memory_zap(from, i, 1); /* who writes asks again */
	}
	spin_unlock(&from->lock);
	if (err)
		return err == MEMORY_ASK ? -EINVAL : err;
	spin_lock(&to->lock);
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
	int err = 0;

	if (to == from || to->device || from->device || !has(to, at, n) ||
	    !has(from, first, n))
		return -EINVAL;
	while (done < n && !err) {
		err = supply_page(to, at + done, from, first + done);
		done += !err;
	}
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
