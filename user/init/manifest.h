/* SPDX-License-Identifier: MIT */
/*
 * The manifest: which servers there are, and what each of them is given. A text of lines;
 * what is behind a # does not count:
 *
 *	service NAME PROGRAM [ARGUMENT...]	begins one; the lines behind it are its
 *	terminal				the terminal, as handle 2
 *	archive					the archive, mapped, as handle 3
 *	names					it may look up others, by handle 4
 *	device COMPATIBLE...			the first of these that the machine has
 *	devices COMPATIBLE...			all of them that it has, at least one
 *	private					it cannot be found by its name
 *	memory MEGABYTES			it can have so much, which is init's no more
 *	uses NAME				a handle to call that service
 *
 * device, devices and uses are handles behind the service's own endpoint, in the order of
 * the lines.
 */
#pragma once

#include <abi/services.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVICES_MAX 16
#define GRANTS_MAX 8
#define ARGS_MAX 8

struct grant {
	enum { GRANT_DEVICE, GRANT_DEVICES, GRANT_USES } kind;
	const char *name[4]; /* of devices: compatibles, NULL behind the last; or [0] */
};

struct service_entry {
	const char *name;
	const char *argv[ARGS_MAX + 1]; /* [0] is name: what the process is called */
	const char *program;
	uint64_t flags; /* SPAWN_* */
	bool is_private;
	uint64_t memory_max; /* bytes; 0: as much as init, together with it */
	struct grant grants[GRANTS_MAX];
	unsigned int nr_grants;
};

/* text, which is changed and must stay, into out[]: how many, and what is wrong is said on
 * the terminal, by line, and left out. */
unsigned int manifest_read(char *text, struct service_entry out[SERVICES_MAX]);
