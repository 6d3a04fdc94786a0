/* SPDX-License-Identifier: MIT */
/* The machine: irq, timers, tty, uptime. */
#include "shell/shell.h"

#include "core/clock.h"
#include "core/cpu.h"
#include "core/irq.h"
#include "core/machine.h"
#include "core/timer.h"
#include "lib/format.h"
#include "sched/task.h"
#include "task/tty.h"

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
			   (unsigned long long)timer_cpus[cpu].fired);
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
