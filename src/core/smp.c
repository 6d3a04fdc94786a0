/* SPDX-License-Identifier: MIT */
/*
 * Several CPUs: starting them, by spin-table or from boot's pen; calling functions
 * on them.
 *
 * A call has one slot per (target, source) pair; a source waits for its call, so
 * a slot is never needed twice at once and no lock is taken. Ownership of a slot
 * passes by `pending`: source stores it with release after fn and arg [CALL-1];
 * target reads it with acquire [CALL-1], runs, clears it with release [CALL-2];
 * source sees that with acquire [CALL-2]. A waiting source serves calls to
 * itself, so two CPUs may call each other with interrupts off.
 */
#include "core/smp.h"
#include "arm64/atomic.h"
#include "arm64/tlb.h"
#include "core/clock.h"
#include "core/early.h"
#include "core/extable.h"
#include "core/log.h"
#include "core/secondary.h"
#include "lib/string.h"

struct cpu cpus[NR_CPUS];
cpumask_t cpu_online_mask;
struct secondary_boot secondary_boot __aligned(CACHE_LINE) = {
	.mpidr = SECONDARY_NOBODY,
};

static struct call {
	smp_call_fn *fn;
	void *arg;
	u32 pending;
} calls[NR_CPUS][NR_CPUS] __aligned(CACHE_LINE);

void smp_handle_calls(void)
{
	u32 self = cpu_id();

	for (u32 src = 0; src < NR_CPUS; src++) {
		struct call *c = &calls[self][src];

		if (!smp_load_acquire(&c->pending)) /* [CALL-1] */
			continue;
		c->fn(c->arg);
		smp_store_release(&c->pending, 0); /* [CALL-2] */
	}
}

unsigned int smp_call(cpumask_t mask, smp_call_fn *fn, void *arg)
{
	unsigned int sent = 0;
	cpumask_t others;
	u32 self;

	preempt_disable();
	self = cpu_id();
	others = mask & READ_ONCE(cpu_online_mask) & ~cpu_bit(self);
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		struct call *c = &calls[cpu][self];

		if (!(others & cpu_bit(cpu)))
			continue;
		c->fn = fn;
		c->arg = arg;
		smp_store_release(&c->pending, 1); /* [CALL-1] */
		sent++;
	}
	if (sent) {
		irq_get_chip()->send_ipi(others, IPI_CALL);
	}
	if (mask & cpu_bit(self)) {
		irqflags_t flags = local_irq_save();

		fn(arg);
		local_irq_restore(flags);
	}
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		if (!(others & cpu_bit(cpu)))
			continue;
		while (smp_load_acquire(&calls[cpu][self].pending)) { /* [CALL-2] */
			irqflags_t flags = local_irq_save();

			smp_handle_calls();
			local_irq_restore(flags);
			cpu_yield_hint();
		}
	}
	preempt_enable();
	return sent;
}

/* ---- standing still ---- */

static struct freeze {
	u32 busy;    /* one at a time */
	u32 leader;
	u32 expected, arrived;
	u32 over;
	smp_call_fn *other, *fn;
	void *arg;
} freeze;

static void freeze_call(void *arg)
{
	if (cpu_id() != freeze.leader) {
		if (freeze.other)
			freeze.other(NULL);
		__atomic_add_fetch(&freeze.arrived, 1, __ATOMIC_RELEASE); /* [FREEZE-1] */
		while (!smp_load_acquire(&freeze.over)) /* [FREEZE-2] */
			cpu_yield_hint();
		return;
	}
	while (smp_load_acquire(&freeze.arrived) != freeze.expected) /* [FREEZE-1] */
		cpu_yield_hint();
	freeze.fn(freeze.arg);
	smp_store_release(&freeze.over, 1); /* [FREEZE-2] */
}

void smp_freeze(smp_call_fn *fn, void *arg)
{
	smp_freeze_with(NULL, fn, arg);
}

void smp_freeze_with(smp_call_fn *other, smp_call_fn *fn, void *arg)
{
	/* Who waits has interrupts on, so it can itself be made to stand; and may
	 * be preempted, so that it does not keep the holder from running. */
	for (;;) {
		preempt_disable();
		if (!__atomic_exchange_n(&freeze.busy, 1, __ATOMIC_ACQUIRE))
			break;
		preempt_enable();
		cpu_yield_hint();
	}
	freeze.leader = cpu_id();
	freeze.other = other;
	freeze.fn = fn;
	freeze.arg = arg;
	freeze.arrived = 0;
	freeze.over = 0;
	freeze.expected = 0;
	for_each_online_cpu(cpu)
		freeze.expected += cpu != cpu_id();
	smp_call(CPU_MASK_ALL, freeze_call, NULL);
	__atomic_store_n(&freeze.busy, 0, __ATOMIC_RELEASE);
	preempt_enable();
}

void smp_send_resched(u32 cpu)
{
	irq_get_chip()->send_ipi(cpu_bit(cpu), IPI_RESCHED);
}

/* ---- stopping, for a panic ---- */

static cpumask_t stopped;

void smp_handle_stop(void)
{
	local_irq_disable();
	atomic_or_full(&stopped, cpu_bit(cpu_id()));
	for (;;)
		wfi();
}

cpumask_t smp_stop_others(void)
{
	cpumask_t others = READ_ONCE(cpu_online_mask) & ~cpu_bit(cpu_id());

	if (!others || !irq_get_chip())
		return 0;
	irq_get_chip()->send_ipi(others, IPI_STOP);
	for (int ms = 0; ms < 100 && (others & ~READ_ONCE(stopped)); ms++)
		clock_delay_us(1000);
	return others & ~READ_ONCE(stopped);
}

