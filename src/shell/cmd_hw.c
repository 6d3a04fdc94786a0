/* SPDX-License-Identifier: MIT */
/* The machine: cpu, irq, timers, tty, uptime. */
#include "shell/shell.h"

#include "core/clock.h"
#include "core/cpu.h"
#include "core/irq.h"
#include "core/machine.h"
#include "core/timer.h"
#include "lib/format.h"
#include "sched/task.h"
#include "task/tty.h"

/* MIDR_EL1: implementer 0x41 (Arm) and part number. */
static const char *part_name(u64 midr, char *buf, size_t size)
{
	static const struct {
		u16 part;
		const char *name;
	} parts[] = {
		{ 0xd03, "Cortex-A53" },
		{ 0xd08, "Cortex-A72" },
		{ 0xd0b, "Cortex-A76" },
	};
	u32 part = midr >> 4 & 0xfff;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (midr >> 24 == 0x41 && parts[i].part == part)
			fmt_snprintf(buf, size, "%s r%up%u", parts[i].name,
				     (u32)(midr >> 20 & 15), (u32)(midr & 15));
	if (!buf[0])
		fmt_snprintf(buf, size, "0x%llx", (unsigned long long)midr);
	return buf;
}

static int cmd_cpu(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "cpu", "CPU", 3 },	    { "state", "STATE", -8 },
		{ "mpidr", "MPIDR", 6 },    { "part", "PART", -15 },
		{ "el", "EL", 2 },	    { "online_us", "SINCE", 6 },
		{ "task", "RUNS", -11 },    { "idle_us", "IDLE", 7 },
		{ "switches", "SWITCHES", 8 }, { "queued", NULL, 0 },
		{ "steals", NULL, 0 },	    { "ticks", NULL, 0 },
		{ "tick_on", NULL, 0 },
	};
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		const struct cpu *c = &cpus[cpu];
		struct rq_info rq = { 0 };
		char part[24] = "";

		if (!c->present)
			continue;
		if (cpu_online(cpu))
			rq_get_info(cpu, &rq);
		table_row(&t, v_u64(cpu), v_str(c->state), v_hex(c->mpidr),
			  c->midr ? v_str(part_name(c->midr, part,
						    sizeof(part))) :
				    v_none(),
			  v_u64(c->boot_el), v_us(c->online_ns / NSEC_PER_USEC),
			  v_str(rq.curr_name), v_us(rq.idle_ns / NSEC_PER_USEC),
			  v_u64(rq.switches), v_u64(rq.nr_running),
			  v_u64(rq.steals), v_u64(rq.ticks), v_bool(rq.tick_on));
	}
	table_end(&t);
	return 0;
}

COMMAND(cpu) = {
	.name = "cpu",
	.usage = "[--json|--csv]",
	.brief = "the CPUs: what they are and what they do",
	.help = "EL is the exception level it was entered at, SINCE when it came up.\n"
		"example: watch -d cpu",
	.flags = CMD_LISTING,
	.run = cmd_cpu,
};

/* Columns of counts, one a CPU. */
#define CPU_COLUMNS                                                        \
	{ "cpu0", "CPU0", 10 }, { "cpu1", "CPU1", 10 },                    \
	{ "cpu2", "CPU2", 10 }, { "cpu3", "CPU3", 10 },                    \
	{ "cpu4", "CPU4", 10 }, { "cpu5", "CPU5", 10 },                    \
	{ "cpu6", "CPU6", 10 }, { "cpu7", "CPU7", 10 }

static int cmd_irq(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "irq", "IRQ", 4 }, { "name", "NAME", -16 }, CPU_COLUMNS,
	};
	struct irq_info info;
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	table_begin(&t, &sh->out, columns, 2 + NR_CPUS);
	for (u32 irq = 0; irq < NR_IRQS; irq++) {
		if (!irq_get_info(irq, &info))
			continue;
		table_cell(&t, v_u64(irq));
		table_cell(&t, v_str(info.name));
		for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
			table_cell(&t, v_u64(info.count[cpu]));
	}
	for (u32 ipi = 0; ipi < NR_IPIS; ipi++) {
		char name[24];

		fmt_snprintf(name, sizeof(name), "ipi-%s", ipi_names[ipi]);
		table_cell(&t, v_none());
		table_cell(&t, v_str(name));
		for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
			table_cell(&t, v_u64(ipi_count[cpu][ipi]));
	}
	table_end(&t);
	if (sh->out.mode == OUT_TEXT)
		out_printf(&sh->out, "controller %s, %llu spurious\n",
			   irq_get_chip()->name,
			   (unsigned long long)irq_spurious);
	return 0;
}

