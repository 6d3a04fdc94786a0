/* SPDX-License-Identifier: MIT */
/*
 * Programs that the shell started: in the foreground, where it waits and Ctrl-C
 * ends them, or in the background, where they are jobs.
 */
#include "shell/shell.h"

#include "lib/format.h"
#include "lib/string.h"
#include "task/process.h"
#include "task/tty.h"

/* Two queues at once: the process's end and the terminal's Ctrl-C. */
static bool wait_or_interrupt(struct process *p)
{
	struct waiter ended, typed;
	bool done;

	wait_prepare(&p->wait, &ended);
	wait_prepare(tty_wait_queue(), &typed);
	while (!(done = READ_ONCE(p->done)) && !tty_interrupted())
		if (wait_sleep(WAIT_FOREVER_NS, false, p->name))
			break;
	wait_finish(tty_wait_queue(), &typed);
	wait_finish(&p->wait, &ended);
	return done;
}

s64 job_foreground(struct process *p)
{
	s64 status = 0;
	int err;

	if (!wait_or_interrupt(p))
		process_kill_tree(p->pid, STATUS_KILLED);
	err = process_wait(p, WAIT_FOREVER_NS, &status);
	return err ? err : status;
}

int job_add(struct shell *sh, struct process *p, const char *name)
{
	for (int i = 0; i < SHELL_JOBS; i++) {
		struct job *j = &sh->jobs[i];

		if (j->process)
			continue;
		j->process = p;
		str_copy(j->name, name, sizeof(j->name));
		return i + 1;
	}
	return -EMFILE;
}

static const char *how_it_ended(s64 status, char *text, size_t size)
{
	return status ? shell_status_text(status, text, size) : "done";
}

void jobs_report(struct shell *sh)
{
	char text[32];
	s64 status;

	for (int i = 0; i < SHELL_JOBS; i++) {
		struct job *j = &sh->jobs[i];

		if (!j->process || process_wait(j->process, 0, &status))
			continue;
		if (!sh->script)
			out_printf(&sh->out, "[%d] %s  %s\n", i + 1,
				   how_it_ended(status, text, sizeof(text)), j->name);
		process_put(j->process);
		j->process = NULL;
	}
}

static int cmd_jobs(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "job", "JOB", 3 },	 { "pid", "PID", 5 },
		{ "state", "STATE", -18 }, { "command", "COMMAND", -1 },
	};
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (int i = 0; i < SHELL_JOBS; i++) {
		struct job *j = &sh->jobs[i];
		const char *how = "running";
		char text[32];
		s64 status;

		if (!j->process)
			continue;
		if (process_wait(j->process, 0, &status) == 0)
			how = how_it_ended(status, text, sizeof(text));
		table_row(&t, v_u64((u64)i + 1), v_u64(j->process->pid),
			  v_str(how), v_str(j->name));
	}
	table_end(&t);
	return 0;
}

COMMAND(jobs) = {
	.name = "jobs",
	.usage = "[--json|--csv]",
	.brief = "programs that were started with &",
	.help = "The shell says when one ends, before its next prompt.\n"
		"example: run spin & jobs",
	.flags = CMD_LISTING,
	.run = cmd_jobs,
};

static int job_by_number(struct shell *sh, const char *word)
{
	u64 n;
	int err = shell_number(sh, *word == '%' ? word + 1 : word, "a job", &n);

	if (err)
		return err;
	if (n < 1 || n > SHELL_JOBS || !sh->jobs[n - 1].process)
		return shell_fail(sh, -ESRCH, "no such job: %s", word);
	return (int)n - 1;
}

