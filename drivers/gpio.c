/* SPDX-License-Identifier: MIT */
/* See gpio.h. The pulls are set in one way on the BCM2711 (5.2, GPIO_PUP_PDN_CNTRL_REG),
 * in another before it (BCM2835 ARM Peripherals, 6.1, GPPUD). */
#include "drivers/gpio.h"
#include "core/clock.h"
#include "core/log.h"
#include "drivers/drivers.h"
#include "drivers/mmio.h"
#include "kernel/errno.h"
#include "mm/kmap.h"

#define GPPUD 0x94
#define GPPUDCLK0 0x98
#define PUD_DELAY_US 5 /* 150 cycles, of whatever clock */
#define GPIO_PUP_PDN_CNTRL_REG0 0xe4 /* GPIO0 to 15, two bits each; 0: none */

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
	u32 now, want;
	fdt_node node = fdt_compatible(f, -1, "brcm,bcm2711-gpio");
	bool bcm2711 = node >= 0;
	void __iomem *gpio;
	int err;

	if (node < 0)
		node = fdt_compatible(f, -1, "brcm,bcm2835-gpio");
	err = map_registers(f, node, 0, 0x100, &gpio);
	if (err)
		return err;
	now = mmio_read(gpio, GPFSEL1);
	want = gpio_serial_fsel(now, function);
	if (now == want)
		goto out;
	if (bcm2711)
		no_pulls_bcm2711(gpio);
	else
		no_pulls_bcm2835(gpio);
	mmio_write(gpio, GPFSEL1, want);
	log_info("gpio: pins 14 and 15 are the %s's now",
		 function == GPIO_ALT0 ? "PL011" : "mini-UART");
out:
	iounmap(gpio, 0x100); /* the pins are a program's to drive */
	return 0;
}
