/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: their life by two counters. See mm.h and docs/lazy-mm.md.
 *
 *	mm_alloc                 users 1, count 1
 *	mmput, users -> 0        exit_mmap: user pages and lower tables go; then the
 *	                         one mm_count that all users held together
 *	mmdrop, count -> 0       __mmdrop: no CPU has it loaded; root and struct go
 *
 * Between the two an mm is a zombie: only borrowers and pins keep it.
 *
 * Locking: mm_list_lock for the tree of all and the two lists; counters are atomic.
 */
#include "mm/mm.h"
#include "core/clock.h"
#include "core/early.h"
#include "core/smp.h"
#include "kernel/assert.h"
#include "kernel/bug.h"
#include "lib/string.h"
#include "mm/lazy.h"
#include "mm/race.h"
#include "mm/region.h"
#include "mm/slab.h"

static struct cache mm_cache;
static struct avl all;	    /* [mm_list_lock] by id */
static u32 next_id = 1;	    /* [mm_list_lock] */
static u32 nr_mms = 1;	    /* [mm_list_lock] */
static struct list zombies = LIST_INIT(zombies);   /* [mm_list_lock] */
static struct list deferred = LIST_INIT(deferred); /* [mm_list_lock] */
static struct spinlock mm_list_lock = SPINLOCK_INIT(RANK_MM_LIST);

/* Both counts are one too high, forever: it can be borrowed, never freed. */
struct mm init_mm = {
	.mm_users = ATOMIC_INIT(1),
	.mm_count = ATOMIC_INIT(1),
	.lock = SPINLOCK_INIT(RANK_MM),
	.name = "init_mm",
};

static int by_id(const struct avl_node *a, const struct avl_node *b)
{
	u32 x = container_of(a, struct mm, by_id)->id;
	u32 y = container_of(b, struct mm, by_id)->id;

	return x < y ? -1 : x > y;
}

static int id_key(const void *key, const struct avl_node *n)
{
	u64 x = *(const u64 *)key;
	u64 y = container_of(n, struct mm, by_id)->id;

	return x < y ? -1 : x > y;
}

void mm_init(void)
{
	init_mm.pgd = sym_to_phys(empty_pgd);
	cache_init(&mm_cache, "mm", sizeof(struct mm), CACHE_LINE);
	avl_insert(&all, &init_mm.by_id, by_id);
	asid_init();
}

struct mm *mm_alloc(const char *name, struct account *account)
{
	struct mm *mm = cache_zalloc(&mm_cache);
	struct page *root;
	irqflags_t flags;

	if (!mm)
		return NULL;
	root = page_alloc_zero(PAGE_TABLE);
	if (!root) {
		cache_free(&mm_cache, mm);
		return NULL;
	}
	root->inuse = 0;
	mm->pgd = page_to_phys(root);
	mm->table_pages = 1;
	account_get(account);
	mm->account = account;
	mm->user_end = USER_VA_END;
	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
	spin_init(&mm->lock, RANK_MM);
	str_copy(mm->name, name, sizeof(mm->name));
	mm->created_ns = clock_ns();
	list_init(&mm->zombies);
	flags = spin_lock_irqsave(&mm_list_lock);
	mm->id = next_id++;
	nr_mms++;
	avl_insert(&all, &mm->by_id, by_id);
	spin_unlock_irqrestore(&mm_list_lock, flags);
	return mm;
}

void mmget(struct mm *mm)
{
	ASSERT(atomic_read(&mm->mm_users) > 0);
	ref_get(&mm->mm_users.v);
	LEDGER(mm, "mmget");
}

bool mmget_not_zero(struct mm *mm)
{
	if (!atomic_inc_not_zero(&mm->mm_users))
		return false;
	LEDGER(mm, "mmget_not_zero");
	return true;
}

