/* SPDX-License-Identifier: MIT */
#pragma once

#include "shell/shell.h"

/* The table of what the strategies cost: all that are built in. Leaves the strategy
 * as it was. 0, -EINTR or -ENOMEM. */
int bench_lazy(struct shell *sh);
