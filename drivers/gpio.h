/* SPDX-License-Identifier: MIT */
/* Which device has a pin of the SoC (BCM2711 ARM Peripherals, chapter 5). */
#pragma once

#include "lib/fdt.h"

/* GPFSEL's numbers. On GPIO14 and 15: ALT0 is the PL011, ALT5 the mini-UART. */
enum gpio_function { GPIO_ALT0 = 4, GPIO_ALT5 = 2 };

/* GPIO14 and 15, the header's serial pins, to one of the UARTs, without pulls. Pins that
 * have that function already are left alone. Boot thread; -ENODEV, -EINVAL, -ENOMEM. */
int gpio_serial_pins(const struct fdt *f, enum gpio_function function);
