/* SPDX-License-Identifier: MIT */
/* svc: the servers that init has started. The shell asks init by a message. */
#include "abi/services.h"
#include "core/clock.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "shell/views.h"
#include "task/services.h"

static const char *const state_names[] = {
	[SERVICE_RUNS] = "runs",
	[SERVICE_WAITS] = "restarts",
	[SERVICE_NO_DEVICE] = "no device",
	[SERVICE_FAILED] = "failed",
};

static int no_answer(struct shell *sh, s64 err)
{
	return shell_fail(sh, (int)err,
			  err == -EPIPE ? "init does not run" : "init does not answer: %s",
			  shell_errno_text((int)err));
}

/* The process that init has called so, or 0. */
static u32 pid_of(const char *name)
{
	u32 pid = 0, found = 0, init = 0;
	struct process *p;

	while ((p = process_next(&pid))) {
		if (!p->parent_pid && !init)
			init = p->pid; /* the first that the kernel has started */
		if (init && p->parent_pid == init && !strcmp(p->name, name))
			found = p->pid;
		process_put(p);
	}
	return found;
}

/* The n-th service: 0, -ENOENT, or no answer. */
static s64 get(u64 n, u64 word[IPC_WORDS])
{
	memset(word, 0, IPC_WORDS * sizeof(u64));
	word[0] = SERVICE_GET;
	word[1] = n;
	return services_call(word);
}

static int svc_list(struct shell *sh)
{
	static const struct column columns[] = {
		{ "name", "NAME", -12 },      { "state", "STATE", -9 },
		{ "pid", "PID", 5 },	      { "restarts", "RESTARTS", 8 },
		{ "up_us", "UP", 8 },	      { "last_end", "LAST ENDED BY", -1 },
	};
	u64 word[IPC_WORDS];
	struct table t;
	s64 err = get(0, word);

	if (err && err != -ENOENT)
		return no_answer(sh, err);
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (u64 i = 0; !err; err = get(++i, word)) {
		char name[SERVICE_NAME_MAX], last[24];
		u64 state = word[1];
		s64 ended = (s64)word[3];
		u32 pid;

		memcpy(name, &word[5], sizeof(name));
		name[sizeof(name) - 1] = '\0';
		pid = state == SERVICE_RUNS ? pid_of(name) : 0;
		table_row(&t, v_str(name),
			  v_str(state < ARRAY_SIZE(state_names) ? state_names[state] : "?"),
			  pid ? v_u64(pid) : v_none(), v_u64(word[2]),
			  state == SERVICE_RUNS ? v_us(word[4] / NSEC_PER_USEC) : v_none(),
			  ended < 0 ? v_none() :
				      v_str(shell_status_text(ended, last, sizeof(last))));
	}
	table_end(&t);
	return err == -ENOENT ? 0 : no_answer(sh, err);
}

static int cmd_svc(struct shell *sh, int argc, char **argv)
{
	u64 word[IPC_WORDS] = { SERVICE_RESTART };
	s64 err;

	if (argc == 1)
		return svc_list(sh);
	if (argc != 3 || strcmp(argv[1], "restart"))
		return shell_usage(sh);
	if (strlen(argv[2]) >= SERVICE_NAME_MAX)
		return shell_fail(sh, -ENOENT, "no service %s; svc shows them", argv[2]);
	memcpy(&word[1], argv[2], strlen(argv[2]));
	err = services_call(word);
	if (err == -ENOENT)
		return shell_fail(sh, -ENOENT, "no service %s; svc shows them", argv[2]);
	if (err == -ENODEV)
		return shell_fail(sh, -ENODEV, "%s: the machine has no device for it", argv[2]);
	if (err == -ENOEXEC)
		return shell_fail(sh, -ENOEXEC, "%s: it could not be started, and never will",
				  argv[2]);
	return err ? no_answer(sh, err) : 0;
}

COMMAND(svc) = {
	.name = "svc",
	.usage = "[restart NAME] [--json|--csv]",
	.brief = "servers, which init keeps running",
	.help = "Without words: those of the manifest (cat services). A server that ends is\n"
		"started again; restart ends one, or starts at once what waits for that.\n"
		"example: svc restart names ; svc",
	.flags = CMD_LISTING,
	.run = cmd_svc,
};
