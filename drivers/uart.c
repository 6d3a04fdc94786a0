/* SPDX-License-Identifier: MIT */
/* Which UART is the console: what stdout-path names, else the first PL011, else
 * the mini-UART. */
#include "core/log.h"
#include "drivers/drivers.h"
#include "kernel/errno.h"
#include "lib/string.h"

static int probe(const struct fdt *f, fdt_node node)
{
	if (node < 0)
		return -ENODEV;
	if (fdt_is_compatible(f, node, "arm,pl011"))
		return pl011_probe(f, node);
	if (fdt_is_compatible(f, node, "brcm,bcm2835-aux-uart"))
		return mini_uart_probe(f, node);
	return -ENODEV;
}

int uart_init(const struct fdt *f, const char *stdout)
{
	fdt_node chosen = fdt_path(f, "/chosen"), node;
	char path[64];
	int err;

	if (!stdout && chosen >= 0)
		stdout = fdt_get_string(f, chosen, "stdout-path");
	if (stdout) {
		char *colon; /* "serial0:115200n8" */

		str_copy(path, stdout, sizeof(path));
		colon = strchr(path, ':');
		if (colon)
			*colon = '\0';
		err = probe(f, fdt_path(f, path));
		if (err == 0)
			return 0;
		log_warn("console: cannot use %s (%d)", path, err);
	}
	for (node = -1; (node = fdt_compatible(f, node, "arm,pl011")) >= 0;)
		if (fdt_is_available(f, node))
			return pl011_probe(f, node);
	return probe(f, fdt_compatible(f, -1, "brcm,bcm2835-aux-uart"));
}
