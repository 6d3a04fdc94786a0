/* SPDX-License-Identifier: MIT */
/* Threads and programs: ps, run, sleep. */
#include "shell/views.h"

#include "core/clock.h"
#include "lib/format.h"
#include "lib/string.h"
#include "task/initramfs.h"
#include "task/tty.h"

/* ---- ps ---- */

static int cmd_ps(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "id", "ID", 5 },	   { "pid", "PID", 5 },
		{ "name", "NAME", -15 },   { "state", "STATE", -7 },
		{ "cpu", "CPU", 3 },	   { "prio", "PRIO", 4 },
		{ "mm", "MM", 5 },	   { "bits", "BITS", 4 },
		{ "affinity", NULL, 0 },   { "runtime_us", "TIME", 7 },
		{ "switches", "SWITCHES", 9 }, { "wait", "WAITS FOR", -1 },
	};
	struct thread_walk walk = { 0 };
	struct thread_view v;
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	while (thread_walk_next(&walk, &v)) {
		table_row(&t, v_u64(v.id),
			  v.user ? v_u64(v.pid) : v_none(), v_str(v.name),
			  v_str(thread_state_text(&v)), v_u64(v.cpu), v_u64(v.prio),
			  v.has_mm ? v_u64(v.mm_id) : v_none(),
			  v.has_mm ? v_u64(v.bits) : v_none(), v_hex(v.affinity),
			  v_us(v.runtime_ns / NSEC_PER_USEC),
			  v_u64(v.switches), thread_wait_text(&v));
		if (shell_interrupted())
			break;
	}
	thread_walk_end(&walk);
	table_end(&t);
	return 0;
}

COMMAND(ps) = {
	.name = "ps",
	.usage = "[--json|--csv]",
	.brief = "all threads, of programs and of the kernel",
	.help = "ID is the thread, PID its process (- in the kernel), MM its address\n"
		"space (- has none: it lodges), BITS that one's width (32: an AArch32\n"
		"program), TIME what it has had of a CPU.\n"
		"example: ps | grep asleep",
	.flags = CMD_LISTING,
	.run = cmd_ps,
};

/* ---- run ---- */

/* NAME=value, which is for the program's environment. */
static bool is_variable(const char *word)
{
	const char *p = word;

	while (*p == '_' || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
	       (p > word && *p >= '0' && *p <= '9'))
		p++;
	return p > word && *p == '=';
}

/* argv behind the strings that a program starts with already, *used bytes. */
static int pack_args(struct shell *sh, int argc, char **argv, char *buf,
		     size_t size, size_t *used)
{
	for (int i = 0; i < argc; i++) {
		size_t n = strlen(argv[i]) + 1;

		if (n > size - *used)
			return shell_fail(sh, -E2BIG, "arguments too long");
		memcpy(buf + *used, argv[i], n);
		*used += n;
	}
	return 0;
}

static int run_options(struct shell *sh, struct options *opt, struct spawn *s)
{
	u64 n;
	int c, err;

	while ((c = shell_option(sh, opt, "c:p:")) > 0) {
		err = shell_number(sh, opt->value,
				   c == 'c' ? "a CPU mask" : "a priority", &n);
		if (err)
			return err;
		if (c == 'c') {
			if (n == 0 || (n & ~(u64)cpu_online_mask))
				return shell_fail(sh, -EINVAL, "CPUs online: "
						  "0x%x", cpu_online_mask);
			s->affinity = (cpumask_t)n;
		} else {
			if (n < 1 || n > PRIO_MAX)
				return shell_fail(sh, -ERANGE, "priorities "
						  "are 1 to %u", PRIO_MAX);
			s->prio = (u8)n;
		}
	}
	return c;
}

