/* SPDX-License-Identifier: MIT */
/* Which UART is the console: what console= names, else what stdout-path does, else the
 * first PL011, else the mini-UART. */
#include "core/log.h"
#include "drivers/drivers.h"
#include "kernel/errno.h"
#include "lib/format.h"
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

/* What console= could have been, in one line. */
static void log_unknown(const struct fdt *f, const char *console)
{
	char known[100] = "fb", path[64];

	for (fdt_node node = fdt_root(f); node >= 0; node = fdt_next(f, node, NULL)) {
		if (!fdt_is_available(f, node) ||
		    (!fdt_is_compatible(f, node, "arm,pl011") &&
		     !fdt_is_compatible(f, node, "brcm,bcm2835-aux-uart")))
			continue;
		fdt_full_path(f, node, path, sizeof(path));
		if (strlen(known) + strlen(path) + 3 > sizeof(known))
			break;
		fmt_snprintf(known + strlen(known), sizeof(known) - strlen(known), ", %s",
			     path);
	}
	log_warn("console=%s: none of %s", console, known);
}

int uart_init(const struct fdt *f, const char *console)
{
	fdt_node chosen = fdt_path(f, "/chosen"), node;
	const char *stdout = fdt_get_string(f, chosen, "stdout-path");

	if (console && probe(f, fdt_path(f, console)) == 0)
		return 0;
	if (console)
		log_unknown(f, console);
	if (stdout && probe(f, fdt_path(f, stdout)) == 0)
		return 0;
	if (stdout)
		log_warn("console: cannot use stdout-path %s", stdout);
	for (node = -1; (node = fdt_compatible(f, node, "arm,pl011")) >= 0;)
		if (fdt_is_available(f, node))
			return pl011_probe(f, node);
	return probe(f, fdt_compatible(f, -1, "brcm,bcm2835-aux-uart"));
}
