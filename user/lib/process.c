/* SPDX-License-Identifier: MIT */
/* Starting other programs of the archive, and what became of them. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "private.h"
#include "syscall.h"

/* Lay strings end to end behind *used; at most max of them. Their number, or -E2BIG. */
static long pack(const char *const strings[], long max, char *room, size_t *used)
{
	long n;

	for (n = 0; strings[n]; n++) {
		size_t len = strlen(strings[n]) + 1;

		if (n == max || len > SPAWN_ARGS_MAX - *used)
			return -E2BIG;
		memcpy(room + *used, strings[n], len);
		*used += len;
	}
	return n;
}

/* Arguments, then our environment. 0 or -E2BIG. */
static int pack_args(const char *const argv[], char *room, struct spawn_args *args)
{
	const char *const *env = (const char *const *)environ;
	size_t used = 0;
	long argc = pack(argv, SPAWN_ARGC_MAX, room, &used);
	long envc = argc < 0 ? argc : pack(env, SPAWN_ENVC_MAX, room, &used);

	if (envc < 0)
		return (int)envc;
	args->args = (uintptr_t)room;
	args->args_len = used;
	args->argc = (uint64_t)argc;
	args->envc = (uint64_t)envc;
	return 0;
}

/* spawn or exec, which take the same. */
static int start(typeof(sys_spawn) call, const char *name, const char *const argv[],
		 struct spawn_args args)
{
	const char *const only_name[] = { name, NULL };
	char room[SPAWN_ARGS_MAX];
	struct lodger_file f;
	int ret;

	ret = lodger_file_find(name, &f);
	if (!ret)
		ret = pack_args(argv ? argv : only_name, room, &args);
	if (ret)
		return ret;
	/* Our unfinished line goes before whatever the other one prints. */
	lodger_terminal_flush();
	return (int)call(HANDLE_INITRAMFS, f.offset, f.size, &args);
}

int lodger_spawn(const char *name, const char *const argv[])
{
	return start(sys_spawn, name, argv, (struct spawn_args){ 0 });
}

int lodger_spawn_with(const char *name, const char *const argv[], const uint64_t *handles,
		      unsigned int nr_handles)
{
	return start(sys_spawn, name, argv,
		     (struct spawn_args){ .handles = (uintptr_t)handles,
					  .nr_handles = nr_handles });
}

int lodger_spawn_as(const char *name, const char *const argv[],
		    const struct spawn_args *with)
{
	return start(sys_spawn, name, argv, *with);
}

int lodger_spawn_memory(int memory, size_t size, const char *const argv[])
{
	char room[SPAWN_ARGS_MAX];
	struct spawn_args args = { 0 };
	int ret = pack_args(argv, room, &args);

	if (ret)
		return ret;
	lodger_terminal_flush();
	return (int)sys_spawn(memory, 0, size, &args);
}

int lodger_exec(const char *name, const char *const argv[])
{
	return start(sys_exec, name, argv, (struct spawn_args){ 0 });
}

int lodger_wait(int handle, uint64_t timeout_ns, int64_t *status)
{
	int64_t ignored;

	return (int)sys_wait(handle, timeout_ns, status ? status : &ignored);
}

int lodger_run(const char *name, const char *const argv[], int64_t *status)
{
	int child = lodger_spawn(name, argv);
	int ret;

	if (child < 0)
		return child;
	ret = lodger_wait(child, WAIT_FOREVER, status);
	lodger_close(child);
	return ret;
}

int lodger_kill(int process)
{
	return (int)sys_kill(process);
}

int lodger_close(int handle)
{
	return (int)sys_close(handle);
}

const char *lodger_fault_name(unsigned int exception_class)
{
	/* ESR_ELx.EC as the Arm manual names it, for exceptions from EL0 */
	switch (exception_class) {
	case 0x00:
		return "undefined instruction";
	case 0x03:
		return "CP15 access";
	case 0x38:
		return "BKPT instruction";
	case 0x18:
		return "privileged system register or instruction";
	case 0x20:
		return "instruction abort";
	case 0x22:
		return "misaligned program counter";
	case 0x24:
		return "data abort";
	case 0x26:
		return "misaligned stack pointer";
	case 0x3c:
		return "BRK instruction";
	default:
		return "exception";
	}
}

const char *lodger_status_text(int64_t status, char *buf, size_t size)
{
	if (status < STATUS_KILLED) {
		snprintf(buf, size, "exit %d", (int)status);
	} else if (status < STATUS_FAULT) {
		snprintf(buf, size, "killed");
	} else {
		unsigned int ec = (unsigned int)(status - STATUS_FAULT);

		snprintf(buf, size, "fault: %s (0x%02x)", lodger_fault_name(ec),
			 ec);
	}
	return buf;
}
