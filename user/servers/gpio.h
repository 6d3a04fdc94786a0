/* SPDX-License-Identifier: MIT */
/*
 * How the server of pins is asked. In each reply word 0 is 0 or -errno.
 *
 *	GPIO_SET	words 1 pin, 2 level: 0 or another number. It becomes an output
 *	GPIO_GET	word 1 pin	-> word 1 level
 *
 * -EPERM: not one of the pins that it was given.
 */
#pragma once

#define GPIO_SET 1
#define GPIO_GET 2
#define GPIO_LED_PI4 42 /* the green one (Raspberry Pi 4 reduced schematics: STATUS_LED) */
