/* SPDX-License-Identifier: MIT */
/*
 * Finding the CPUs, starting them, by spin-table or from boot's pen, and sending
 * one back to the pen.
 */
#include "arm64/atomic.h"
#include "arm64/tlb.h"
#include "core/clock.h"
#include "core/early.h"
#include "core/extable.h"
#include "core/log.h"
#include "core/secondary.h"
#include "core/smp.h"
#include "kernel/errno.h"
#include "lib/string.h"

struct cpu cpus[NR_CPUS];
struct secondary_boot secondary_boot __aligned(CACHE_LINE) = {
	.mpidr = SECONDARY_NOBODY,
};


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

extern const vaddr_t secondary_entry_point; /* boot/words.S */
extern u64 kimage_voffset;
#define SECONDARY_DEADLINE_MS 1000 /* of a busy emulator, too */
#define RETURN_DEADLINE_MS 5000	   /* of one that came once, and will come again */

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
	u64 image = KIMAGE_VADDR - kimage_voffset, value;

	if (c->release_addr == 0 || c->release_addr % 8 ||
	    c->release_addr >= LINEAR_SIZE ||
	    c->release_addr - image < kimage_size ||
	    probe_read64(va, &value))
		return NULL;
	return (volatile u64 *)va;
}

/* False: not within the deadline. */
static bool wait_online(u32 cpu)
{
	u64 ms = cpus[cpu].boot_el ? RETURN_DEADLINE_MS : SECONDARY_DEADLINE_MS;
	u64 deadline_ns = clock_ns() + ms * NSEC_PER_MSEC;

	while (!cpu_online(cpu) && clock_ns() < deadline_ns) {
		cpu_yield_hint();
		sev(); /* a core may have gone to sleep in between */
	}
	return cpu_online(cpu);
}

/* A core that took its turn and was never seen again may yet read secondary_boot. */
static bool one_is_lost; /* [callers of smp_boot_cpu] */

static int boot_one(u32 cpu)
{
	paddr_t entry = secondary_entry_point - kimage_voffset;
	struct cpu *c = &cpus[cpu];
	volatile u64 *release = release_word(c);
	void *stack_top;
	u64 turn;

	secondary_boot.thread = smp_prepare_thread(cpu, &stack_top);
	if (!secondary_boot.thread) {
		c->state = "no memory for its idle thread";
		return -ENOMEM;
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
		one_is_lost = true;
		return -EIO;
	}
	if (!cpu_online(cpu)) {
		c->state = c->boot_el ? "did not come back" :
			   release ? "did not come from its spin-table within a second" :
			   "no usable cpu-release-addr in the device tree";
		return -EIO;
	}
	smp_rmb(); /* [BOOT-2] */
	if (!c->boot_el) /* from the pen it comes at EL1 */
		c->boot_el = (u32)secondary_boot.el;
	return 0;
}

int smp_boot_cpu(u32 cpu)
{
	return one_is_lost ? -EIO : boot_one(cpu);
}

void smp_boot_secondaries(void)
{
	for (u32 cpu = 1; cpu < NR_CPUS && !one_is_lost; cpu++) {
		struct cpu *c = &cpus[cpu];

		if (!c->present)
			continue;
		if (boot_one(cpu))
			log_warn("cpu%u: offline, MPIDR 0x%llx: %s", cpu,
				 (unsigned long long)c->mpidr, c->state);
		else
			log_info("cpu%u: online, MPIDR 0x%llx, entered at EL%u", cpu,
				 (unsigned long long)c->mpidr, c->boot_el);
	}
}

/* ---- and back to the pen ---- */

void park_cpu(u64 voffset) __noreturn; /* boot/secondary.S */

bool smp_can_park(u32 cpu)
{
	return (cpus[cpu].mpidr & 0xff) < BOOT_PEN_WORDS;
}

/*
 * The word is cleared before anyone can learn that we are gone, so what is written
 * there to start us comes after. Our dirty lines stay where they are: the core
 * keeps its power and its part in coherency (CPUECTLR_EL1.SMPEN of Cortex-A53 and
 * A72), so others find them while we look past our own cache.
 */
void smp_park(u32 *gone)
{
	u64 aff0 = cpus[cpu_id()].mpidr & 0xff;

	ASSERT(irqs_disabled() && aff0 < BOOT_PEN_WORDS);
	write_word(&boot_pen[aff0], 0);
	smp_store_release(gone, 1); /* [PARK-1] nothing of ours is used from here on */
	park_cpu(kimage_voffset);
}
