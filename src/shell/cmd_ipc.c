/* SPDX-License-Identifier: MIT */
/* What programs can reach, and who waits for whom: handles, ipc, objects. */
#include "kernel/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "shell/views.h"

/* ---- handles ---- */

/* "call receive dup", in the order of the bits. */
static void rights_text(u32 rights, char *text, size_t size)
{
	static const char *const names[] = { "read", "write", "wait", "kill", "spawn",
					     "call", "receive", "signal", "dup", "set",
					     "supply", "reply" };
	size_t n = 0;

	text[0] = '\0';
	for (u32 i = 0; i < ARRAY_SIZE(names) && n < size; i++)
		if (rights & BIT(i))
			n += (size_t)fmt_snprintf(text + n, size - n, "%s%s", n ? " " : "",
						  names[i]);
}

static void show_handles(struct table *t, struct process *p)
{
	struct handle_info h = { .number = 0 };

	while (!shell_interrupted() && handle_next(&p->handles, &h)) {
		char rights[64];

		rights_text(h.rights, rights, sizeof(rights));
		table_row(t, v_u64(p->pid), v_str(p->name), v_u64(h.number),
			  v_str(object_type_names[h.type]),
			  h.object ? v_u64(h.object) : v_none(), v_hex(h.badge),
			  v_bool(h.derived), v_str(rights));
	}
}

static int cmd_handles(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "pid", "PID", 5 },	     { "name", "NAME", -10 },
		{ "handle", "HANDLE", 6 },   { "type", "TYPE", -12 },
		{ "object", "OBJECT", 6 },   { "badge", "BADGE", 8 },
		{ "derived", "DERIVED", -7 }, { "rights", "RIGHTS", -1 },
	};
	struct process *p;
	struct table t;
	u64 only = 0;
	u32 pid = 0;

	if (argc > 2)
		return shell_usage(sh);
	if (argc == 2) {
		int err = shell_number(sh, argv[1], "a PID", &only);

		if (err)
			return err;
		p = only > ~0U ? NULL : process_find((u32)only);
		if (!p)
			return shell_fail(sh, -ESRCH, "no process %s; ps shows them",
					  argv[1]);
		process_put(p);
	}
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	while (!shell_interrupted() && (p = process_next(&pid))) {
		if (!only || p->pid == only)
			show_handles(&t, p);
		process_put(p);
	}
	table_end(&t);
	return 0;
}

COMMAND(handles) = {
	.name = "handles",
	.usage = "[PID] [--json|--csv]",
	.brief = "what programs can reach, and with which rights",
	.help = "OBJECT is the same for all handles of one object (- for the terminal\n"
		"and the archive), BADGE what a server is told of the one by which a\n"
		"message came. A derived one goes when the one it was made from is revoked.\n"
		"example: run spin & ; handles",
	.flags = CMD_LISTING,
	.run = cmd_handles,
};

/* ---- ipc ---- */

static int cmd_ipc(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "id", "ID", 5 },	       { "pid", "PID", 5 },
		{ "name", "NAME", -10 },       { "wait", "WAITS FOR", -10 },
		{ "endpoint", "ENDPOINT", 8 }, { "server", "OF THREAD", 9 },
		{ "caller", "OWES REPLY", 10 },
	};
	struct thread_walk walk = { 0 };
	struct thread_view v;
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	while (thread_walk_next(&walk, &v)) {
		const struct ipc_info *i = &v.ipc;

		if (i->wait == IPC_NONE && !i->caller)
			continue;
		table_row(&t, v_u64(v.id), v.user ? v_u64(v.pid) : v_none(), v_str(v.name),
			  i->wait ? v_str(ipc_wait_names[i->wait]) : v_none(),
			  i->endpoint ? v_u64(i->endpoint) : v_none(),
			  i->partner ? v_u64(i->partner) : v_none(),
			  i->caller ? v_u64(i->caller) : v_none());
		if (shell_interrupted())
			break;
	}
	thread_walk_end(&walk);
	table_end(&t);
	return 0;
}

COMMAND(ipc) = {
	.name = "ipc",
	.usage = "[--json|--csv]",
	.brief = "threads that wait for a message, a reply or a signal, or owe a reply",
	.help = "ENDPOINT is the number in `handles` of the object where it waits: an endpoint,\n"
		"a notification, or the reply that keeps it. OF THREAD who has to reply,\n"
		"OWES REPLY to whom: both are numbers of `ps`.\n"
		"example: ipc | grep reply",
	.flags = CMD_LISTING,
	.run = cmd_ipc,
};

/* ---- objects ---- */

static int cmd_objects(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "type", "TYPE", -13 }, { "now", "NOW", 7 }, { "made", "MADE", 9 },
	};
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (u32 i = 0; i < NR_OBJ_TYPES; i++)
		table_row(&t, v_str(object_type_names[i]),
			  v_u64((u64)atomic_read(&object_counts[i].now)),
			  v_u64((u64)atomic_read(&object_counts[i].made)));
	table_end(&t);
	return 0;
}

COMMAND(objects) = {
	.name = "objects",
	.usage = "[--json|--csv]",
	.brief = "kernel objects by type: how many there are, how many were made",
	.help = "The terminal and the archive are always there, and not counted.\n"
		"example: objects",
	.flags = CMD_LISTING,
	.run = cmd_objects,
};
