/* SPDX-License-Identifier: MIT */
/*
 * ASIDs with generations.
 *
 * An ASID is given to an mm for as long as a generation lasts; there are fewer of
 * them than there may be address spaces. When they run out a new generation
 * begins (rollover): every ASID is free again except those that some CPU has
 * loaded, and each CPU must empty its whole TLB before it loads an ASID of the new
 * generation. An mm whose context_id is of an older generation gets a new one
 * the next time it is switched to.
 *
 * The fast path of a switch takes no lock: if the mm's generation is the current
 * one, and this CPU's `active` entry could be exchanged, nothing rolled over in
 * between, because rollover empties every `active` entry first. [ASID-1]: the
 * exchange here and the one in rollover are on the same word, so one comes
 * first: either rollover sees our new ASID and reserves it, or we see 0 and take
 * the lock.
 *
 * Lazy CPUs. A CPU that lodges in an mm has it loaded without having switched to
 * it lately. Its ASID is in `active`, or after a rollover in `reserved`, where
 * it stays through further rollovers until the CPU switches to something else;
 * so nobody else can get it (invariants 14-16 of docs/lazy-mm.md). Returning to
 * the same mm needs no switch and no flush.
 *
 * Locking: asid_lock for all but the fast path.
 */
#include "mm/asid.h"
#include "arm64/barrier.h"
#include "arm64/tlb.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "kernel/bug.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "mm/lazy.h"

#define ASID_MAX 65536

static u64 bitmap[BITMAP_WORDS(ASID_MAX)]; /* [asid_lock] taken in this generation */
atomic64_t asid_generation_now;		   /* [asid_lock] for writing */
static u64 reserved[NR_CPUS];		   /* [asid_lock] loaded at the last rollover */
static cpumask_t flush_pending;		   /* [asid_lock] must empty their TLB */
static u32 next_free;			   /* [asid_lock] where to search on */
static u32 bits;			   /* [I] */
static struct spinlock asid_lock = SPINLOCK_INIT(RANK_ASID);
u64 asid_rollovers;

void asid_init(void)
{
	/* ID_AA64MMFR0_EL1.ASIDBits: 2 is 16, 0 is 8. */
	bits = (read_sysreg(id_aa64mmfr0_el1) >> 4 & 0xf) == 2 ? 16 : 8;
	bits = MIN(bits, (u32)CONFIG_ASID_BITS);
	atomic_set(&asid_generation_now, ASID_GENERATION);
	/* One for each CPU to keep, one to hand out, one that is nobody's. */
	ENSURE(1U << bits > NR_CPUS + 1);
	bitmap_set(bitmap, ASID_RESERVED);
	next_free = 1;
	log_info("asid: %u bits", bits);
}

unsigned int asid_bits(void)
{
	return bits;
}

u64 asid_generation(void)
{
	return atomic_read(&asid_generation_now) / ASID_GENERATION;
}

/* Begin a new generation. [asid_lock] */
static void rollover(void)
{
	memset(bitmap, 0, BITMAP_WORDS(1U << bits) * sizeof(u64));
	bitmap_set(bitmap, ASID_RESERVED);
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		u64 id = atomic_xchg(&lazy_cpus[cpu].asid_active, 0); /* [ASID-1] */

		/* 0: it has not switched since the last rollover, and still has
		 * loaded what it had then. */
		if (id == 0)
			id = reserved[cpu];
		if (!BUG(asid_not_reserved))
			bitmap_set(bitmap, id & ASID_MASK);
		reserved[cpu] = id;
	}
	flush_pending = CPU_MASK_ALL;
	asid_rollovers++;
}

/* If id was kept across rollovers for some CPUs, let it live on as `renewed`. */
static bool renew_reserved(u64 id, u64 renewed)
{
	bool hit = false;

	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		if (reserved[cpu] == id) {
			reserved[cpu] = renewed; /* all of them: more than one may */
			hit = true;
		}
	return hit;
}

