/* SPDX-License-Identifier: MIT */
/*
 * One-shot software timers, per CPU, on the CPU's one hardware event. A timer
 * fires on the CPU that started it (if that has gone off, on the one that sent it),
 * in interrupt context, interrupts off.
 */
#pragma once

#include "core/cpu.h"
#include "lib/avl.h"

struct timer {
	struct avl_node node;
	u64 expires_ns;		   /* [timers' lock] */
	void (*fn)(struct timer *); /* [I] may free or restart the timer */
	const char *name;	   /* [I] for `timers` */
	u32 cpu;		   /* [timers' lock] whose queue */
	bool queued;		   /* [timers' lock] */
};

void timer_init(struct timer *t, const char *name, void (*fn)(struct timer *));
/* Start at an absolute time; a pending timer is moved. Any context; but while fn
 * runs, only fn itself may start it again (timer_stop could not wait for it). */
void timer_start(struct timer *t, u64 expires_ns);
/* Stop. When it returns, fn is neither pending nor running (unless called from
 * fn itself). Any context that fn does not wait for; true if it was pending. */
bool timer_stop(struct timer *t);
/* Take over all timers of a CPU that goes: they fire here. In the standing machine
 * (smp_freeze), so that nobody sees one in neither queue; IRQs off. */
void timer_adopt(u32 from);
/* Has a CPU timers that are to expire? */
bool timer_any(u32 cpu);
/* No event any more, as at boot. This CPU has no timers; IRQs off. */
void timer_cpu_stop(void);
/*
 * The scheduler's slice is a timer too, but kept beside the tree, because it
 * changes at nearly every switch. In ticks of CNTVCT_EL0; ~0: none. IRQs off; tc
 * is this CPU's. A slice that ends later than the event is set to is picked up
 * when that fires, so switching between threads rarely touches the hardware; the
 * price is one early interrupt.
 */
struct timer_cpu {
	u64 slice_ticks; /* when the slice ends; ~0: none */
	u64 armed_ticks; /* what the hardware event is set to; ~0: nothing */
	u64 first_ticks; /* [timers' lock] when the first timer expires; ~0: none */
	u64 fired;	 /* interrupts */
} __aligned(32);
extern struct timer_cpu timer_cpus[NR_CPUS];
/* Set the hardware to what comes first, also if that is later: before idling. */
void timer_rearm(void);

static inline void timer_set_slice(struct timer_cpu *tc, u64 end_ticks)
{
	tc->slice_ticks = end_ticks;
	if (unlikely(end_ticks < tc->armed_ticks))
		timer_rearm();
}
void timer_set_slice_handler(void (*fn)(void));
/* From the hardware event. */
void timer_interrupt(void);

struct timer_info {
	const char *name;
	u64 expires_ns;
	u32 cpu;
};
/* Copy up to max entries of a CPU's queue, soonest first. Returns how many. */
unsigned int timer_list(u32 cpu, struct timer_info *out, unsigned int max);
