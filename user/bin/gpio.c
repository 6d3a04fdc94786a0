/* SPDX-License-Identifier: MIT */
/*
 * The server of pins: of those that its arguments name, and no others. On a Pi 4 one of
 * them is the green LED (init's manifest says which). BCM2835 ARM Peripherals, 6.1; the
 * BCM2711 has these registers in the same places (BCM2711 ARM Peripherals, 5.2).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gpio.h"
#include "services.h"

#define HANDLE_DEVICE (HANDLE_SERVICE + 1)
#define PINS 54
#define GPFSEL(pin) ((pin) / 10)	  /* words; three bits a pin, 1 is output */
#define GPSET(pin) (0x1c / 4 + (pin) / 32)
#define GPCLR(pin) (0x28 / 4 + (pin) / 32)
#define GPLEV(pin) (0x34 / 4 + (pin) / 32)
#define OUTPUT 1U

static volatile uint32_t *gpio;
static uint64_t ours; /* pins, by bits */

static void make_output(unsigned int pin)
{
	unsigned int shift = pin % 10 * 3;
	uint32_t v = gpio[GPFSEL(pin)];

	if ((v >> shift & 7) != OUTPUT)
		gpio[GPFSEL(pin)] = (v & ~(7U << shift)) | OUTPUT << shift;
}

static long answer(const struct ipc_message *m, struct ipc_message *reply)
{
	unsigned int pin = (unsigned int)m->word[1];

	if (m->word[1] >= PINS || !(ours >> pin & 1))
		return -EPERM;
	switch (m->word[0]) {
	case GPIO_SET:
		gpio[m->word[2] ? GPSET(pin) : GPCLR(pin)] = 1U << pin % 32;
		make_output(pin);
		return 0;
	case GPIO_GET:
		reply->word[1] = gpio[GPLEV(pin)] >> pin % 32 & 1;
		return 0;
	default:
		return -EINVAL;
	}
}

int main(int argc, char **argv)
{
	struct device_memory registers;
	long err, at;

	for (int i = 1; i < argc; i++)
		if (atoi(argv[i]) >= 0 && atoi(argv[i]) < PINS)
			ours |= 1UL << atoi(argv[i]);
	err = sys_device_memory(HANDLE_DEVICE, 0, &registers);
	if (err)
		return EXIT_ERROR;
	at = sys_vm_map((long)registers.handle, 0, USER_PAGE_SIZE, PROT_READ | PROT_WRITE, 0);
	if (at < 0)
		return EXIT_ERROR;
	gpio = (volatile uint32_t *)((uintptr_t)at + registers.offset);
	return lodger_serve(0, answer);
}