/* A context id of the current generation for mm. [asid_lock] */
static u64 new_context(struct mm *mm)
{
	u64 id = atomic_read(&mm->context_id), gen = atomic_read(&asid_generation_now);
	u32 asid;

	if (id != 0) {
		u64 renewed = gen | (id & ASID_MASK);

		if (renew_reserved(id, renewed))
			return renewed;
		/* The same number again, if nobody took it: less to flush. */
		if (!bitmap_test(bitmap, id & ASID_MASK)) {
			bitmap_set(bitmap, id & ASID_MASK);
			return renewed;
		}
	}
	asid = (u32)bitmap_find_zero(bitmap, 1U << bits, next_free);
	if (asid == 1U << bits) {
		gen += ASID_GENERATION;
		atomic_set(&asid_generation_now, gen);
		rollover();
		/* There is one: asid_init made sure of it. */
		asid = (u32)bitmap_find_zero(bitmap, 1U << bits, 1);
	}
	bitmap_set(bitmap, asid);
	next_free = asid + 1;
	return gen | asid;
}

/*
 * The ASID under which this CPU is to load mm. IRQs off, right before TTBR0 is
 * written.
 */
u64 asid_switch_to(struct mm *mm)
{
	u32 cpu = cpu_id();
	u64 id = atomic_read(&mm->context_id), old = atomic_read(&lazy_cpus[cpu].asid_active);

	if (likely(old != 0 && ((id ^ atomic_read(&asid_generation_now)) & ~ASID_MASK) == 0 &&
		   __atomic_compare_exchange_n(&lazy_cpus[cpu].asid_active.v, &old, id, false,
					       __ATOMIC_RELAXED,
					       __ATOMIC_RELAXED))) /* [ASID-1] */
		return id & ASID_MASK;

	raw_spin_lock(&asid_lock);
	id = atomic_read(&mm->context_id);
	if ((id ^ atomic_read(&asid_generation_now)) & ~ASID_MASK) {
		id = new_context(mm);
		/* Release: whoever finds this id on the fast path has it from after
		 * the rollover that emptied its `active` entry. */
		smp_store_release(&mm->context_id.v, id);
	}
	if (flush_pending & cpu_bit(cpu)) {
		flush_pending &= ~cpu_bit(cpu);
		tlbi_vmalle1();
		this_lazy_cpu()->tlbi_all++;
	}
	atomic_set(&lazy_cpus[cpu].asid_active, id);
	raw_spin_unlock(&asid_lock);
	/*
	 * [ASID-2] The flush is complete and the new context_id visible before the
	 * first walk under it. Its partner is the DSB between clearing an entry
	 * and reading context_id in tlb_flush_*: either they invalidate the new
	 * ASID, or our walks see their cleared entry. A CPU that finds the id on the
	 * fast path needs no DSB: its branch on it and the ISB in switch_mm order
	 * its walks behind the look (docs/memory-order.md, ASID-2-fast).
	 */
	dsb(ish);
	if (CONFIG_MMU_LAZY_TLB_LAB)
		this_lazy_cpu()->barriers++;
	return id & ASID_MASK;
}

void asid_forget_cpu(void)
{
	u32 cpu = cpu_id();

	raw_spin_lock(&asid_lock);
	atomic_set(&lazy_cpus[cpu].asid_active, 0); /* so it will take the slow path first */
	reserved[cpu] = 0;
	raw_spin_unlock(&asid_lock);
}

unsigned int asid_check(void)
{
	irqflags_t flags = spin_lock_irqsave(&asid_lock);
	unsigned int wrong = 0;

	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		u64 id = atomic_read(&lazy_cpus[cpu].asid_active);

		/* What is loaded is taken. */
		if (id && !bitmap_test(bitmap, id & ASID_MASK))
			wrong++;
		if (!id && !bitmap_test(bitmap, reserved[cpu] & ASID_MASK))
			wrong++;
	}
	spin_unlock_irqrestore(&asid_lock, flags);
	return wrong;
}

bool asid_belongs_to_cpu(u32 cpu, u32 asid)
{
	return asid == ASID_RESERVED ||
	       (atomic_read(&lazy_cpus[cpu].asid_active) & ASID_MASK) == asid ||
	       (reserved[cpu] & ASID_MASK) == asid;
}
