/* SPDX-License-Identifier: MIT */
/*
 * The devices that the kernel cannot run without. Each driver finds its node by
 * `compatible` in the device tree; only src/main.c calls these, in its order.
 * All return 0, -ENODEV (no such node) or another -errno, and log what they found.
 */
#pragma once

#include "kernel/compiler.h"
#include "lib/fdt.h"

/* The first bytes of the registers at place `number` of a node's `reg`. Never unmapped.
 * -ENODEV (the node is negative: there is none), -EINVAL (no such address), -ENOMEM. */
int map_registers(const struct fdt *f, fdt_node node, u32 number, u64 bytes,
		  void __iomem **base) __must_check;

int irqchip_init(const struct fdt *f);
int gic400_init(const struct fdt *f);
int bcm2836_init(const struct fdt *f);
int arm_timer_init(const struct fdt *f);
/* The UART that console names (a path or an alias), else /chosen/stdout-path. NULL: not
 * given. */
int uart_init(const struct fdt *f, const char *console);
/* The console's output on the HDMI display as well. 0, -ENODEV (no mailbox), -EIO (no such
 * framebuffer), -EBUSY (it would be where memory is), -ENOMEM. Boot thread, behind
 * mailbox_init(). */
int framebuffer_init(void);
int pl011_probe(const struct fdt *f, fdt_node node);
int mini_uart_probe(const struct fdt *f, fdt_node node);
int watchdog_init(const struct fdt *f);
