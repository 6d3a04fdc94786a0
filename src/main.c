/* SPDX-License-Identifier: MIT */
/*
 * The order in which the kernel comes to life. Everything is called from here,
 * top to bottom; nothing starts itself.
 *
 * On entry (boot/head.S): EL1, MMU on with boot's map, boot CPU only, IRQs off,
 * on the boot stack, as the thread `boot_thread`.
 */
#include "core/audit.h"
#include "core/backtrace.h"
#include "core/build_info.h"
#include "core/clock.h"
#include "core/console.h"
#include "core/early.h"
#include "core/extable.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/panic.h"
#include "core/pmu.h"
#include "core/power.h"
#include "core/smp.h"
#include "drivers/drivers.h"
#include "kernel/errno.h"
#include "lib/cmdline.h"
#include "lib/string.h"
#include "mm/kmap.h"
#include "mm/lazy.h"
#include "mm/layout.h"
#include "mm/page.h"
#include "mm/region.h"
#include "mm/slab.h"
#include "sched/task.h"
#include "shell/shell.h"
#include "task/initramfs.h"
#include "task/process.h"
#include "task/tty.h"

void kernel_main(paddr_t dtb, u64 boot_el, paddr_t peripherals, paddr_t phys_start)
	__noreturn;

extern char _text[], _end[], __rodata_start[], __data_start[];
extern const u8 __dtb_bcm2711_start[], __dtb_bcm2711_end[];
extern const u8 __dtb_bcm2837_start[], __dtb_bcm2837_end[];

#define FDT_SIZE_MAX (1 * MIB)
#define MIDR_PART_CORTEX_A72 0xd08

/* ---- device tree ---- */

static u32 be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/*
 * x0 may be anything. Map the page it names and read the header with loads that
 * may fault; only if it is a device tree map the rest.
 */
static int open_loaded_fdt(paddr_t pa, paddr_t peripherals)
{
	const u8 *blob;
	u32 words[2];
	u64 size;

	if (pa == 0 || pa % 8 || pa >= LINEAR_SIZE - FDT_SIZE_MAX)
		return -EINVAL;
	/* Not even to be looked at: a read may take a byte from a FIFO. */
	if (pa >= peripherals && pa < 4 * GIB)
		return -EINVAL;
	blob = kmap_firmware(pa, 8);
	if (!blob)
		return -ENOMEM;
	for (int i = 0; i < 2; i++)
		if (probe_read32((vaddr_t)blob + 4 * (u64)i, &words[i]))
			return -EFAULT;
	if (be32((const u8 *)&words[0]) != 0xd00dfeed)
		return -EINVAL;
	size = be32((const u8 *)&words[1]);
	if (size > FDT_SIZE_MAX)
		return -EOVERFLOW;
	blob = kmap_firmware(pa, size);
	if (!blob)
		return -ENOMEM;
	/* It may say that it goes on where there is no memory. */
	for (vaddr_t va = (vaddr_t)blob & PAGE_MASK; va < (vaddr_t)blob + size;
	     va += PAGE_SIZE)
		if (probe_read32(va, &words[0]))
			return -EFAULT;
	return fdt_open(&machine_fdt, blob, size);
}

static void open_fdt(paddr_t pa, paddr_t peripherals)
{
	int err = open_loaded_fdt(pa, peripherals);
	bool a72 = (read_sysreg(midr_el1) >> 4 & 0xfff) == MIDR_PART_CORTEX_A72;
	const u8 *start = a72 ? __dtb_bcm2711_start : __dtb_bcm2837_start;
	const u8 *end = a72 ? __dtb_bcm2711_end : __dtb_bcm2837_end;

	if (!err) {
		machine_fdt_source = "boot loader";
		return;
	}
	if (fdt_open(&machine_fdt, start, (size_t)(end - start)))
		panic("the built-in device tree is damaged");
	machine_fdt_source = "built in";
}

