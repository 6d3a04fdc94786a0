/* SPDX-License-Identifier: MIT */
/*
 * schedfuzz: a plugin for QEMU that stalls vCPUs where races are.
 *
 *	-plugin schedfuzz.so,seed=7,one_in=8,ns=1000000,lo=0x...,hi=0x...
 *
 * A race is a window of a few instructions on one CPU into which another CPU must
 * step. QEMU runs each vCPU as a thread, and a small host runs only two of them at
 * once: a window is open for some nanoseconds, the other side is seldom there, and
 * a kernel with a hole in it passes its tests for weeks. Here a vCPU sleeps, now
 * and then, before an instruction of the code under suspicion. The window where it
 * sleeps stays open for as long as another CPU needs for a whole system call, and
 * the host's CPU is free for that one meanwhile.
 *
 *	seed=N		which instructions stall, and for how long (default 1)
 *	one_in=N	one executed instruction in N stalls; 0: only count (8)
 *	ns=N		the longest stall (1000000)
 *	lo=A,hi=A	a range of guest addresses, from lo up to but without hi; as
 *			often as wanted
 *
 * Each decision is a function of the seed, the vCPU and how many instructions in
 * the ranges that vCPU has executed so far, and of nothing else. So one seed is
 * one sequence of stalls for each vCPU, every time. How the vCPUs run against each
 * other between stalls is the host's affair: a seed replays what was done to
 * them, and as a rule what came of it, but is no recording.
 *
 * Which instructions can stall is decided when QEMU translates them. All others,
 * the user's and most of the kernel's, run without a call into this file.
 *
 * What is said, on stderr:
 *
 *	schedfuzz: seed=7 one_in=8 ns=1000000 ranges=12 bytes=5432	(at start)
 *	schedfuzz: seed=7 insns=81234 stalls=10170 per_vcpu=9012/1141,...	(at exit)
 *
 * Locking: none. Each vCPU writes only its own counters, on its own thread; the
 * line at exit may miss the last few of a vCPU that still runs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "qemu_plugin.h"

#define MAX_VCPUS  64
#define MAX_RANGES 512
#define MIN_NS	   128 /* so that the smallest magnitude is something */
#define NSEC_PER_SEC 1000000000ULL
#define CACHE_LINE 64

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;

struct range {
	uint64_t lo, hi;
};

static struct vcpu {
	uint64_t insns;	 /* executed in the ranges */
	uint64_t stalls;
} __attribute__((aligned(CACHE_LINE))) vcpus[MAX_VCPUS];

/* All set at installation, then only read. */
static struct range ranges[MAX_RANGES];
static unsigned int nr_ranges;
static uint64_t seed = 1, one_in = 8, max_ns = 1000000;

/* ---- decide ---- */

/* A hash of 64 bits: the last steps of splitmix64. Every bit of the result depends
 * on every bit of x, so that counts that follow each other look unrelated. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9;
	x ^= x >> 27;
	x *= 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* What instruction number `count` of this vCPU does: 0, or how long it stalls. */
static uint64_t stall_ns(unsigned int vcpu, uint64_t count)
{
	uint64_t r = mix(mix(mix(seed) + vcpu) + count);

	if (one_in == 0 || r % one_in)
		return 0;
	r = mix(r);
	/*
	 * Eight magnitudes, as likely each: up to max_ns, up to half of it, ... Into
	 * one window another CPU must fit a few instructions, into the next an exit or
	 * a tick. And where all stalls are long everybody waits for everybody.
	 */
	return (r >> 8) % (max_ns >> (r & 7)) + 1;
}

/* ---- act ---- */

