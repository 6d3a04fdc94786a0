/* SPDX-License-Identifier: MIT */
/* Which device has a pin of the SoC (BCM2711 ARM Peripherals, chapter 5). */
#pragma once

#include "lib/fdt.h"

/* GPFSEL's numbers. On GPIO14 and 15: ALT0 is the PL011, ALT5 the mini-UART. */
enum gpio_function { GPIO_ALT0 = 4, GPIO_ALT5 = 2 };

#define GPFSEL1 0x04 /* GPIO10 to 19, three bits each */
#define TXD 14 /* the header's serial pins */
#define RXD 15

/* GPFSEL1 with both of them given that function. */
static inline u32 gpio_serial_fsel(u32 fsel1, enum gpio_function function)
{
	u32 txd = TXD % 10 * 3, rxd = RXD % 10 * 3;

	fsel1 &= ~(7u << txd | 7u << rxd);
	return fsel1 | (u32)function << txd | (u32)function << rxd;
}

/* TXD and RXD to one of the UARTs, without pulls. Pins that have that function already
 * are left alone. Boot thread; -ENODEV, -EINVAL, -ENOMEM. */
int gpio_serial_pins(const struct fdt *f, enum gpio_function function);
