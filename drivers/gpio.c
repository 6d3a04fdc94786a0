/* SPDX-License-Identifier: MIT */
/* See gpio.h. The pulls are set in one way on the BCM2711 (5.2, GPIO_PUP_PDN_CNTRL_REG),
 * in another before it (BCM2835 ARM Peripherals, 6.1, GPPUD). */
#include "drivers/gpio.h"
#include "core/clock.h"
#include "core/log.h"
#include "drivers/mmio.h"
#include "kernel/errno.h"
#include "mm/kmap.h"

#define GPFSEL1 0x04 /* GPIO10 to 19, three bits each */
#define FSEL(pin, function) ((u32)(function) << (pin) % 10 * 3)
#define FSEL_MASK 7
#define GPPUD 0x94
#define GPPUDCLK0 0x98
#define PUD_DELAY_US 5 /* 150 cycles, of whatever clock */
#define GPIO_PUP_PDN_CNTRL_REG0 0xe4 /* GPIO0 to 15, two bits each; 0: none */

#define TXD 14
#define RXD 15

static void no_pulls_bcm2711(void __iomem *gpio)
{
	u32 pins = 3u << TXD * 2 | 3u << RXD * 2;

	mmio_write(gpio, GPIO_PUP_PDN_CNTRL_REG0,
		   mmio_read(gpio, GPIO_PUP_PDN_CNTRL_REG0) & ~pins);
}

static void no_pulls_bcm2835(void __iomem *gpio)
{
	mmio_write(gpio, GPPUD, 0);
	clock_delay_us(PUD_DELAY_US);
	mmio_write(gpio, GPPUDCLK0, 1 << TXD | 1 << RXD);
	clock_delay_us(PUD_DELAY_US);
	mmio_write(gpio, GPPUDCLK0, 0);
}

int gpio_serial_pins(const struct fdt *f, enum gpio_function function)
{
	u32 mask = FSEL(TXD, FSEL_MASK) | FSEL(RXD, FSEL_MASK);
	u32 want = FSEL(TXD, function) | FSEL(RXD, function), now;
	fdt_node node = fdt_compatible(f, -1, "brcm,bcm2711-gpio");
	bool bcm2711 = node >= 0;
	void __iomem *gpio;
	u64 base, size;

	if (node < 0)
		node = fdt_compatible(f, -1, "brcm,bcm2835-gpio");
	if (node < 0)
		return -ENODEV;
	if (fdt_reg(f, node, 0, &base, &size))
		return -EINVAL;
	gpio = ioremap(base, 0x100);
	if (!gpio)
		return -ENOMEM;
	now = mmio_read(gpio, GPFSEL1);
	if ((now & mask) == want)
		return 0;
	if (bcm2711)
		no_pulls_bcm2711(gpio);
	else
		no_pulls_bcm2835(gpio);
	mmio_write(gpio, GPFSEL1, (now & ~mask) | want);
	log_info("gpio: pins 14 and 15 are the %s's now",
		 function == GPIO_ALT0 ? "PL011" : "mini-UART");
	return 0;
}
