/* SPDX-License-Identifier: MIT */
/* Which device tree: the one that a loader handed over, or the built-in one. */
#pragma once

#include "lib/fdt.h"

/*
 * Fill machine_fdt from the one at pa, the kernel's x0, which may be anything; else
 * from the built-in one for this CPU, which *builtin becomes in any case. Returns
 * NULL, or what is wrong with something at pa that looks like a device tree.
 */
const char *device_tree_open(paddr_t pa, paddr_t peripherals, struct fdt *builtin);
