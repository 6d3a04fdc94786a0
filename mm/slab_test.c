/* SPDX-License-Identifier: MIT */
/* Object caches and kmalloc: objects that are apart, and pages that come back. */
#include "core/failpoint.h"
#include "core/smp.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

#define OBJECTS 300

/* Caches are for ever: this one is made by the first test that needs it. */
static struct cache *test_cache(void)
{
	static struct cache c;

	if (!c.name)
		cache_init(&c, "test", 200, CACHE_LINE);
	return &c;
}

static u32 *objects[NR_CPUS][OBJECTS];

static bool take(struct cache *c, u32 cpu, u32 from, u32 step)
{
	for (u32 i = from; i < OBJECTS; i += step) {
		u32 *o = objects[cpu][i] = cache_alloc(c);

		if (!o)
			return false;
		for (u32 w = 0; w < c->size / 4; w++)
			o[w] = cpu * OBJECTS + i;
	}
	return true;
}

/* Free; the number of objects that were not as we left them. */
static u32 give(struct cache *c, u32 cpu, u32 from, u32 step)
{
	u32 wrong = 0;

	for (u32 i = from; i < OBJECTS; i += step) {
		u32 *o = objects[cpu][i];

		objects[cpu][i] = NULL;
		if (!o)
			continue;
		for (u32 w = 0; w < c->size / 4; w++)
			wrong += o[w] != cpu * OBJECTS + i;
		cache_free(c, o);
	}
	return wrong;
}

/* Seen failing with objects nearer than c->size in slab_new, and with slab_drain_all
 * that counts slabs in use too. */
TEST(slab, objects_are_apart_and_pages_come_back)
{
	struct cache *c = test_cache();
	u32 wrong = 0;
	bool ok;

	EXPECT_EQ(c->size, 256);
	ok = take(c, 0, 0, 1);
	for (u32 i = 0; ok && i < OBJECTS; i++)
		wrong += !IS_ALIGNED((u64)objects[0][i], CACHE_LINE);
	EXPECT_LE(OBJECTS / c->per_slab, c->slabs);
	wrong += give(c, 0, 1, 2); /* every other one: all slabs are partial */
	ok = ok && take(c, 0, 1, 2);
	wrong += give(c, 0, 0, 1);
	EXPECT(ok);
	EXPECT_EQ(wrong, 0);
	slab_drain_all();
	EXPECT_EQ(c->slabs, 0);
	EXPECT_EQ(c->empty, 0);
}

/* Seen failing with `sizes[i] + 16 < size` in size_index, and with half the pages. */
TEST(slab, kmalloc_gives_at_least_what_was_asked)
{
	static const u64 sizes[] = { 1,	   16,	 31,   32,   33,       64,   100,
				     129,  512,	 1025, 2047, 2048,     2049, 4096,
				     4097, 8192, 9000, MIB,  4 * MIB };
	u8 *p[2 * ARRAY_SIZE(sizes)];
	u32 n, wrong = 0;

	for (n = 0; n < ARRAY_SIZE(p); n++) {
		p[n] = kmalloc(sizes[n / 2]);
		if (!p[n])
			break;
		memset(p[n], (int)n, sizes[n / 2]);
	}
	for (u32 i = 0; i < n; i++) {
		u64 size = sizes[i / 2];

		wrong += !IS_ALIGNED((u64)p[i], 16);
		wrong += p[i][0] != i || p[i][size / 2] != i || p[i][size - 1] != i;
		kfree(p[i]);
	}
	EXPECT_EQ(n, ARRAY_SIZE(p));
	EXPECT_EQ(wrong, 0);
}

/* Seen failing (an assertion) with MAX_ORDER + 1 allowed. */
TEST(slab, kmalloc_refuses_what_no_block_can_hold)
{
	EXPECT(!kmalloc((PAGE_SIZE << MAX_ORDER) + 1));
	EXPECT(!kmalloc(~0UL));
	EXPECT(!kzalloc(~0UL));
	kfree(NULL);
}

/* Seen failing with kzalloc without its memset. */
TEST(slab, zeroed_means_zero)
{
	for (u64 size = 8; size <= 2 * PAGE_SIZE; size *= 4) {
		u8 *p = kmalloc(size);
		u32 wrong = 0;

		EXPECT(p);
		memset(p, 0xff, size);
		kfree(p);
		p = kzalloc(size);
		EXPECT(p);
		for (u64 i = 0; i < size; i++)
			wrong += p[i] != 0;
		kfree(p);
		EXPECT_EQ(wrong, 0);
	}
}

static u32 shared_wrong;

static void take_call(void *arg)
{
	if (!take(arg, cpu_id(), 0, 1))
		__atomic_add_fetch(&shared_wrong, 1, __ATOMIC_RELAXED);
}

static void give_call(void *arg)
{
	u32 wrong = give(arg, NR_CPUS - 1 - cpu_id(), 0, 1);

	__atomic_add_fetch(&shared_wrong, wrong, __ATOMIC_RELAXED);
}

/* Objects go back on another CPU than they came from. Seen failing (a panic)
 * with the lock left out of magazine_refill. */
TEST(slab, all_cpus_at_once)
{
	struct cache *c = test_cache();

	if (READ_ONCE(cpu_online_mask) != CPU_MASK_ALL)
		return test_skip("not all CPUs are online");
	shared_wrong = 0;
	for (int round = 0; round < 5; round++) {
		smp_call(CPU_MASK_ALL, take_call, c);
		smp_call(CPU_MASK_ALL, give_call, c);
	}
	EXPECT_EQ(shared_wrong, 0);
}

static int take_some(struct cache *c)
{
	void *a = cache_alloc(c), *b = kmalloc(100), *d = kmalloc(3 * PAGE_SIZE);
	int err = a && b && d ? 0 : -ENOMEM;

	if (a)
		cache_free(c, a);
	kfree(b);
	kfree(d);
	return err;
}

/* With the caches empty each allocation may need a page too. Seen failing with
 * magazine_refill that takes NULL for an object, and with the answer of slab_new not
 * looked at (both panic). */
TEST(slab, failing_at_each_allocation)
{
	struct cache *c = test_cache();
	bool hit = true;

	for (u32 n = 1; hit; n++) {
		int err;

		slab_drain_all();
		failpoint_arm(n);
		err = take_some(c);
		hit = failpoint_disarm();
		/* Half a magazine may have been filled before: then it is 0. */
		EXPECT(err == 0 || (hit && err == -ENOMEM));
		EXPECT(n > 1 || err == -ENOMEM || !CONFIG_FAILPOINTS);
	}
}
