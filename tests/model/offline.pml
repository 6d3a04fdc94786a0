/* SPDX-License-Identifier: MIT */
/*
 * A CPU goes off, stays so or comes back: sched/hotplug.c.
 *
 * First it takes no thread any more: the one that it runs goes on elsewhere. When
 * its idle thread runs the machine stands still, every CPU where interrupts are on.
 * Before it stands, the CPU leaves what it lodges in; when all stand it leaves the
 * online mask. Then it serves calls that were sent before, and settles once more.
 *
 * In the kernel another CPU leads. As nobody moves while all stand, the leaving one
 * does here what that one does there. OFFS is how often it happens in a run; one CPU
 * stays online.
 */

#define MAY_CLOSE	(!closed && offs < OFFS && (online & ~(1 << c)) && !hotplug_lock)

inline close_queue()
{
	offs++;
	hotplug_lock = 1;
	closed = 1
}

/* cpu_off's freeze and what is at its end, hotplug_leave. Interrupts off. */
inline go_off()
{
#if BUG != OFF_FIRST && BUG != OFF_STAYS
	settle();
#endif
	/* take_down */
	stands[c] = 1;
	d_step {
#if BUG != OFF_AT_ONCE
		ALL_STAND ->
#endif
		online = online & ~(1 << c);
		all_go_on()
	}
#if FOLLOWS_TTBR0 && BUG != OFF_DEAF
	do
	:: handle_call()
	:: !CALLED(c) -> break
	od;
#endif
#if BUG != OFF_STAYS
	settle();
#endif
	hotplug_lock = 0
}

/* smp_join of a CPU that was started anew. */
inline come_back()
{
	d_step {
		!hotplug_lock && !freeze ->
		online = online | (1 << c);
		closed = 0
	}
}
