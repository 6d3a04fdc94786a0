/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks, each with an unmapped guard below it: running over the end is a
 * fault with a clear report, not somebody else's memory. A freed stack keeps its
 * mapping in a small stock, so that threads come and go without TLB maintenance.
 */
#include "core/spinlock.h"
#include "kernel/assert.h"
#include "lib/bitmap.h"
#include "mm/kmap.h"
#include "mm/page.h"

#define SLOTS 16384
#define STOCK_MAX 32
#define STACK_ORDER 2
static_assert(PAGE_SIZE << STACK_ORDER == KSTACK_SIZE, "one block a stack");

static u64 slots[BITMAP_WORDS(SLOTS)]; /* [kstack_lock] */
static size_t search_from;	       /* [kstack_lock] */
static void *stock[STOCK_MAX];	       /* [kstack_lock] */
static u32 stock_count;		       /* [kstack_lock] */
static struct spinlock kstack_lock = SPINLOCK_INIT(RANK_KSTACK);

static vaddr_t slot_stack(size_t slot)
{
	return KSTACK_BASE + slot * KSTACK_STRIDE + KSTACK_SIZE;
}

static void slot_free(size_t slot)
{
	irqflags_t flags = spin_lock_irqsave(&kstack_lock);

	bitmap_clear(slots, slot);
	search_from = MIN(search_from, slot);
	spin_unlock_irqrestore(&kstack_lock, flags);
}

void *kstack_alloc(void)
{
	irqflags_t flags = spin_lock_irqsave(&kstack_lock);
	struct page *p;
	size_t slot;

	if (stock_count > 0) {
		void *stack = stock[--stock_count];

		spin_unlock_irqrestore(&kstack_lock, flags);
		return stack;
	}
	slot = bitmap_find_zero(slots, SLOTS, search_from);
	if (slot < SLOTS) {
		bitmap_set(slots, slot);
		search_from = slot + 1;
	}
	spin_unlock_irqrestore(&kstack_lock, flags);
	if (slot == SLOTS)
		return NULL;

	p = page_alloc(STACK_ORDER, PAGE_KERNEL);
	if (!p)
		goto no_page;
	if (kmap_range(slot_stack(slot), page_to_phys(p), KSTACK_SIZE, PTE_KERNEL_RW))
		goto no_table;
	return (void *)slot_stack(slot);

no_table:
	/* All four pages share one last-level table: nothing is half mapped. */
	page_free(p);
no_page:
	slot_free(slot);
	return NULL;
}

static void stack_release(void *stack)
{
	pte_t pte = kmap_lookup((vaddr_t)stack);

	ENSURE(pte);
	kmap_unmap((vaddr_t)stack, KSTACK_SIZE);
	page_free(phys_to_page(pte_addr(pte)));
	slot_free(((vaddr_t)stack - KSTACK_BASE) / KSTACK_STRIDE);
}

void kstack_free(void *stack)
{
	irqflags_t flags = spin_lock_irqsave(&kstack_lock);
	bool keep = stock_count < STOCK_MAX;

	if (keep)
		stock[stock_count++] = stack;
	spin_unlock_irqrestore(&kstack_lock, flags);
	if (!keep)
		stack_release(stack);
}

void kstack_drain(void)
{
	for (;;) {
		irqflags_t flags = spin_lock_irqsave(&kstack_lock);
		void *stack = stock_count ? stock[--stock_count] : NULL;

		spin_unlock_irqrestore(&kstack_lock, flags);
		if (!stack)
			return;
		stack_release(stack);
	}
}

u32 kstack_kept(void)
{
	return READ_ONCE(stock_count);
}

bool kstack_is_guard(vaddr_t addr)
{
	return addr >= KSTACK_BASE && addr < slot_stack(SLOTS) &&
	       (addr - KSTACK_BASE) % KSTACK_STRIDE < KSTACK_SIZE;
}
