/* SPDX-License-Identifier: MIT */
/*
 * The page allocator. Free memory is blocks of 2^order pages, aligned to their
 * size, in one list per order; freeing joins a block with its buddy (the block
 * whose frame number differs in the bit of its order). A block's first struct
 * page says what it is; those of the others are not looked at, except that each
 * struct page of a 4 MB span around any memory exists and reads PAGE_RESERVED.
 *
 * Single pages go through a stock per CPU, refilled and drained by halves, so the
 * common case takes no lock: IRQs off is enough.
 *
 * Locking: buddy_lock for the lists and counts; a stock belongs to its CPU.
 */
#include "mm/lazy.h"
#include "mm/page.h"
#include "arm64/tlb.h"
#include "core/audit.h"
#include "core/failpoint.h"
#include "core/smp.h"
#include "core/spinlock.h"
#include "kernel/assert.h"
#include "lib/string.h"

#define STOCK_MAX 64
#define STOCK_BATCH 32

static struct list free_list[MAX_ORDER + 1]; /* [buddy_lock] */
static u64 nr_blocks[MAX_ORDER + 1];	     /* [buddy_lock] */
static u64 nr_free, nr_total;		     /* [buddy_lock] pages */
static u64 nr_allocs, nr_failures;	     /* [buddy_lock] */
static struct spinlock buddy_lock = SPINLOCK_INIT(RANK_BUDDY);

static struct stock {
	u32 count;
	u64 allocs;
	struct page *page[STOCK_MAX];
} stocks[NR_CPUS] __aligned(CACHE_LINE); /* [own CPU, IRQs off] */

/* ---- the buddy system; buddy_lock held ---- */

static void block_insert(struct page *p, unsigned int order)
{
	p->type = PAGE_FREE;
	p->order = (u8)order;
	list_add(&free_list[order], &p->node);
	nr_blocks[order]++;
}

static void block_remove(struct page *p)
{
	list_del(&p->node);
	nr_blocks[p->order]--;
}

static void buddy_free(struct page *p, unsigned int order)
{
	u64 pfn = page_to_pfn(p);

	p->type = PAGE_RESERVED; /* freed twice, it will be caught (page_free) */
	nr_free += 1UL << order;
	while (order < MAX_ORDER) {
		struct page *buddy = pfn_to_page(pfn ^ 1UL << order);

		if (buddy->type != PAGE_FREE || buddy->order != order)
			break;
		block_remove(buddy);
		buddy->type = PAGE_RESERVED; /* no longer a head, perhaps */
		pfn &= ~(1UL << order);
		order++;
	}
	block_insert(pfn_to_page(pfn), order);
}

static struct page *buddy_alloc(unsigned int order)
{
	unsigned int o = order;
	struct page *p;

	while (o <= MAX_ORDER && list_empty(&free_list[o]))
		o++;
	if (o > MAX_ORDER) {
		nr_failures++;
		return NULL;
	}
	p = list_first(&free_list[o], struct page, node);
	block_remove(p);
	while (o > order) { /* give the upper halves back */
		o--;
		block_insert(p + (1UL << o), o);
	}
	nr_free -= 1UL << order;
	nr_allocs++;
	p->order = (u8)order;
	return p;
}

/* ---- the CPUs' stocks ---- */

static void stock_refill(struct stock *s)
{
	raw_spin_lock(&buddy_lock);
	while (s->count < STOCK_BATCH) {
		struct page *p = buddy_alloc(0);

		if (!p)
			break;
		p->type = PAGE_CACHED;
		s->page[s->count++] = p;
	}
	raw_spin_unlock(&buddy_lock);
}

static void stock_drain(struct stock *s, u32 keep)
{
	raw_spin_lock(&buddy_lock);
	while (s->count > keep)
		buddy_free(s->page[--s->count], 0);
	raw_spin_unlock(&buddy_lock);
}

void page_drain_local(void)
{
	irqflags_t flags = local_irq_save();

	stock_drain(&stocks[cpu_id()], 0);
	local_irq_restore(flags);
}

static void drain_call(void *arg)
{
	page_drain_local();
}

void page_drain_all(void)
{
	smp_call(CPU_MASK_ALL, drain_call, NULL);
}

/* ---- the interface ---- */

static struct page *take(unsigned int order, enum page_type type)
{
	irqflags_t flags = local_irq_save();
	struct page *p;

