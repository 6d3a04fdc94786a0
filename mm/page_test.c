/* SPDX-License-Identifier: MIT */
/*
 * The page allocator on the machine's own memory. What a test does not give back
 * the runner counts; here it is about which pages come out, and in what state.
 */
#include "core/clock.h"
#include "core/failpoint.h"
#include "core/smp.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/string.h"
#include "mm/kmap.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"

/* Blocks held by a test. Their memory is not touched: it may be all there is, and
 * an emulator gives the host's for it only then. */
struct pile {
	struct list pages;
	u64 blocks;
};

static bool pile_add(struct pile *s, unsigned int order)
{
	struct page *p = page_alloc(order, PAGE_KERNEL);

	if (!p)
		return false;
	list_add(&s->pages, &p->node);
	s->blocks++;
	return true;
}

static void pile_free(struct pile *s)
{
	while (!list_empty(&s->pages)) {
		struct page *p = list_first(&s->pages, struct page, node);

		list_del(&p->node);
		page_free(p);
	}
}

/* Seen failing (a panic) with block_insert(p, o) for the upper half in buddy_alloc. */
TEST(page, blocks_are_aligned_and_apart)
{
	struct page *p[2 * (MAX_ORDER + 1)];
	unsigned int n = 0;

	for (; n < ARRAY_SIZE(p); n++) {
		p[n] = page_alloc(n / 2, PAGE_KERNEL);
		if (!p[n])
			break;
		/* Mark the first and the last word of it. */
		*(u64 *)page_to_virt(p[n]) = n;
		((u64 *)page_to_virt(p[n]))[(PAGE_SIZE << n / 2) / 8 - 1] = n;
	}
	for (unsigned int i = 0; i < n; i++) {
		u64 *va = page_to_virt(p[i]);
		u64 size = PAGE_SIZE << i / 2;

		EXPECT_EQ(p[i]->type, PAGE_KERNEL);
		EXPECT_EQ(p[i]->order, i / 2);
		EXPECT(IS_ALIGNED(page_to_phys(p[i]), size));
		EXPECT_EQ(va[0], i);
		EXPECT_EQ(va[size / 8 - 1], i);
	}
	for (unsigned int i = 0; i < n; i++)
		page_free(p[i]);
	EXPECT_EQ(n, ARRAY_SIZE(p));
}

static void drain(struct page_stats *s)
{
	kstack_drain();
	slab_drain_all();
	page_drain_all();
	page_get_stats(s);
}

/*
 * Which blocks are free depends on which pages are, not on how they came back.
 * Seen failing with `order + 1 < MAX_ORDER` in buddy_free.
 */
TEST(page, buddies_join_again)
{
	struct pile even = { LIST_INIT(even.pages), 0 };
	struct pile odd = { LIST_INIT(odd.pages), 0 };
	struct page_stats before, after;
	u64 end_ns = clock_ns() + NSEC_PER_SEC;
	bool ok = true;

	drain(&before);
	for (int i = 0; i < 6000 && ok; i++) /* large blocks too are split */
		ok = pile_add(i % 2 ? &odd : &even, 0);
	pile_free(&odd);
	pile_free(&even);
	EXPECT(ok);
	/* A thread that died just now may still give its stack back. */
	do
		drain(&after);
	while (memcmp(before.free_blocks, after.free_blocks,
		      sizeof(before.free_blocks)) && clock_ns() < end_ns);
	for (unsigned int o = 0; o <= MAX_ORDER; o++)
		EXPECT_EQ(after.free_blocks[o], before.free_blocks[o]);
}

/*
 * All of the memory, taken: everybody is told, nobody falls. Seen failing with
 * ENSURE(p) in page_alloc_zero (a panic).
 */
TEST(page, exhaustion_is_told_to_who_asks)
{
	struct pile all = { LIST_INIT(all.pages), 0 };
	u64 before, failures;
	struct page_stats s;
	struct mm *mm = NULL;
	void *p = NULL;
	bool none;

	do { /* what the stocks of other CPUs had comes in the next round */
		before = all.blocks;
		slab_drain_all();
		page_drain_all();
		for (int order = MAX_ORDER; order >= 0; order--)
			while (pile_add(&all, (unsigned int)order))
				;
	} while (all.blocks > before);
	page_get_stats(&s);
	failures = s.failures;
	none = !page_alloc(0, PAGE_KERNEL) && !page_alloc_zero(PAGE_TABLE) &&
	       (p = kmalloc(100)) == NULL && (p = kmalloc(PAGE_SIZE * 2)) == NULL &&
	       (mm = mm_alloc("test", NULL)) == NULL && (p = kstack_alloc()) == NULL;
	page_get_stats(&s);
	pile_free(&all);
	EXPECT(none);
	EXPECT_EQ(s.free_pages + s.cached_pages, 0);
	EXPECT_LT(failures, s.failures);
	p = kmalloc(100); /* and it goes on */
	EXPECT(p);
	kfree(p);
}

/* Seen failing with page_clear left out of page_alloc_zero. */
TEST(page, zero_pages_are_zero)
{
	struct page *p = page_alloc(0, PAGE_KERNEL);
	bool zero = true;
	u64 *w;

	EXPECT(p);
	memset(page_to_virt(p), 0xff, PAGE_SIZE);
	page_free(p); /* likely the next to come out again */
	p = page_alloc_zero(PAGE_KERNEL);
	EXPECT(p);
	w = page_to_virt(p);
	for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
		zero &= w[i] == 0;
	page_free(p);
	EXPECT(zero);
}

/* ---- all CPUs ---- */

#define HELD 100 /* more than a stock: through the buddy system too */
static struct page *held[NR_CPUS][HELD];
static u32 wrong;

static void take_call(void *arg)
{
	u32 cpu = cpu_id();

	for (u32 i = 0; i < HELD; i++) {
		struct page *p = page_alloc(i % 8 ? 0 : 1, PAGE_KERNEL);

		held[cpu][i] = p;
		if (p)
			*(u64 *)page_to_virt(p) = cpu * HELD + i;
	}
}

/* A CPU gives back what another one took: CPU 3 what CPU 0 did, and so on. */
static void give_call(void *arg)
{
	u32 from = NR_CPUS - 1 - cpu_id();

	for (u32 i = 0; i < HELD; i++) {
		struct page *p = held[from][i];

		held[from][i] = NULL;
		if (!p)
			continue;
		if (*(u64 *)page_to_virt(p) != from * HELD + i)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		page_free(p);
	}
}

/* Seen failing (an assertion) with the lock left out of stock_refill. */
TEST(page, all_cpus_at_once)
{
	if (READ_ONCE(cpu_online_mask) != CPU_MASK_ALL)
		return test_skip("not all CPUs are online");
	wrong = 0;
	for (int round = 0; round < 20; round++) {
		smp_call(CPU_MASK_ALL, take_call, NULL);
		smp_call(CPU_MASK_ALL, give_call, NULL);
	}
	EXPECT_EQ(wrong, 0);
}

/* Seen failing with failpoint_hit() asked only for order 0. */
TEST(page, fails_on_demand)
{
	struct page *p[4];
	bool hit;

	if (!CONFIG_FAILPOINTS)
		return test_skip("built without CONFIG_FAILPOINTS");
	failpoint_arm(2);
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = page_alloc(i, PAGE_KERNEL);
	hit = failpoint_disarm();
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++)
		if (p[i])
			page_free(p[i]);
	EXPECT(hit);
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++)
		EXPECT_EQ(p[i] == NULL, i == 1);
}
