/* SPDX-License-Identifier: MIT */
/*
 * A shell command: one table entry beside its function.
 *
 *	static int cmd_free(struct shell *sh, int argc, char **argv) { ... }
 *
 *	COMMAND(free) = {
 *		.name = "free",
 *		.usage = "[--json|--csv]",
 *		.brief = "memory in use and free",
 *		.help = "...\nexample: free --json",
 *		.flags = CMD_LISTING,
 *		.run = cmd_free,
 *	};
 *
 * The entry's address goes into the linker's table of commands, sorted by name.
 * `help`, -h, usage messages and Tab all read this one entry.
 */
#pragma once

#include "kernel/errno.h"
#include "shell/complete.h"
#include "shell/table.h"

struct shell;

#define CMD_LISTING 1	 /* takes --json and --csv: set in sh->out already */
#define CMD_RAW 2	 /* only its first argument can be -h: the rest is
			  * for another command or a program */
#define CMD_BACKGROUND 4 /* understands a final & */

struct command {
	const char *name;
	const char *usage; /* arguments; NULL: none */
	const char *brief; /* one line, no capital, no stop */
	const char *help;  /* more lines, an example last */
	u32 flags;
	/* argv[0] is the command's own name. Returns 0, -errno (said by the
	 * shell unless the command has said more), or a program's status. */
	int (*run)(struct shell *sh, int argc, char **argv);
	const struct command *subs; /* a group; ends with a nameless entry */
	/* Offer what can follow argv[0..argc). */
	void (*complete)(struct completions *c, int argc, char **argv);
};

extern const struct command *const __commands_start[];
extern const struct command *const __commands_end[];

#define for_each_command(p)                                                \
	for (const struct command *const *p = __commands_start;            \
	     p < __commands_end; p++)

#define COMMAND(ident)                                                     \
	static const struct command command_##ident;                       \
	static const struct command *const command_ptr_##ident __used      \
		__section("commands." #ident) = &command_##ident;          \
	static const struct command command_##ident