	if (order == 0) {
		struct stock *s = &stocks[cpu_id()];

		if (s->count == 0)
			stock_refill(s);
		p = s->count ? s->page[--s->count] : NULL;
		s->allocs++;
	} else {
		raw_spin_lock(&buddy_lock);
		p = buddy_alloc(order);
		raw_spin_unlock(&buddy_lock);
	}
	if (p)
		p->type = (u8)type;
	local_irq_restore(flags);
	return p;
}

struct page *page_alloc(unsigned int order, enum page_type type)
{
	struct page *p;

	ASSERT(order <= MAX_ORDER);
	if (CONFIG_FAILPOINTS && failpoint_hit())
		return NULL;
	p = take(order, type);
	if (unlikely(!p) && lazy_reclaim())
		p = take(order, type);
	return p;
}

struct page *page_alloc_zero(enum page_type type)
{
	struct page *p = page_alloc(0, type);

	if (p)
		page_clear(page_to_virt(p));
	return p;
}

void page_free(struct page *p)
{
	irqflags_t flags;

	ENSURE(p->type > PAGE_CACHED);
	flags = local_irq_save();
	if (p->order == 0) {
		struct stock *s = &stocks[cpu_id()];

		if (s->count == STOCK_MAX)
			stock_drain(s, STOCK_MAX - STOCK_BATCH);
		p->type = PAGE_CACHED;
		s->page[s->count++] = p;
	} else {
		raw_spin_lock(&buddy_lock);
		buddy_free(p, p->order);
		raw_spin_unlock(&buddy_lock);
	}
	local_irq_restore(flags);
}

void phys_clear(paddr_t pa, u64 size)
{
	memset(phys_to_virt(pa), 0, size);
}

void phys_copy(paddr_t to, paddr_t from, u64 size)
{
	memcpy(phys_to_virt(to), phys_to_virt(from), size);
}

void page_add_range(paddr_t start, paddr_t end)
{
	u64 pfn = start >> PAGE_SHIFT, last = end >> PAGE_SHIFT;

	if (free_list[0].next == NULL)
		for (unsigned int o = 0; o <= MAX_ORDER; o++)
			list_init(&free_list[o]);
	nr_total += last - pfn;
	while (pfn < last) {
		unsigned int order = MAX_ORDER;

		while (pfn & ((1UL << order) - 1) || pfn + (1UL << order) > last)
			order--;
		nr_free += 1UL << order;
		block_insert(pfn_to_page(pfn), order);
		pfn += 1UL << order;
	}
}

void page_get_stats(struct page_stats *out)
{
	irqflags_t flags;

	memset(out, 0, sizeof(*out));
	flags = spin_lock_irqsave(&buddy_lock);
	out->total_pages = nr_total;
	out->free_pages = nr_free;
	out->allocs = nr_allocs;
	out->failures = nr_failures;
	for (unsigned int o = 0; o <= MAX_ORDER; o++)
		out->free_blocks[o] = nr_blocks[o];
	for (u32 c = 0; c < NR_CPUS; c++)
		out->cached_pages += READ_ONCE(stocks[c].count);
	spin_unlock_irqrestore(&buddy_lock, flags);
}

u64 page_free_count(void)
{
	struct page_stats s;

	page_get_stats(&s);
	return s.free_pages + s.cached_pages;
}

/* The lists hold what the counts say, aligned, and no two free buddies. */
static unsigned int buddy_check(void)
{
	unsigned int wrong = 0;
	irqflags_t flags = spin_lock_irqsave(&buddy_lock);
	u64 pages = 0;

	for (unsigned int o = 0; o <= MAX_ORDER; o++) {
		struct page *p;
		u64 n = 0;

		list_for_each(p, &free_list[o], node) {
			u64 pfn = page_to_pfn(p);
			struct page *buddy = pfn_to_page(pfn ^ 1UL << o);

			n++;
			if (p->type != PAGE_FREE || p->order != o ||
			    pfn & ((1UL << o) - 1) ||
			    (o < MAX_ORDER && buddy->type == PAGE_FREE &&
			     buddy->order == o))
				wrong++;
		}
		wrong += n != nr_blocks[o];
		pages += n << o;
	}
	wrong += pages != nr_free;
	spin_unlock_irqrestore(&buddy_lock, flags);
	if (wrong)
		audit_report("buddy: %u inconsistencies, %llu pages listed, %llu counted",
			     wrong, (unsigned long long)pages,
			     (unsigned long long)nr_free);
	return wrong;
}

struct audit buddy_audit = { .name = "buddy", .run = buddy_check };
