/* SPDX-License-Identifier: MIT */
#pragma once

/* Check every rule of docs/lazy-mm.md that can be checked from outside; findings
 * go to the log. Returns how many. Thread context, under any load. */
unsigned int mm_check(void);
