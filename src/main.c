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
#include "core/log.h"
#include "core/machine.h"
#include "core/panic.h"
#include "core/pmu.h"
#include "core/power.h"
#include "core/smp.h"
#include "device_tree.h"
#include "drivers/drivers.h"
#include "drivers/mailbox.h"
#include "kernel/errno.h"
#include "lib/cmdline.h"
#include "lib/string.h"
#include "mm/kmap.h"
#include "mm/lazy.h"
#include "mm/setup.h"
#include "sched/task.h"
#include "sched/watchdogd.h"
#include "shell/shell.h"
#include "task/initramfs.h"
#include "task/process.h"
#include "task/services.h"
#include "task/tty.h"

void kernel_main(paddr_t dtb, u64 boot_el, paddr_t peripherals, paddr_t phys_start)
	__noreturn;

extern char __data_start[];

#define PANIC_SECONDS_MAX 3600

static void read_root(void)
{
	const struct fdt *f = &machine_fdt;
	fdt_node chosen = fdt_path(f, "/chosen");
	const char *s = fdt_get_string(f, fdt_root(f), "model");

	if (s)
		machine_model = s;
	s = chosen < 0 ? NULL : fdt_get_string(f, chosen, "bootargs");
	if (s)
		machine_cmdline = s;
}

static u64 panic_seconds; /* [I] until a panic reboots; 0: it does not */

/* A machine stays on: its state is what is left to look at. */
static void panic_halt(void)
{
	power_watchdog(0);
	power_leave_emulator(101);
	if (!panic_seconds)
		return;
	console_printf("==== rebooting in %llu s\n", (unsigned long long)panic_seconds);
	console_flush();
	clock_delay_us(panic_seconds * 1000000);
	power_reboot();
}

/* NAME=N of the command line, 1 to max; 0: not there, or nonsense, which is said. */
static u64 number_given(const char *name, u64 max)
{
	char value[24];
	u64 n;

	if (cmdline_get(machine_cmdline, name, value, sizeof(value)))
		return 0;
	if (str_to_u64(value, &n) == 0 && n <= max)
		return n;
	log_warn("%s=%s: not a number from 0 to %llu, ignored", name, value,
		 (unsigned long long)max);
	return 0;
}

static void read_cmdline(void)
{
	char value[16];
	u64 n;

	if (cmdline_get(machine_cmdline, "loglevel", value, sizeof(value)) == 0 &&
	    str_to_u64(value, &n) == 0)
		log_console_level = (u32)MIN(n, (u64)LOG_DEBUG);
	if (cmdline_has(machine_cmdline, "semihosting"))
		power_use_semihosting(true);
	panic_seconds = number_given("panic", PANIC_SECONDS_MAX);
}

/* The display is one more; the serial line stays, to type on. */
static void start_console(void)
{
	char name[64];
	bool given = cmdline_get(machine_cmdline, "console", name, sizeof(name)) == 0;
	bool fb = given && strcmp(name, "fb") == 0;

	if (uart_init(&machine_fdt, given && !fb ? name : NULL))
		log_err("console: no UART that I know; output only");
	if (fb)
		framebuffer_init();
}

static void start_watchdog(void)
{
	u32 seconds = (u32)number_given("watchdog", WATCHDOG_MAX_S);

	if (seconds && watchdogd_start(seconds))
		log_err("watchdog: no memory for its thread");
}

/* init=NAME of the command line: another program than init; none: no services. */
static void start_init(void)
{
	char name[24];

	if (cmdline_get(machine_cmdline, "init", name, sizeof(name)))
		str_copy(name, "init", sizeof(name));
	services_start(strcmp(name, "none") ? name : NULL);
}

static void services_and_shell(void *arg)
{
	services_init();
	start_init();
	shell_main(arg);
}

static void start_shell(void)
{
	struct task_params p = { .name = "shell", .entry = services_and_shell,
				 .prio = PRIO_SHELL };
	struct task *t = task_create(&p);

	if (!t)
		panic("no memory for the shell");
	task_start(t);
	task_put(t);
}

static void banner(paddr_t x0, const char *tree_refused)
{
	/* boot has spelt the name already: each letter was a step of the way */
	console_printf("\n%s\n", banner_text);
	log_info("machine: %s; device tree: %s, %u bytes", machine_model,
		 machine_fdt_source, machine_fdt.size);
	if (tree_refused)
		log_warn("x0 = 0x%llx: device tree %s", (unsigned long long)x0, tree_refused);
	if (machine_cmdline[0])
		log_info("command line: %s", machine_cmdline);
	memory_log();
}

void kernel_main(paddr_t dtb, u64 boot_el, paddr_t peripherals, paddr_t phys_start)
{
	u64 boot_ticks = read_sysreg(cntvct_el0);
	const char *tree_refused;
	struct fdt builtin;

	early_putc('g');
	kimage_voffset = KIMAGE_VADDR - phys_start;
	clock_init(boot_ticks);
	pmu_init_cpu();
	tree_refused = device_tree_open(dtb, peripherals, &builtin);
	early_putc('e');
	read_root();
	memory_init(&(struct memory_given){
		.tree = &machine_fdt,
		.builtin = &builtin,
		.blob = { dtb, dtb + (machine_fdt.blob == builtin.blob ? 0 :
				      machine_fdt.size), NULL },
		.kernel = { phys_start, phys_start + kimage_size, NULL },
		.kernel_data = phys_start + ((u64)__data_start - KIMAGE_VADDR),
		/* The Pi 4's begin before the part that the Pi 3 has, too (BCM2711 ARM
		 * Peripherals, 1.2.4). */
		.devices = peripherals == 0xfe000000 ? 0xfc000000 : peripherals,
	});
	early_putc('r');
	banner(dtb, tree_refused);
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
	if (mailbox_init(&machine_fdt))
		log_info("mailbox: none that I know, or out of its reach");
	start_console();
	watchdog_init(&machine_fdt);

	initramfs_init(memory_initrd.start, memory_initrd.end - memory_initrd.start);
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
	start_watchdog();
	start_shell();
	sched_start_cpu(); /* this thread becomes CPU 0's idle thread */
}