static int cmd_fg(struct shell *sh, int argc, char **argv)
{
	int n = -1;
	s64 status;

	if (argc > 2)
		return shell_usage(sh);
	if (argc == 2) {
		n = job_by_number(sh, argv[1]);
		if (n < 0)
			return n;
	} else {
		for (int i = 0; i < SHELL_JOBS; i++)
			if (sh->jobs[i].process)
				n = i;
		if (n < 0)
			return shell_fail(sh, -ESRCH, "no jobs");
	}
	out_printf(&sh->out, "%s\n", sh->jobs[n].name);
	status = job_foreground(sh->jobs[n].process);
	process_put(sh->jobs[n].process);
	sh->jobs[n].process = NULL;
	return (int)status;
}

static void complete_jobs(struct completions *c, const char *sign)
{
	char word[8];

	for (unsigned int i = 0; i < SHELL_JOBS; i++) {
		if (!the_shell.jobs[i].process)
			continue;
		fmt_snprintf(word, sizeof(word), "%s%u", sign, i + 1);
		complete_add(c, word);
	}
}

static void complete_job(struct completions *c, int argc, char **argv)
{
	if (argc == 1)
		complete_jobs(c, c->prefix_len && c->prefix[0] == '%' ? "%" : "");
}

COMMAND(fg) = {
	.name = "fg",
	.usage = "[JOB]",
	.brief = "wait for a job; Ctrl-C ends it",
	.help = "Without a number: the last one. The job still has no input.\n"
		"example: fg 1",
	.run = cmd_fg,
	.complete = complete_job,
};

/* End all processes of that name and what they have started, those too that nobody has a
 * job or a parent for: there is no other way to reach many at once. */
static int kill_name(struct shell *sh, const char *name)
{
	bool found = false;
	struct process *p;
	u32 pid = 0;
	int n = 0;

	while (!shell_interrupted() && (p = process_next(&pid))) {
		if (strncmp(p->name, name, sizeof(p->name) - 1) == 0) {
			n += MAX(process_kill_tree(pid, STATUS_KILLED), 0);
			found = true;
		}
		process_put(p);
	}
	if (!found)
		return shell_fail(sh, -ESRCH, "no process '%s'", name);
	out_text(&sh->out, name);
	out_printf(&sh->out, ": %d ended\n", n);
	return 0;
}

static int kill_pid(struct shell *sh, u64 pid)
{
	int n = pid <= UINT32_MAX ? process_kill_tree((u32)pid, STATUS_KILLED) : -ESRCH;

	if (n < 0)
		return shell_fail(sh, n, "no process %llu", (unsigned long long)pid);
	return 0;
}

static int cmd_kill(struct shell *sh, int argc, char **argv)
{
	int err = 0;

	if (argc < 2)
		return shell_usage(sh);
	for (int i = 1; i < argc && !err; i++) {
		u64 pid;

		if (argv[i][0] == '%') {
			int n = job_by_number(sh, argv[i]);

			if (n < 0)
				return n;
			process_kill_tree(sh->jobs[n].process->pid, STATUS_KILLED);
		} else if (str_to_u64(argv[i], &pid) == 0) {
			err = kill_pid(sh, pid);
		} else {
			err = kill_name(sh, argv[i]);
		}
	}
	return err;
}

/* Pids, or jobs where one was begun: both together would have nothing in common
 * that Tab could fill in. */
static void complete_pid(struct completions *c, int argc, char **argv)
{
	struct process *p;
	u32 pid = 0;

	if (c->prefix_len && c->prefix[0] == '%') {
		complete_jobs(c, "%");
		return;
	}
	while ((p = process_next(&pid))) {
		complete_add_u64(c, p->pid);
		process_put(p);
	}
}

COMMAND(kill) = {
	.name = "kill",
	.usage = "PID|%JOB|NAME...",
	.brief = "end processes and all that they have started",
	.help = "NAME: all processes of that name, and a line says how many have ended. What\n"
		"a process has started ends with it; that goes for Ctrl-C, too. The PID that\n"
		"`run` has given out reaches all that came of it, even if that process itself\n"
		"has ended. `kill init` ends all servers. Kernel threads cannot be ended.\n"
		"example: run spin & kill %1",
	.run = cmd_kill,
	.complete = complete_pid,
};