static void read_chosen(paddr_t *initrd, u64 *initrd_size)
{
	const struct fdt *f = &machine_fdt;
	fdt_node chosen = fdt_path(f, "/chosen");
	const char *s = fdt_get_string(f, fdt_root(f), "model");
	const void *p;
	u64 start, end;
	u32 len;

	*initrd_size = 0;
	if (s)
		machine_model = s;
	if (chosen < 0)
		return;
	s = fdt_get_string(f, chosen, "bootargs");
	if (s)
		machine_cmdline = s;
	/* One or two cells each, as long as the property says. */
	p = fdt_get(f, chosen, "linux,initrd-start", &len);
	if (!p || (len != 4 && len != 8))
		return;
	start = fdt_read_cells(p, len / 4);
	p = fdt_get(f, chosen, "linux,initrd-end", &len);
	if (!p || (len != 4 && len != 8))
		return;
	end = fdt_read_cells(p, len / 4);
	if (start < end) {
		*initrd = start;
		*initrd_size = end - start;
	}
}

/* ---- memory ---- */

static bool in_memory(paddr_t start, u64 size)
{
	for (unsigned int i = 0; i < mem_layout.nr_mem; i++)
		if (start >= mem_layout.mem[i].start && start < mem_layout.mem[i].end &&
		    size <= mem_layout.mem[i].end - start)
			return true;
	return false;
}

/* Take memory for good before there is an allocator: from the top of the first
 * range that has room. */
static paddr_t take(u64 size, u64 align, const char *what)
{
	struct mem_range r;

	for (unsigned int i = 0; mem_layout_free_range(&mem_layout, i, &r); i++) {
		u64 at = r.end < size ? 0 : ALIGN_DOWN(r.end - size, align);

		if (at >= r.start && at != 0) {
			if (mem_layout_reserve(&mem_layout, at, size, what))
				break;
			return at;
		}
	}
	panic("not enough memory for %s", what);
}

/* The kernel's text and constants stay read-only in the linear map too. */
static void map_linear(paddr_t phys)
{
	u64 ro = phys, rw = phys + (u64)(__data_start - _text);

	for (unsigned int i = 0; i < mem_layout.nr_mem; i++) {
		u64 at = mem_layout.mem[i].start, end = mem_layout.mem[i].end;

		while (at < end) {
			bool text = at >= ro && at < rw;
			u64 to = at < ro ? MIN(end, ro) : text ? MIN(end, rw) : end;

			if (kmap_range(LINEAR_BASE + at, at, to - at,
				       text ? PTE_KERNEL_RO : PTE_KERNEL_RW))
				panic("boot's tables are too few");
			at = to;
		}
	}
}

/* A struct page for each frame of each 4 MB span that has memory. */
static void map_struct_pages(void)
{
	const u64 span = PAGE_SIZE << MAX_ORDER;

	for (unsigned int i = 0; i < mem_layout.nr_mem; i++) {
		u64 first = ALIGN_DOWN(mem_layout.mem[i].start, span) >> PAGE_SHIFT;
		u64 last = ALIGN_UP(mem_layout.mem[i].end, span) >> PAGE_SHIFT;
		vaddr_t va = (vaddr_t)pfn_to_page(first);
		vaddr_t end = (vaddr_t)pfn_to_page(last);
		u64 size;
		paddr_t pa;

		/* A span that two ranges share is there already. */
		while (va < end && kmap_lookup(va))
			va += PAGE_SIZE;
		size = end - va;
		if (size == 0)
			continue;
		pa = take(size, size >= BLOCK_SIZE ? BLOCK_SIZE : PAGE_SIZE,
			  "struct pages");
		memset(phys_to_virt(pa), 0, size);
		if (kmap_range(va, pa, size, PTE_KERNEL_RW))
			panic("boot's tables are too few");
	}
}

static void memory_init(paddr_t phys, paddr_t dtb, paddr_t initrd, u64 initrd_size)
{
	struct mem_range r;

	if (mem_layout_from_fdt(&mem_layout, &machine_fdt))
		panic("the device tree names no memory");
	mem_layout_reserve(&mem_layout, 0, PAGE_SIZE, "spin-table");
	mem_layout_reserve(&mem_layout, phys, (u64)(_end - _text), "kernel");
	if (machine_fdt.blob != __dtb_bcm2711_start &&
	    machine_fdt.blob != __dtb_bcm2837_start)
		mem_layout_reserve(&mem_layout, dtb, machine_fdt.size, "device tree");
	if (initrd_size)
		mem_layout_reserve(&mem_layout, initrd, initrd_size, "initrd");
	map_linear(phys);
	map_struct_pages();
	for (unsigned int i = 0; mem_layout_free_range(&mem_layout, i, &r); i++)
		page_add_range(r.start, r.end);
	kmap_linear_ready = true;
	slab_init();
	region_init();
	audit_register(&buddy_audit);
	audit_register(&slab_audit);
}

