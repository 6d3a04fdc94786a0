/* SPDX-License-Identifier: MIT */
/* Numbers for tests and torture: the same ones for the same seed. Nothing secret. */
#pragma once

#include "kernel/types.h"

/* Less than `below`, which is at most 65536. A linear congruential generator (modulus
 * 2^32), whose upper half is the better one. */
static inline u32 random_below(u32 *state, u32 below)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 16) % below;
}
