/* SPDX-License-Identifier: MIT */
/*
 * What the workers of mmtorture do. They are kernel threads that take a real address
 * space from a common pool (kthread_use_mm), so to the switch they are its users, and
 * between two visits they lodge.
 *
 * Every address space has the same pages mapped. Whoever writes one writes the number
 * of the address space and of the page; so what is read is that, or zero, or else a
 * page of somebody else shows through a TLB entry that should be gone.
 */
#include "core/failpoint.h"
#include "core/clock.h"
#include "kernel/errno.h"
#include "lib/random.h"
#include "mm/lazy.h"
#include "mm/region.h"
#include "sched/uaccess.h"
#include "sched/wait.h"
#include "task/initramfs.h"
#include "task/mmtorture.h"
#include "task/process.h"

#define PAGES 16
#define BASE 0x10000000UL
#define PROT_RW 3
#define PROT_R 1

static struct mm *pool[TORTURE_MMS]; /* [pool_lock] an mm_users each */
static struct mutex pool_lock = MUTEX_INIT(pool_lock);

static struct mm *space_new(void)
{
	struct mm *mm = mm_alloc("torture", NULL);
	vaddr_t at = BASE;

	if (mm && mm_map_anon(mm, &at, PAGES * PAGE_SIZE, PROT_RW)) {
		mmput(mm);
		return NULL;
	}
	return mm;
}

static struct mm *pool_get(u32 i)
{
	struct mm *mm;

	mutex_lock(&pool_lock);
	mm = pool[i];
	mmget(mm);
	mutex_unlock(&pool_lock);
	return mm;
}

/* Consumes the caller's mm_users of mm. */
static void pool_replace(u32 i, struct mm *mm)
{
	struct mm *old;

	mutex_lock(&pool_lock);
	old = pool[i];
	pool[i] = mm;
	mutex_unlock(&pool_lock);
	if (old)
		mmput(old);
}

bool torture_pool_fill(void)
{
	for (u32 i = 0; i < TORTURE_MMS; i++) {
		pool[i] = space_new();
		if (!pool[i])
			return false;
	}
	return true;
}

void torture_pool_empty(void)
{
	for (u32 i = 0; i < TORTURE_MMS; i++)
		pool_replace(i, NULL);
}

/* ---- with a real mm ---- */

/* A tag stands twice in its page: sixteen bytes are copied as two aligned words, each
 * of which is seen whole or not at all. */
static void touch(struct torture_worker *w)
{
	u64 page = random_below(&w->random, PAGES), at = BASE + page * PAGE_SIZE;
	u64 tag = (u64)current->mm->id << 32 | page, tags[2] = { tag, tag }, seen[2] = {};

	/* -EFAULT: another worker has just unmapped or protected it. */
	(void)!copy_from_user(seen, at, sizeof(seen));
	for (int i = 0; i < 2; i++)
		if (seen[i] && seen[i] != tag)
			torture_fail("page %llu of mm%u shows 0x%llx",
				     (unsigned long long)page, current->mm->id,
				     (unsigned long long)seen[i]);
	if (random_below(&w->random, 2) && copy_to_user(at, tags, sizeof(tags)))
		return;
	torture_count(TORTURE_touch);
}

static void migrate(struct torture_worker *w)
{
	/* -EINVAL: that CPU is off. */
	if (task_set_affinity(current, 1U << random_below(&w->random, NR_CPUS)) == 0)
		torture_count(TORTURE_migrate);
	(void)!task_set_affinity(current, CPU_MASK_ALL);
}

static void lodge(struct torture_worker *w)
{
	u64 value;

	start_lazy_tlb();
	start_lazy_tlb();
	if (copy_from_user(&value, BASE, sizeof(value)) == 0)
		torture_fail("user memory while lodging");
	if (random_below(&w->random, 2))
		migrate(w);
	else
		sched_yield();
	end_lazy_tlb();
	end_lazy_tlb();
	touch(w);
	torture_count(TORTURE_voluntary);
}

static void unmap(struct torture_worker *w)
{
	vaddr_t at = BASE + random_below(&w->random, PAGES) * PAGE_SIZE;

	if (mm_unmap(current->mm, at, PAGE_SIZE))
		return;
	/* -EEXIST: another one was quicker. */
	(void)!mm_map_anon(current->mm, &at, PAGE_SIZE, PROT_RW);
	touch(w);
	torture_count(TORTURE_unmap);
}

