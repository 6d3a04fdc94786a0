/* SPDX-License-Identifier: MIT */
/*
 * The devices that the kernel cannot run without. Each driver finds its node by
 * `compatible` in the device tree; only src/main.c calls these, in its order.
 * All return 0, -ENODEV (no such node) or another -errno, and log what they found.
 */
#pragma once

#include "lib/fdt.h"

int irqchip_init(const struct fdt *f);
int gic400_init(const struct fdt *f);
int bcm2836_init(const struct fdt *f);
int arm_timer_init(const struct fdt *f);
/* The console: what stdout (a path, or NULL: /chosen/stdout-path) names. */
int uart_init(const struct fdt *f, const char *stdout);
int pl011_probe(const struct fdt *f, fdt_node node);
int mini_uart_probe(const struct fdt *f, fdt_node node);
int watchdog_init(const struct fdt *f);