/* IRQs off: mm_check stops the machine by interrupt and compares the two. */
void mmgrab(struct mm *mm)
{
	irqflags_t flags = local_irq_save();

	ASSERT(atomic_read(&mm->mm_count) > 0);
	ref_get(&mm->mm_count.v);
	atomic_inc(&mm->pins);
	LEDGER(mm, "mmgrab");
	local_irq_restore(flags);
}

void mm_count_put(struct mm *mm)
{
	ASSERT(atomic_read(&mm->mm_count) > 0);
	if (unlikely(ref_put(&mm->mm_count.v)))
		__mmdrop(mm);
}

void mmdrop(struct mm *mm)
{
	irqflags_t flags = local_irq_save();
	bool last;

	ASSERT(atomic_read(&mm->pins) > 0);
	LEDGER(mm, "mmdrop");
	atomic_dec(&mm->pins);
	last = ref_put(&mm->mm_count.v);
	local_irq_restore(flags);
	if (last)
		__mmdrop(mm);
}

void mmput(struct mm *mm)
{
	irqflags_t flags;
	u64 dead_ns;
	bool last;

	ASSERT(mm != &init_mm || atomic_read(&mm->mm_users) > 1);
	LEDGER(mm, "mmput");
	if (!ref_put(&mm->mm_users.v))
		return;
	ASSERT(preemptible());
	RACE(last_user, mm);
	exit_mmap(mm);
	flags = local_irq_save();
	lazy_last_user(mm);
	raw_spin_lock(&mm_list_lock);
	dead_ns = mm->dead_ns = clock_ns();
	/* Whoever else counts now is a borrower or a pin. */
	mm->zombie = lazy_makes_zombies() && atomic_read(&mm->mm_count) > 1;
	if (mm->zombie) {
		lazy_totals.zombies_created++;
		list_add_tail(&zombies, &mm->zombies);
	}
	last = ref_put(&mm->mm_count.v);
	raw_spin_unlock(&mm_list_lock);
	local_irq_restore(flags);
	if (last)
		__mmdrop(mm);
	else if (lazy_strategy() == LAZY_SLOT)
		lazyd_at_fn(dead_ns + lazy_zombie_ns); /* mm may be gone */
}

/* Does freeing need interrupts on, because it asks other CPUs? */
static bool free_needs_thread(void)
{
	return lazy_strategy() == LAZY_SHOOTDOWN || CONFIG_DEBUG_LAZY_ROOTS;
}

/* On each CPU: none of those that are to be freed is loaded. */
static void check_ttbr0(void *arg)
{
	paddr_t base = ttbr0_read().base;
	const struct list *dead = arg;
	struct mm *mm;

	list_for_each(mm, dead, zombies)
		if (base == mm->pgd)
			panic("invariant 12: CPU %u has the root of mm%u loaded, which "
			      "is to be freed", cpu_id(), mm->id);
}

static void mm_free(struct mm *mm)
{
	irqflags_t flags;

	RACE(before_free, mm);
	flags = spin_lock_irqsave(&mm_list_lock);
	avl_remove(&all, &mm->by_id);
	list_del(&mm->zombies);
	nr_mms--;
	if (mm->zombie) {
		u64 us = (clock_ns() - mm->dead_ns) / NSEC_PER_USEC;

		lazy_totals.zombies_reaped++;
		lazy_totals.zombie_max_us = MAX(lazy_totals.zombie_max_us, us);
	}
	spin_unlock_irqrestore(&mm_list_lock, flags);
	page_free(phys_to_page(mm->pgd));
	account_put(mm->account);
	cache_free(&mm_cache, mm);
}

/* All CPUs are asked once for all of them: asking takes longer than dying, and lazyd
 * must keep up with whoever ends programs. Thread context, IRQs on, no locks. */
static void mm_free_all(struct list *dead)
{
	struct mm *mm, *next;

	list_for_each(mm, dead, zombies)
		lazy_before_free(mm);
	if (CONFIG_DEBUG_LAZY_ROOTS)
		smp_call(CPU_MASK_ALL, check_ttbr0, dead);
	list_for_each_safe(mm, next, dead, zombies)
		mm_free(mm);
}