static void protect(struct torture_worker *w)
{
	vaddr_t at = BASE + random_below(&w->random, PAGES) * PAGE_SIZE;

	if (mm_protect(current->mm, at, PAGE_SIZE, PROT_R))
		return;
	touch(w);
	if (mm_protect(current->mm, at, PAGE_SIZE, PROT_RW) == 0)
		torture_count(TORTURE_protect);
}

static void exec(struct torture_worker *w, u32 i)
{
	struct mm *new = space_new();

	if (!new)
		return;
	mmget(new); /* the pool's */
	exec_mm(new);
	pool_replace(i, new);
	touch(w);
	torture_count(TORTURE_exec);
}

/* Whoever is loaded here afterwards is loaded anew: with an ASID of now. */
static void contexts(void)
{
	struct mm *mm = mm_alloc("contexts", NULL);
	irqflags_t flags;

	if (!mm)
		return;
	flags = local_irq_save();
	/* Its ASID in TTBR0 is not this CPU's own while it takes others. */
	switch_mm_other(&init_mm);
	for (int n = 0; n < 1000; n++) {
		atomic_set(&mm->context_id, 0);
		asid_switch_to(mm);
	}
	switch_mm_other(current->mm);
	local_irq_restore(flags);
	mmput(mm);
	torture_count(TORTURE_contexts);
}

static void visit(struct torture_worker *w)
{
	u32 i = random_below(&w->random, TORTURE_MMS);
	struct mm *mm = pool_get(i);

	kthread_use_mm(mm);
	mmput(mm); /* from now on it may be the last */
	touch(w);
	switch (random_below(&w->random, 32)) {
	case 0 ... 3:
		lodge(w);
		break;
	case 4 ... 7:
		unmap(w);
		break;
	case 8 ... 10:
		protect(w);
		break;
	case 11 ... 14:
		exec(w, i);
		break;
	case 15 ... 16:
		migrate(w);
		break;
	case 17:
		contexts();
		break;
	default:
		sched_yield();
	}
	touch(w);
	kthread_unuse_mm(current->mm);
	torture_count(TORTURE_use);
}

/* ---- without ---- */

static void replace(struct torture_worker *w)
{
	struct mm *mm = space_new();

	if (!mm)
		return;
	pool_replace(random_below(&w->random, TORTURE_MMS), mm);
	torture_count(TORTURE_exit);
}

static void pin(struct torture_worker *w)
{
	s64 id = -1;
	struct mm *mm;

	while ((mm = mm_next(&id)) != NULL) {
		irqflags_t flags;

		if (random_below(&w->random, 4) == 0)
			sched_yield();
		torture_count(TORTURE_pin);
		if (random_below(&w->random, 2)) {
			mmdrop(mm);
			continue;
		}
		flags = local_irq_save();
		mmdrop(mm);
		local_irq_restore(flags);
		torture_count(TORTURE_late_drop);
	}
}

static void run_program(struct torture_worker *w)
{
	static const char args[] = "exec\0-n\0" "2\0exit";
	struct spawn s = { .image = &initramfs, .args = args, .args_len = sizeof(args),
			   .argc = 4 };
	struct cpio_entry e;
	struct process *p;
	const char *why;
	s64 status = -1;
	int err;

	if (initramfs_find("exec", &e))
		return;
	s.offset = (u64)(e.data - initramfs.data);
	s.len = e.size;
	err = process_spawn(&s, &p, &why);
	if (err == -ENOMEM)
		return;
	if (!err) {
		err = process_wait(p, WAIT_FOREVER_NS, &status);
		process_put(p);
	}
	if (err || status)
		torture_fail("the program ended with %lld, error %d", (long long)status,
			     err);
	torture_count(TORTURE_program);
}

static void step(struct torture_worker *w)
{
	switch (random_below(&w->random, 64)) {
	case 0 ... 11:
		replace(w);
		break;
	case 12 ... 23:
		pin(w);
		break;
	case 24:
		run_program(w);
		break;
	default:
		visit(w);
	}
}

void torture_worker_main(void *arg)
{
	struct torture_worker *w = arg;

	while (!READ_ONCE(torture_over)) {
		bool fail = CONFIG_FAILPOINTS && random_below(&w->random, 16) == 0;

		if (fail)
			failpoint_arm(1 + random_below(&w->random, 5));
		step(w);
		if (fail && failpoint_disarm())
			torture_count(TORTURE_no_memory);
		/* So that those of lower priority, and who frees, keep up. */
		if (random_below(&w->random, 8) == 0)
			task_sleep_ns(random_below(&w->random, 100) * NSEC_PER_USEC);
	}
}