static void sleep_ns(uint64_t ns)
{
	static __thread bool precise;
	struct timespec left = {
		.tv_sec = (time_t)(ns / NSEC_PER_SEC),
		.tv_nsec = (long)(ns % NSEC_PER_SEC),
	};

	/* Linux may end a sleep 50 us late, so as to end several at once. */
	if (!precise) {
		prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
		precise = true;
	}
	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static void executed(unsigned int vcpu, void *userdata)
{
	struct vcpu *v = &vcpus[vcpu % MAX_VCPUS];
	uint64_t ns = stall_ns(vcpu, v->insns++);

	(void)userdata;
	if (ns) {
		v->stalls++;
		sleep_ns(ns);
	}
}

static bool in_ranges(uint64_t address)
{
	for (unsigned int i = 0; i < nr_ranges; i++)
		if (ranges[i].lo <= address && address < ranges[i].hi)
			return true;
	return false;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (in_ranges(qemu_plugin_insn_vaddr(insn)))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, executed,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
	}
}

/* ---- report ---- */

/* In one write: the guest's serial line may go to the same terminal. */
static void say(const char *text)
{
	ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

	(void)ignored;
}

static void report_at_exit(qemu_plugin_id_t id, void *userdata)
{
	uint64_t insns = 0, stalls = 0;
	char text[4096], list[3072] = "";
	int used = 0, last = 0;

	(void)id;
	(void)userdata;
	for (int i = 0; i < MAX_VCPUS; i++) {
		insns += vcpus[i].insns;
		stalls += vcpus[i].stalls;
		if (vcpus[i].insns)
			last = i;
	}
	for (int i = 0; i <= last; i++)
		used += snprintf(list + used, sizeof(list) - (size_t)used,
				 "%s%" PRIu64 "/%" PRIu64, i ? "," : "", vcpus[i].insns,
				 vcpus[i].stalls);
	snprintf(text, sizeof(text),
		 "\nschedfuzz: seed=%" PRIu64 " insns=%" PRIu64 " stalls=%" PRIu64
		 " per_vcpu=%s\n", seed, insns, stalls, list);
	say(text);
}

/* ---- install ---- */

static int refuse(const char *what, const char *why)
{
	fprintf(stderr, "schedfuzz: %s: %s\n", what, why);
	return -1;
}

static int parse_option(const char *option, bool *lo_open)
{
	const char *value = strchr(option, '=');
	size_t name_len = value ? (size_t)(value - option) : 0;
	uint64_t number;
	char *end;

	if (!value || !value[1])
		return refuse(option, "must be name=number");
	errno = 0;
	number = strtoull(value + 1, &end, 0);
	if (*end || errno)
		return refuse(option, "not a number");

#define IS(name_) (name_len == strlen(name_) && !strncmp(option, name_, name_len))
	if (IS("seed")) {
		seed = number;
	} else if (IS("one_in")) {
		one_in = number;
	} else if (IS("ns")) {
		if (number < MIN_NS || number > NSEC_PER_SEC)
			return refuse(option, "must be 128 to a second");
		max_ns = number;
	} else if (IS("lo")) {
		if (*lo_open)
			return refuse(option, "the lo= before it has no hi=");
		if (nr_ranges == MAX_RANGES)
			return refuse(option, "too many ranges");
		ranges[nr_ranges].lo = number;
		*lo_open = true;
	} else if (IS("hi")) {
		if (!*lo_open || number <= ranges[nr_ranges].lo)
			return refuse(option, "must follow a lower lo=");
		ranges[nr_ranges++].hi = number;
		*lo_open = false;
	} else {
		return refuse(option, "the options are seed, one_in, ns, lo, hi");
	}
#undef IS
	return 0;
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
				      int argc, char **argv)
{
	uint64_t bytes = 0;
	bool lo_open = false;
	char text[256];

	(void)info;
	for (int i = 0; i < argc; i++)
		if (parse_option(argv[i], &lo_open))
			return -1;
	if (lo_open || nr_ranges == 0)
		return refuse("lo=,hi=", "at least one range, each with both ends");
	for (unsigned int i = 0; i < nr_ranges; i++)
		bytes += ranges[i].hi - ranges[i].lo;
	snprintf(text, sizeof(text),
		 "schedfuzz: seed=%" PRIu64 " one_in=%" PRIu64 " ns=%" PRIu64
		 " ranges=%u bytes=%" PRIu64 "\n", seed, one_in, max_ns, nr_ranges, bytes);
	say(text);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, report_at_exit, NULL);
	return 0;
}
