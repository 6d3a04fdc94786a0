/* SPDX-License-Identifier: MIT */
/*
 * The end: stop the other CPUs, then say what happened as fully as can be said
 * without locks, allocation or interrupts. Printing goes by polling. A panic
 * within a panic prints three lines and stops; one within that only stops.
 */
#include "arm64/barrier.h"
#include "arm64/esr.h"
#include "core/backtrace.h"
#include "core/build_info.h"
#include "core/console.h"
#include "core/ksyms.h"
#include "core/log.h"
#include "core/smp.h"
#include "kernel/assert.h"
#include "lib/format.h"
#include "core/panic.h"

static u32 panicking; /* CPU + 1 of who came first */
static u32 nested;    /* panics of that CPU within its panic */

/* What is left to say of the first if there is a second. */
struct cause {
	const char *fmt; /* as it is: what it is to be filled with may be what is broken */
	u64 pc, lr, esr, far;
};
static struct cause cause_of_first;

static struct cause cause(const struct frame *f, u64 esr, u64 far, const char *fmt)
{
	return (struct cause){ fmt, f ? f->pc : 0, f ? f->x[30] : 0, esr, far };
}

static void cause_print(const char *which, const struct cause *c)
{
	console_printf("%s: \"%s\" pc 0x%llx lr 0x%llx esr 0x%llx far 0x%llx\n", which, c->fmt,
		       (unsigned long long)c->pc, (unsigned long long)c->lr,
		       (unsigned long long)c->esr, (unsigned long long)c->far);
}

static void (*halt_fn)(void);

void panic_set_halt(void (*fn)(void))
{
	halt_fn = fn;
}

static void __noreturn halt(void)
{
	console_flush();
	if (halt_fn)
		halt_fn();
	for (;;)
		wfi();
}

void panic_frame(const struct frame *f, u64 esr, u64 far, const char *fmt, ...)
{
	char text[160];
	cpumask_t deaf;
	va_list ap;
	u32 me = cpu_id() + 1, first = 0;

	local_irq_disable();
	if (!__atomic_compare_exchange_n(&panicking, &first, me, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		if (first != me) /* someone else is at it */
			for (;;)
				wfi();
		if (nested++ == 0) {
			struct cause second = cause(f, esr, far, fmt);

			console_force_polled();
			console_printf("\npanic within the panic\n");
			cause_print("first", &cause_of_first);
			cause_print("second", &second);
			halt();
		}
		for (;;)
			wfi();
	}
	cause_of_first = cause(f, esr, far, fmt);
	deaf = smp_stop_others();
	console_force_polled();
	log_force();

	va_start(ap, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	console_printf("\n==== kernel panic on CPU %u: %s\n", me - 1, text);
	console_printf("%s\n", banner_text);
	if (deaf)
		console_printf("CPUs that did not stop: 0x%x\n", deaf);
	if (f) {
		frame_print(f, esr, far);
		backtrace_print(f->x[29], f->pc, f->x[30]);
	} else {
		backtrace_here();
	}
	console_printf("==== halted; dmesg above, registers are as they were\n");
	halt();
}

void panic(const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	panic_frame(NULL, 0, 0, "%s", text);
}

void assert_failed(const char *expr, const char *file, int line)
{
	panic_frame(NULL, 0, 0, "%s:%d: does not hold: %s", file, line, expr);
}