/* ---- starting ---- */

void smp_find_cpus(const struct fdt *f)
{
	fdt_node parent = fdt_path(f, "/cpus");
	u64 self = mpidr_affinity(read_sysreg(mpidr_el1));
	u32 n = 1; /* 0 is the boot CPU */

	cpus[0].present = true;
	cpus[0].mpidr = self;
	if (parent < 0)
		return;
	for (fdt_node c = fdt_first_child(f, parent); c >= 0;
	     c = fdt_next_sibling(f, c)) {
		const char *type = fdt_get_string(f, c, "device_type");
		u64 mpidr, release = 0;
		const void *p;
		u32 len;

		if (!type || strcmp(type, "cpu"))
			continue;
		p = fdt_get(f, c, "reg", &len);
		if (!p || (len != 4 && len != 8))
			continue;
		mpidr = fdt_read_cells(p, len / 4);
		p = fdt_get(f, c, "cpu-release-addr", &len);
		if (p && (len == 4 || len == 8))
			release = fdt_read_cells(p, len / 4);
		if (mpidr == self) {
			cpus[0].release_addr = release;
			continue;
		}
		if (n == NR_CPUS) {
			log_warn("cpu: %llx left alone: built for %u CPUs",
				 (unsigned long long)mpidr, NR_CPUS);
			continue;
		}
		cpus[n].present = true;
		cpus[n].mpidr = mpidr;
		cpus[n].release_addr = release;
		cpus[n].state = "not started";
		n++;
	}
}

extern char secondary_entry[], _text[], _end[];
extern u64 kimage_voffset;
#define SECONDARY_DEADLINE_MS 500

/*
 * A core polls its word, and runs its first instructions, with the MMU off: the
 * word must be in memory, not in our cache (Arm ARM D7.5.3); boot/head.S has seen
 * to the instructions. All it reads later it reads through its own MMU, coherently.
 */
static void write_word(volatile u64 *word, u64 value)
{
	WRITE_ONCE(*word, value);
	dcache_clean_poc((const void *)word, sizeof(*word));
}

/* The spin-table word of c, NULL if it has none that can be written. What the
 * device tree says may be anywhere: not mapped, or in the kernel. */
static volatile u64 *release_word(const struct cpu *c)
{
	vaddr_t va = c->release_addr + LINEAR_BASE;
	u64 image = (u64)_text - kimage_voffset, value;

	if (c->release_addr == 0 || c->release_addr % 8 ||
	    c->release_addr >= LINEAR_SIZE ||
	    c->release_addr - image < (u64)(_end - _text) ||
	    probe_read64(va, &value))
		return NULL;
	return (volatile u64 *)va;
}

/* False: not within the deadline. */
static bool wait_online(u32 cpu)
{
	u64 deadline_ns = clock_ns() + SECONDARY_DEADLINE_MS * NSEC_PER_MSEC;

	while (!cpu_online(cpu) && clock_ns() < deadline_ns) {
		cpu_yield_hint();
		sev(); /* a core may have gone to sleep in between */
	}
	return cpu_online(cpu);
}

/* False: secondary_boot must not be used again. */
static bool boot_one(u32 cpu)
{
	paddr_t entry = (u64)secondary_entry - kimage_voffset;
	struct cpu *c = &cpus[cpu];
	volatile u64 *release = release_word(c);
	void *stack_top;
	u64 turn;

	secondary_boot.thread = smp_prepare_thread(cpu, &stack_top);
	if (!secondary_boot.thread) {
		c->state = "no memory for its idle thread";
		return true;
	}
	secondary_boot.stack = stack_top;
	smp_store_release(&secondary_boot.mpidr, c->mpidr); /* [BOOT-1] */
	/* It is in one of the two: which is up to the loader. */
	if (release)
		write_word(release, entry);
	if ((c->mpidr & 0xff) < BOOT_PEN_WORDS)
		write_word(&boot_pen[c->mpidr & 0xff], entry);
	dsb(sy);
	sev();

	wait_online(cpu);
	/* Whoever comes too late waits for a turn that does not come. Who has just
	 * taken it is on the way, with what secondary_boot says. */
	turn = c->mpidr;
	if (!__atomic_compare_exchange_n(&secondary_boot.mpidr, &turn, SECONDARY_NOBODY,
					 false, __ATOMIC_RELAXED, __ATOMIC_RELAXED) &&
	    !wait_online(cpu)) {
		c->state = "came, and was lost on its way; no more are started";
		return false;
	}
	if (!cpu_online(cpu)) {
		c->state = release ? "did not come from its spin-table within 500 ms" :
			   "no usable cpu-release-addr in the device tree";
		return true;
	}
	smp_rmb(); /* [BOOT-2] */
	c->boot_el = (u32)secondary_boot.el;
	return true;
}

void smp_boot_secondaries(void)
{
	bool go_on = true;

	for (u32 cpu = 1; cpu < NR_CPUS && go_on; cpu++) {
		struct cpu *c = &cpus[cpu];

		if (!c->present)
			continue;
		go_on = boot_one(cpu);
		if (cpu_online(cpu))
			log_info("cpu%u: online, MPIDR 0x%llx, entered at EL%u",
				 cpu, (unsigned long long)c->mpidr, c->boot_el);
		else
			log_warn("cpu%u: offline, MPIDR 0x%llx: %s", cpu,
				 (unsigned long long)c->mpidr, c->state);
	}
}
