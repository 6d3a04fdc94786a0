/* SPDX-License-Identifier: MIT */
/*
 * The serial shell: a kernel thread that reads lines and runs commands. It has
 * no address space, so it lodges like every kernel thread, and shows itself in
 * `mm cpus`.
 *
 * There is one shell and one thread in it; all its state is that thread's own.
 */
#pragma once

#include "lib/words.h"
#include "shell/command.h"
#include "shell/grep.h"
#include "shell/lineedit.h"
#include "shell/screen.h"

#define SHELL_JOBS 16
#define SHELL_GREP_BYTES 131072 /* of a line: dmesg --json, ps of 500 threads */
#define SHELL_DEPTH 4 /* commands inside commands: `watch help ps` is two */

struct process;

struct job {
	struct process *process; /* referenced; NULL: free */
	char name[48];		 /* how it was called */
};

struct shell {
	struct out out;	 /* where the running command writes */
	struct sink tty; /* the terminal */
	struct sink *errors; /* that, or the picture being drawn */
	struct lineedit edit;
	struct history history;
	struct grep grep; /* all stages behind the first */
	struct screen screen;
	struct job jobs[SHELL_JOBS];
	bool script;	 /* no echo, prompt, colour or editing; rc= lines */
	bool background; /* the command ended with & */
	bool stop;	 /* give up the rest of the line */
	bool said;	 /* the command has explained its error */
	s64 status;	 /* $? */
	u32 depth;	 /* of commands that run commands */
	char *argv[SHELL_DEPTH][WORDS_MAX + 1]; /* of each of them */
	const struct command *group, *command; /* being run */
	char running[32]; /* "mm show", for messages */
};

extern struct shell the_shell;

/* The thread. */
void shell_main(void *unused) __noreturn;

/* Run a line: commands, ';', '| grep', '&'. Returns the last status. */
s64 shell_run_line(struct shell *sh, const char *line);
/* Run one command given in words (`watch`, `help`); -E2BIG when SHELL_DEPTH of
 * them would be inside each other, for which a kernel stack is too small. */
s64 shell_run_words(struct shell *sh, int argc, char **argv);
const struct command *shell_find(const char *name);

/* ---- for commands ---- */

/* Was Ctrl-C pressed? Long commands ask and return -EINTR. */
bool shell_interrupted(void);
/* Say "name: message". */
void shell_say(struct shell *sh, const char *name, const char *message);
/* The same with the name of the command that runs; returns err. */
int shell_fail(struct shell *sh, int err, const char *fmt, ...) __printf(3, 4);
/* The arguments are wrong: say how they should be. */
int shell_usage(struct shell *sh);
/* A number, with a message if it is none. */
int shell_number(struct shell *sh, const char *word, const char *what, u64 *out)
	__must_check;
/* "1.5" seconds, with a message. */
int shell_seconds(struct shell *sh, const char *word, u64 *ns) __must_check;
const char *shell_errno_text(int err);
/* "exit 1", "killed", "fault 0x24": how a process ended, into text, which is returned. */
const char *shell_status_text(s64 status, char *text, size_t size);

/*
 * Options that stand before the other arguments:
 *
 *	struct options opt = { argc, argv, 1 };
 *	while ((c = shell_option(sh, &opt, "n:d")) > 0) ...
 *
 * A colon: the option has a value, opt.value. Returns the letter, 0 at the
 * first argument (argv[opt.next]), -EINVAL after a message.
 */
struct options {
	int argc;
	char **argv;
	int next;
	const char *value;
};
int shell_option(struct shell *sh, struct options *opt, const char *letters);

/* Help of one command, or its one line of usage. */
void help_command(struct out *o, const struct command *parent,
		  const struct command *c);
void help_usage(struct out *o, const struct command *parent,
		const struct command *c);

/* Tab: offer what fits text[0..pos); returns where the word begins. */
u32 shell_word_start(const char *text, u32 pos);
void shell_complete(struct completions *c, const char *text, u32 word);

/* ---- pictures that are refreshed in place (live.c) ---- */

struct live {
	u64 interval_ns;
	u64 count; /* pictures, 0: until q */
	char option; /* of the command's own; 'd' marks differences; 0: none */
	bool plain; /* not in place: what is drawn goes past the shell */
	/* Draw one picture into sh->out. Nonzero ends it. */
	int (*draw)(struct shell *sh, struct live *live);
	/* A key that is none of ours; true: draw again at once. NULL: it has none. */
	bool (*key)(int c);
	int argc;
	char **argv;
};
/* The options in `letters`, "n:c:" and perhaps one of the command's own; then argc and argv
 * are what is left. */
int live_options(struct shell *sh, struct live *live, int argc, char **argv,
		 const char *letters);
int live_run(struct shell *sh, struct live *live);

/* ---- jobs (jobs.c) ---- */

/* Wait in the foreground: the status, or -EINTR after Ctrl-C killed it. */
s64 job_foreground(struct process *p);
/* Keep it in the background; the job's number. Consumes the reference. */
int job_add(struct shell *sh, struct process *p, const char *name);
/* Say which have ended since the last call. */
void jobs_report(struct shell *sh);
