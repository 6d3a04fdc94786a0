/* SPDX-License-Identifier: MIT */
/* `cpu`: what the CPUs are and do; off and on. */
#include "shell/shell.h"

#include "core/clock.h"
#include "core/cpu.h"
#include "lib/format.h"
#include "lib/string.h"
#include "sched/hotplug.h"
#include "sched/task.h"

/* MIDR_EL1: implementer 0x41 (Arm) and part number. */
static const char *part_name(u64 midr, char *buf, size_t size)
{
	static const struct {
		u16 part;
		const char *name;
	} parts[] = {
		{ 0xd03, "Cortex-A53" },
		{ MIDR_PART_CORTEX_A72, "Cortex-A72" },
		{ 0xd0b, "Cortex-A76" },
	};
	u32 part = MIDR_PART(midr);

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (midr >> 24 == 0x41 && parts[i].part == part)
			fmt_snprintf(buf, size, "%s r%up%u", parts[i].name,
				     (u32)(midr >> 20 & 15), (u32)(midr & 15));
	if (!buf[0])
		fmt_snprintf(buf, size, "0x%llx", (unsigned long long)midr);
	return buf;
}

static int list_cpus(struct shell *sh)
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
			  v_u64(c->boot_el),
			  cpu_online(cpu) ? v_us(c->online_ns / NSEC_PER_USEC) : v_none(),
			  v_str(rq.curr_name), v_us(rq.idle_ns / NSEC_PER_USEC),
			  v_u64(rq.switches), v_u64(rq.nr_running),
			  v_u64(rq.steals), v_u64(rq.ticks), v_bool(rq.tick_on));
	}
	table_end(&t);
	return 0;
}

/* What cpu_on or cpu_off has refused. */
static int say_why(struct shell *sh, u32 cpu, int err)
{
	switch (err) {
	case -ENODEV:
		return shell_fail(sh, err, "no CPU %u; cpu lists them", cpu);
	case -EPERM:
		return shell_fail(sh, err, "CPU %u takes the devices' interrupts: "
					   "it stays on", cpu);
	case -EEXIST:
		return shell_fail(sh, err, "CPU %u is %s already", cpu,
				  cpu_online(cpu) ? "on" : "off");
	case -EBUSY:
		return shell_fail(sh, err, "CPU %u did not come to rest in half a second "
					   "of trying: it stays on", cpu);
	case -EIO:
		return shell_fail(sh, err, "CPU %u %s", cpu, cpus[cpu].state);
	default:
		return err;
	}
}

static int cmd_cpu(struct shell *sh, int argc, char **argv)
{
	bool on;
	u64 cpu;
	int err;

	if (argc == 1)
		return list_cpus(sh);
	on = strcmp(argv[1], "on") == 0;
	if (argc != 3 || (!on && strcmp(argv[1], "off")))
		return shell_usage(sh);
	err = shell_number(sh, argv[2], "a CPU", &cpu);
	if (err)
		return err;
	if (cpu >= NR_CPUS)
		return shell_fail(sh, -ENODEV, "no CPU %s; cpu lists them", argv[2]);
	err = on ? cpu_on((u32)cpu) : cpu_off((u32)cpu);
	return err ? say_why(sh, (u32)cpu, err) : 0;
}

static void complete_cpu(struct completions *c, int argc, char **argv)
{
	if (argc == 1) {
		complete_add(c, "off");
		complete_add(c, "on");
		return;
	}
	for (u32 cpu = 1; argc == 2 && cpu < NR_CPUS; cpu++)
		if (cpus[cpu].present && cpu_online(cpu) == !strcmp(argv[1], "off"))
			complete_add_u64(c, cpu);
}

COMMAND(cpu) = {
	.name = "cpu",
	.usage = "[off N|on N] [--json|--csv]",
	.brief = "the CPUs: what they are and do; one off, and on again",
	.help = "EL is the exception level it was entered at, SINCE when it came up.\n"
		"off sends its threads elsewhere and its core to where it waited at boot,\n"
		"with its MMU off. CPU 0 stays on.\n"
		"example: cpu off 3; cpu; cpu on 3",
	.flags = CMD_LISTING,
	.run = cmd_cpu,
	.complete = complete_cpu,
};
