/* SPDX-License-Identifier: MIT */
/* Starting CPUs and calling functions on them. */
#pragma once

#include "core/cpu.h"
#include "core/irq.h"
#include "lib/fdt.h"

typedef void smp_call_fn(void *arg);

/*
 * Run fn(arg) on every CPU of mask (this one too, if it is in it), with
 * interrupts off there, and wait until all have. fn must not sleep or lock
 * anything that the caller holds. The caller may have interrupts off: while it
 * waits it serves the calls of others, so two CPUs may call each other. It must
 * not hold a lock that is taken with interrupts off elsewhere.
 * fn must not call smp_call; an interrupt handler may only if what it interrupted
 * cannot be in smp_call. Returns the number of IPIs sent.
 */
unsigned int smp_call(cpumask_t mask, smp_call_fn *fn, void *arg);
/*
 * Run fn(arg) here while every other CPU stands still with interrupts off, at a
 * point where it had them on: what is only changed with interrupts off is seen
 * consistent. Preemptible thread context; fn must not wait or take a lock that
 * is ever held with interrupts on.
 */
void smp_freeze(smp_call_fn *fn, void *arg);
/* The same; the others run other(NULL) before they stand still. */
void smp_freeze_with(smp_call_fn *other, smp_call_fn *fn, void *arg);
void smp_send_resched(u32 cpu);
/* Panic only: ask all others to stop, wait a little; returns who did not. */
cpumask_t smp_stop_others(void);
/* From ipi_dispatch. */
void smp_handle_calls(void);
void smp_handle_stop(void) __noreturn;

/* Fill cpus[] from /cpus. */
void smp_find_cpus(const struct fdt *f);
/* Start the others; each prints a line. */
void smp_boot_secondaries(void);
/* Start one that is present and not online, wait until it is. 0; -ENOMEM; -EIO: it
 * does not come, cpus[cpu].state says why. Thread context, one at a time. */
int smp_boot_cpu(u32 cpu) __must_check;
/* From sched: the idle thread of a CPU that is to start, with the top of its
 * stack; NULL: no memory. */
struct thread_info *smp_prepare_thread(u32 cpu, void **stack_top);
/* The first C code of a secondary CPU, in sched. */
void secondary_main(void) __noreturn;
/* This CPU takes part from now on. IRQs off. */
void smp_join(void);

/* Is there a word in boot's pen by which it can be called back? */
bool smp_can_park(u32 cpu);
/* MMU off, into boot's pen until smp_boot_cpu. IRQs off, not online, no calls
 * pending; *gone becomes 1, with release, when it no longer uses its stack. */
void smp_park(u32 *gone) __noreturn;
