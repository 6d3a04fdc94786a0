/* SPDX-License-Identifier: MIT */
/*
 * What a C program finds on Lodger beside the C library: processes, threads,
 * locks, time, the files of the archive it was started with.
 *
 * Functions return 0 or a handle, or -errno; lodger_strerror(-err) says it in
 * words. A handle (a small positive int) stays valid until it is closed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <abi/lodger.h>

/* What the names of programs of this width end with: "", "32", or "32t" (user32.mk). */
#ifdef LODGER_KIND
#define LODGER_STRING(x) LODGER_STRING_OF(x)
#define LODGER_STRING_OF(x) #x
#define LODGER_SUFFIX LODGER_STRING(LODGER_KIND)
#else
#define LODGER_SUFFIX ""
#endif
/* The end of the addresses that this program can have. */
#define LODGER_VA_END (sizeof(void *) == 8 ? USER_VA_END : USER32_VA_END)

#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_USEC 1000ULL

/* How this process was started; valid before constructors run. */
extern const struct start_info *lodger_info;

/* ---- processes ---- */

/*
 * Start the program `name` of the archive. argv ends with NULL and argv[0]
 * names the process; NULL stands for { name, NULL }. Returns a handle, or
 * -ENOENT (no such file), -ENOEXEC, -E2BIG, -ENOMEM, -EMFILE.
 */
int lodger_spawn(const char *name, const char *const argv[]);

/*
 * The same, and from HANDLE_FIRST on the child has duplicates of these handles. Beside
 * that -EBADF or -EPERM for one of them.
 */
int lodger_spawn_with(const char *name, const char *const argv[], const uint64_t *handles,
		      unsigned int nr_handles);

/* The same, with these handles, flags (SPAWN_*: what it is not to get of ours) and limit of
 * memory; the arguments in *with do not count. */
int lodger_spawn_as(const char *name, const char *const argv[],
		    const struct spawn_args *with);

/* The same for a program that is in memory, `size` bytes from its beginning on; argv[0]
 * names the process. */
int lodger_spawn_memory(int memory, size_t size, const char *const argv[]);

/*
 * The same program in the place of this one: all other threads end, memory is new,
 * process and handles stay; nothing that exit() would do is done. Returns only if it
 * fails, and then nothing has happened: as lodger_spawn, but for -EMFILE.
 */
int lodger_exec(const char *name, const char *const argv[]);

/*
 * Wait until a process or thread has ended; *status (may be NULL) is what it
 * said to exit (0..255), STATUS_KILLED, or STATUS_FAULT + exception class. A
 * second wait on the same handle answers at once. -ETIMEDOUT after timeout_ns
 * (WAIT_FOREVER: never; 0: only look).
 */
int lodger_wait(int handle, uint64_t timeout_ns, int64_t *status);

/* Spawn, wait for ever, close. */
int lodger_run(const char *name, const char *const argv[], int64_t *status);

int lodger_kill(int process);
int lodger_close(int handle);

/* "exit 3", "killed", "fault: data abort (0x24)"; returns buf. */
const char *lodger_status_text(int64_t status, char *buf, size_t size);
/* "data abort" for 0x24; the exception classes that a program can cause. */
const char *lodger_fault_name(unsigned int exception_class);

/* ---- threads ---- */

/* Zeroed memory whose lifetime covers the thread's; all fields private. */
struct lodger_thread {
	int (*run)(void *);
	void *arg;
	int result;
	int handle;
	uintptr_t block; /* guard page, stack, thread-local variables */
};

#define LODGER_STACK_SIZE 0x10000UL /* of a thread; below it lies a guard */

/*
 * run(arg) in a new thread of this process, with its own stack and its own
 * copy of every _Thread_local variable. -ENOMEM, -EMFILE.
 */
int lodger_thread_create(struct lodger_thread *t, int (*run)(void *),
			 void *arg);
/* Wait for its end, free what it used; *result (may be NULL) is run's. */
int lodger_thread_join(struct lodger_thread *t, int *result);

void lodger_yield(void);
void lodger_sleep_ns(uint64_t ns);

/* ---- a recursive lock; all zero is unlocked ---- */

struct lodger_lock {
	uintptr_t owner;    /* [a] thread pointer of the holder, 0: free */
	unsigned int depth; /* [owner] how often it has taken the lock */
};

void lodger_lock(struct lodger_lock *l);
bool lodger_trylock(struct lodger_lock *l);
void lodger_unlock(struct lodger_lock *l);

/* ---- time: the generic timer, readable without a system call ---- */

static inline uint64_t lodger_ticks(void)
{
	uint64_t ticks;

	/* The ISB keeps the read from being taken early. */
#ifdef __arm__
	__asm__ volatile("isb\n\tmrrc	p15, 1, %Q0, %R0, c14" : "=r"(ticks) : : "memory");
#else
	__asm__ volatile("isb\n\tmrs	%0, cntvct_el0"
			 : "=r"(ticks) : : "memory");
#endif
	return ticks;
}

/* Nanoseconds since the counter was at zero (on most boards: power-on). */
uint64_t lodger_clock_ns(void);

/* ---- files: a read-only archive, mapped into every process ---- */

struct lodger_file {
	const char *name;
	const uint8_t *data;
	size_t size;   /* bytes */
	size_t offset; /* of the data in the archive, for SYS_spawn */
	uint32_t mode; /* as in stat */
};

/*
 * The entry at *cursor (0 at first), which moves on. Returns 0, -ENOENT at the
 * end, -EILSEQ if the archive is malformed there.
 */
int lodger_file_next(size_t *cursor, struct lodger_file *f);
/* The regular file of that name: 0, -ENOENT or -EILSEQ. */
int lodger_file_find(const char *name, struct lodger_file *f);

/* ---- what every command line here has in common ---- */

enum { EXIT_OK = 0, EXIT_ERROR = 1, EXIT_USAGE = 2 };

/* If the first argument is -h or --help: print "usage: <usage>", exit 0. */
void lodger_help(int argc, char **argv, const char *usage);
/* Print the same to say what would have been right; exit EXIT_USAGE. */
void lodger_usage(const char *usage) __attribute__((noreturn));
/* text as a decimal number in [min, max], else a message and EXIT_USAGE. */
unsigned long lodger_number(const char *what, const char *text,
			    unsigned long min, unsigned long max);
/* "<program>: <message>" and exit(EXIT_ERROR). */
void lodger_die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
const char *lodger_strerror(int err);
