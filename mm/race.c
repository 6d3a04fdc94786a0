/* SPDX-License-Identifier: MIT */
/* The part of race.h that is not inline: who stands where, and for how long. */
#include "mm/race.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "lib/string.h"
#include "mm/lazy.h"

#define WINDOWS 16

u32 race_on;

/* Who stands at a point: its mm, and the point in the low bits; 0: free. */
static u64 windows[WINDOWS];
#define POINT_MASK 63UL /* struct mm is aligned to more than that */
static_assert(NR_RACE_POINTS <= 32, "fits beside a pointer, and in a mask");

static u64 passed[NR_RACE_POINTS];		  /* [a] */
static u64 met[NR_RACE_POINTS][NR_RACE_POINTS];	  /* [a] */
static u32 met_any[NR_RACE_POINTS];		  /* [a] */
static u32 state[NR_CPUS];			  /* of the random numbers; a race is fine */

static const struct {
	const char *name, *what;
	u32 strategies;
} points[NR_RACE_POINTS] = {
#define RACE_TEXT(name, strategies, what) { #name, what, strategies },
	RACE_POINTS(RACE_TEXT)
#undef RACE_TEXT
};

static void count(u64 *n)
{
	__atomic_add_fetch(n, 1, __ATOMIC_RELAXED);
}

/* xorshift32 */
static u32 next_random(void)
{
	u32 x = state[cpu_id()];

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return state[cpu_id()] = x;
}

/*
 * Microseconds to stay: mostly none, seldom as long as a switch takes, or ten. But
 * where nobody has been met yet, milliseconds; and the others wait for those who may
 * come there.
 */
static u32 delay_us(enum race_point point)
{
	u32 r = next_random();

	if (!READ_ONCE(met_any[point]))
		return r >> 8 & 4095;
	if (r & 4 && race_unmet(1U << lazy_strategy()))
		return r >> 8 & 255;
	switch (r & 7) {
	case 0:
		return r >> 8 & 255;
	case 1:
	case 2:
		return r >> 8 & 31;
	default:
		return 0;
	}
}

void race_stop(enum race_point point, const struct mm *mm)
{
	u64 self = (u64)mm | (point + 1), none = 0, *window = NULL;

	count(&passed[point]);
	if (mm == &init_mm)
		return; /* everybody meets there */
	for (int i = 0; i < WINDOWS; i++) {
		u64 w = READ_ONCE(windows[i]);

		if (w && ((w ^ self) & ~POINT_MASK) == 0) {
			enum race_point other = (enum race_point)((w & POINT_MASK) - 1);

			count(&met[point][other]);
			if (other != point)
				count(&met[other][point]);
			WRITE_ONCE(met_any[point], 1);
			WRITE_ONCE(met_any[other], 1);
		}
	}
	for (int i = 0; i < WINDOWS && !window; i++, none = 0)
		if (__atomic_compare_exchange_n(&windows[i], &none, self, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			window = &windows[i];
	clock_delay_us(delay_us(point));
	if (window)
		WRITE_ONCE(*window, 0);
}

void race_start(u32 seed)
{
	WRITE_ONCE(race_on, 0);
	if (!seed)
		return;
	memset(passed, 0, sizeof(passed));
	memset(met, 0, sizeof(met));
	memset(met_any, 0, sizeof(met_any));
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		state[cpu] = (seed * 2654435761U + cpu) | 1U << 31; /* never 0 */
	WRITE_ONCE(race_on, seed);
}

u32 race_unmet(u32 strategies)
{
	u32 mask = 0;

	for (u32 p = 0; p < NR_RACE_POINTS; p++)
		if (points[p].strategies & strategies && !READ_ONCE(met_any[p]))
			mask |= 1U << p;
	return mask;
}

void race_get_info(enum race_point point, struct race_info *out)
{
	*out = (struct race_info){ .name = points[point].name,
				   .what = points[point].what,
				   .passed = READ_ONCE(passed[point]) };
	for (u32 p = 0; p < NR_RACE_POINTS; p++) {
		u64 n = READ_ONCE(met[point][p]);

		out->met += n;
		if (n > READ_ONCE(met[point][out->most]))
			out->most = (enum race_point)p;
	}
}