/* ---- the rest ---- */

static void read_cmdline(void)
{
	char value[16];
	u64 n;

	if (cmdline_get(machine_cmdline, "loglevel", value, sizeof(value)) == 0 &&
	    str_to_u64(value, &n) == 0)
		log_console_level = (u32)MIN(n, (u64)LOG_DEBUG);
	if (cmdline_has(machine_cmdline, "semihosting"))
		power_use_semihosting(true);
}

/* For tests. A machine stays on: its state is what is left to look at. */
static void panic_halt(void)
{
	power_leave_emulator(101);
}

static void start_shell(void)
{
	struct task_params p = { .name = "shell", .entry = shell_main,
				 .prio = PRIO_SHELL };
	struct task *t = task_create(&p);

	if (!t)
		panic("no memory for the shell");
	task_start(t);
	task_put(t);
}

static void banner(void)
{
	struct page_stats s;

	page_get_stats(&s);
	/* boot has spelt the name already: each letter was a step of the way */
	console_printf("\n%s\n", banner_text);
	log_info("machine: %s; device tree: %s, %u bytes", machine_model,
		 machine_fdt_source, machine_fdt.size);
	if (machine_cmdline[0])
		log_info("command line: %s", machine_cmdline);
	for (unsigned int i = 0; i < mem_layout.nr_mem; i++)
		log_info("memory: 0x%llx-0x%llx",
			 (unsigned long long)mem_layout.mem[i].start,
			 (unsigned long long)mem_layout.mem[i].end - 1);
	log_info("memory: %llu MB free", (unsigned long long)(s.free_pages >> 8));
}

void kernel_main(paddr_t dtb, u64 boot_el, paddr_t peripherals, paddr_t phys_start)
{
	u64 boot_ticks = read_sysreg(cntvct_el0);
	char stdout[64];
	paddr_t initrd = 0;
	u64 initrd_size;
	bool has_stdout;

	early_putc('g');
	kimage_voffset = (u64)_text - phys_start;
	clock_init(boot_ticks);
	pmu_init_cpu();
	open_fdt(dtb, peripherals);
	early_putc('e');
	read_chosen(&initrd, &initrd_size);
	memory_init(phys_start, dtb, initrd, initrd_size);
	early_putc('r');
	banner();
	read_cmdline();
	panic_set_halt(panic_halt);

	mm_init();
	task_init();
	sched_init();
	lazy_sched_init();
	leave_boot_map();

	smp_find_cpus(&machine_fdt);
	cpus[0].boot_el = (u32)boot_el;
	cpus[0].midr = read_sysreg(midr_el1);
	if (irqchip_init(&machine_fdt))
		panic("no interrupt controller that I know");
	irq_init_cpu();
	if (arm_timer_init(&machine_fdt))
		panic("no timer that I know");
	has_stdout = cmdline_get(machine_cmdline, "console", stdout,
				 sizeof(stdout)) == 0;
	if (uart_init(&machine_fdt, has_stdout ? stdout : NULL))
		log_err("console: no UART that I know; output only");
	watchdog_init(&machine_fdt);

	if (initrd_size && !in_memory(initrd, initrd_size)) {
		log_err("initramfs: 0x%llx + 0x%llx is not memory",
			(unsigned long long)initrd, (unsigned long long)initrd_size);
		initrd_size = 0;
	}
	initramfs_init(initrd, initrd_size);
	process_init();
	tty_init();

	log_info("cpu0: online, MPIDR 0x%llx, entered at EL%llu",
		 (unsigned long long)cpus[0].mpidr, (unsigned long long)boot_el);
	cpus[0].state = "online";
	cpu_online_mask = cpu_bit(0);
	if (cmdline_has(machine_cmdline, "nosmp"))
		log_info("nosmp: the other CPUs stay where they are");
	else
		smp_boot_secondaries();
	if (lazyd_start())
		panic("no memory for lazyd");
	start_shell();
	sched_start_cpu(); /* this thread becomes CPU 0's idle thread */
}