static int cmd_run(struct shell *sh, int argc, char **argv)
{
	static char args[LINE_BYTES + 64];
	struct options opt = { argc, argv, 1, NULL };
	struct spawn s = { .image = &initramfs, .args = args };
	struct cpio_entry e;
	const char *why = NULL;
	struct process *p;
	s64 status;
	int n, err, env;

	err = run_options(sh, &opt, &s);
	if (err)
		return err;
	env = opt.next;
	while (opt.next < argc && is_variable(argv[opt.next]))
		opt.next++;
	if (opt.next >= argc)
		return shell_usage(sh);
	if (sh->out.sink != &sh->tty)
		return shell_fail(sh, -EINVAL, "programs write to the terminal "
				  "themselves, past any |");
	s.envc = (unsigned int)(opt.next - env);
	if (s.envc > SPAWN_ENVC_MAX)
		return shell_fail(sh, -E2BIG, "%u variables are enough", SPAWN_ENVC_MAX);
	err = pack_args(sh, argc - opt.next, argv + opt.next, args, sizeof(args), &s.args_len);
	if (!err)
		err = pack_args(sh, (int)s.envc, argv + env, args, sizeof(args), &s.args_len);
	if (err)
		return err;
	argv += opt.next;
	argc -= opt.next;
	err = initramfs_find(argv[0], &e);
	if (err == -ENOENT)
		return shell_fail(sh, err, "no program '%s'; ls shows those "
				  "there are", argv[0]);
	if (err)
		return err;
	s.argc = (unsigned int)argc;
	s.offset = (u64)(e.data - initramfs.data);
	s.len = e.size;
	s.foreground = !sh->background;

	err = process_spawn(&s, &p, &why);
	if (err)
		return shell_fail(sh, err, "%s: %s", argv[0],
				  why ? why : shell_errno_text(err));
	if (!sh->background) {
		status = job_foreground(p);
		process_put(p);
		return (int)status;
	}
	n = job_add(sh, p, argv[0]);
	if (n < 0) {
		process_kill_tree(p->pid, STATUS_KILLED);
		process_put(p);
		return shell_fail(sh, n, "%u jobs are enough", SHELL_JOBS);
	}
	out_printf(&sh->out, "[%d] %u\n", n, p->pid);
	return 0;
}

static void complete_program(struct completions *c, int argc, char **argv)
{
	struct cpio_entry e;
	size_t offset = 0;

	/* Behind the program's name its own arguments: perhaps files too. */
	while (initramfs_next(&offset, &e) == 0)
		if (CPIO_IS_FILE(e.mode))
			complete_add(c, e.name);
}

COMMAND(run) = {
	.name = "run",
	.usage = "[-c CPUMASK] [-p PRIORITY] [NAME=VALUE...] PROGRAM [ARGUMENTS...] [&]",
	.brief = "run a program of the initramfs",
	.help = "-c CPUMASK   only on these CPUs: 0x1 is CPU 0, 0xc CPUs 2 and 3\n"
		"-p PRIORITY  1 (low) to 31; 16 is usual\n"
		"NAME=VALUE   for the environment of the program and those it starts\n"
		"Ctrl-C ends it. $? is its exit status; 256: killed; 512 and more: a\n"
		"fault. With & it runs in the background, without input.\n"
		"example: run -c 0x2 spin &",
	.flags = CMD_RAW | CMD_BACKGROUND,
	.run = cmd_run,
	.complete = complete_program,
};

/* ---- sleep ---- */

static int cmd_sleep(struct shell *sh, int argc, char **argv)
{
	u64 ns;
	int err;

	if (argc != 2)
		return shell_usage(sh);
	err = shell_seconds(sh, argv[1], &ns);
	if (err)
		return err;
	err = wait_event(tty_wait_queue(), tty_interrupted(), clock_ns() + ns,
			 "sleep");
	return err == -ETIMEDOUT ? 0 : -EINTR;
}

COMMAND(sleep) = {
	.name = "sleep",
	.usage = "SECONDS",
	.brief = "do nothing for a while",
	.help = "example: sleep 0.5; mm zombies",
	.run = cmd_sleep,
};