COMMAND(irq) = {
	.name = "irq",
	.usage = "[--json|--csv]",
	.brief = "interrupts taken, by line and CPU",
	.help = "ipi-...: sent by one CPU to another.\nexample: watch -d irq",
	.flags = CMD_LISTING,
	.run = cmd_irq,
};

static int cmd_timers(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "cpu", "CPU", 3 }, { "name", "NAME", -20 },
		{ "in_us", "IN", 8 },
	};
	static struct timer_info timers[32];
	u64 now_ns = clock_ns();
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for_each_online_cpu(cpu) {
		unsigned int n = timer_list(cpu, timers, ARRAY_SIZE(timers));

		for (unsigned int i = 0; i < n; i++) {
			u64 at_ns = timers[i].expires_ns;

			table_row(&t, v_u64(timers[i].cpu),
				  v_str(timers[i].name),
				  v_us(at_ns < now_ns ? 0 : (at_ns - now_ns) /
							NSEC_PER_USEC));
		}
	}
	table_end(&t);
	if (sh->out.mode != OUT_TEXT)
		return 0;
	out_printf(&sh->out, "counter at %llu Hz; fired:",
		   (unsigned long long)clock_hz);
	for_each_online_cpu(cpu)
		out_printf(&sh->out, " %llu",
			   (unsigned long long)timer_fired[cpu]);
	out_puts(&sh->out, "\n");
	return 0;
}

COMMAND(timers) = {
	.name = "timers",
	.usage = "[--json|--csv]",
	.brief = "timers that are set, soonest first",
	.help = "At most 32 a CPU are shown.\nexample: watch -n 0.2 timers",
	.flags = CMD_LISTING,
	.run = cmd_timers,
};

static int cmd_tty(struct shell *sh, int argc, char **argv)
{
	struct tty_stats s;
	struct record r;

	if (argc > 1)
		return shell_usage(sh);
	tty_get_stats(&s);
	record_begin(&r, &sh->out, 13);
	record_field(&r, "device", v_str(s.device));
	record_field(&r, "rx_bytes", v_u64(s.rx_bytes));
	record_field(&r, "tx_bytes", v_u64(s.tx_bytes));
	record_field(&r, "overruns", v_styled(v_u64(s.overruns), s.overruns ?
					      STYLE_WARN : STYLE_PLAIN));
	record_field(&r, "line_errors", v_u64(s.line_errors));
	record_field(&r, "input_queued", v_u64(s.input_queued));
	record_field(&r, "columns", v_u64(sh->edit.cols));
	record_field(&r, "rows", v_u64(sh->edit.rows));
	record_field(&r, "dumb", v_bool(sh->edit.dumb));
	record_end(&r);
	return 0;
}

COMMAND(tty) = {
	.name = "tty",
	.usage = "[--json|--csv]",
	.brief = "the serial line: bytes, losses, the terminal's size",
	.help = "overruns: lost in the UART, for want of service. A terminal is\n"
		"dumb until it has answered the question for its size (Ctrl-L asks again).\n"
		"example: tty --json",
	.flags = CMD_LISTING,
	.run = cmd_tty,
};

static int cmd_uptime(struct shell *sh, int argc, char **argv)
{
	struct record r;

	if (argc > 1)
		return shell_usage(sh);
	record_begin(&r, &sh->out, 10);
	record_field(&r, "uptime_us", v_us(clock_ns() / NSEC_PER_USEC));
	record_field(&r, "prompt_us", v_us(machine_prompt_ns / NSEC_PER_USEC));
	record_end(&r);
	return 0;
}

COMMAND(uptime) = {
	.name = "uptime",
	.usage = "[--json|--csv]",
	.brief = "time since the kernel was entered, and until the first prompt",
	.help = "example: uptime --json",
	.flags = CMD_LISTING,
	.run = cmd_uptime,
};