/* Any context in which a reference may be dropped. */
void __mmdrop(struct mm *mm)
{
	struct list dead = LIST_INIT(dead);
	bool later = !preemptible();
	irqflags_t flags;

	ENSURE(mm != &init_mm);
	ENSURE(atomic_read(&mm->mm_users) == 0);
	if (likely(!free_needs_thread())) {
		mm_free(mm);
		return;
	}
	flags = spin_lock_irqsave(&mm_list_lock);
	list_del(&mm->zombies);
	list_add_tail(later ? &deferred : &dead, &mm->zombies);
	spin_unlock_irqrestore(&mm_list_lock, flags);
	if (later)
		lazyd_at_fn(0);
	else
		mm_free_all(&dead);
}

void mm_free_deferred(void)
{
	struct list dead;

	for (;;) {
		irqflags_t flags = spin_lock_irqsave(&mm_list_lock);

		list_take(&deferred, &dead);
		spin_unlock_irqrestore(&mm_list_lock, flags);
		if (list_empty(&dead))
			return;
		mm_free_all(&dead);
	}
}

/*
 * Look-ups pin under the list lock. An mm whose mm_count is zero may still be
 * in the tree for a moment: it is passed over, never resurrected.
 */
static struct mm *pin_from(struct avl_node *n, bool exact)
{
	for (; n; n = exact ? NULL : avl_next(n)) {
		struct mm *mm = container_of(n, struct mm, by_id);

		RACE(find, mm);
		if (BUG(find_resurrects))
			atomic_inc(&mm->mm_count);
		if (BUG(find_resurrects) || atomic_inc_not_zero(&mm->mm_count)) {
			atomic_inc(&mm->pins);
			LEDGER(mm, "mm_find");
			return mm;
		}
	}
	return NULL;
}

struct mm *mm_find(u32 id)
{
	u64 key = id;
	irqflags_t flags = spin_lock_irqsave(&mm_list_lock);
	struct mm *mm = pin_from(avl_find(&all, &key, id_key), true);

	spin_unlock_irqrestore(&mm_list_lock, flags);
	return mm;
}

struct mm *mm_next(s64 *id)
{
	u64 key = (u64)(*id + 1);
	irqflags_t flags = spin_lock_irqsave(&mm_list_lock);
	struct mm *mm = pin_from(avl_lower_bound(&all, &key, id_key), false);

	spin_unlock_irqrestore(&mm_list_lock, flags);
	if (mm)
		*id = mm->id;
	return mm;
}

struct mm *mm_take_zombie(u64 dead_before_ns)
{
	irqflags_t flags = spin_lock_irqsave(&mm_list_lock);
	struct mm *mm = NULL;

	while (!mm && !list_empty(&zombies)) {
		struct mm *first = list_first(&zombies, struct mm, zombies);

		if (first->dead_ns >= dead_before_ns)
			break;
		list_del(&first->zombies);
		mm = pin_from(&first->by_id, true); /* or its last one goes now */
	}
	spin_unlock_irqrestore(&mm_list_lock, flags);
	return mm;
}

u64 mm_first_zombie_ns(void)
{
	irqflags_t flags = spin_lock_irqsave(&mm_list_lock);
	u64 ns = list_empty(&zombies) ? ~0ULL :
		 list_first(&zombies, struct mm, zombies)->dead_ns;

	spin_unlock_irqrestore(&mm_list_lock, flags);
	return ns;
}

u32 mm_live_count(void)
{
	return READ_ONCE(nr_mms);
}

bool mm_known_frozen(const struct mm *mm)
{
	u64 key = mm->id;
	struct avl_node *n = avl_find(&all, &key, id_key);

	return n && container_of(n, struct mm, by_id) == mm;
}

void mm_for_each_frozen(void (*fn)(struct mm *mm, void *arg), void *arg)
{
	for (struct avl_node *n = avl_first(&all); n; n = avl_next(n))
		fn(container_of(n, struct mm, by_id), arg);
}
