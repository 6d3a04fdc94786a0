/* SPDX-License-Identifier: MIT */
/* The board's green LED, by the service "led". */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gpio.h"
#include "services.h"

static long server;

static uint64_t ask(uint64_t what, uint64_t level)
{
	struct ipc_message m = { { what, GPIO_LED_PI4, level }, 0, 0, 0 };
	long err = sys_ipc_call(server, &m);

	if (!err)
		err = (long)m.word[0];
	if (err)
		lodger_die("led: %s", lodger_strerror((int)-err));
	return m.word[1];
}

int main(int argc, char **argv)
{
	const char *usage = "led [on|off|blink [TIMES]]";
	unsigned long times = 5;

	lodger_help(argc, argv, usage);
	server = lodger_service("led");
	if (server < 0)
		lodger_die("no led service: %s", lodger_strerror((int)-server));
	if (argc == 1) {
		printf("%s\n", ask(GPIO_GET, 0) ? "on" : "off");
	} else if (argc == 2 && (!strcmp(argv[1], "on") || !strcmp(argv[1], "off"))) {
		ask(GPIO_SET, !strcmp(argv[1], "on"));
	} else if (argc <= 3 && !strcmp(argv[1], "blink")) {
		if (argc == 3)
			times = lodger_number("times", argv[2], 1, 1000);
		for (unsigned long i = 0; i < 2 * times; i++) {
			ask(GPIO_SET, i % 2 == 0);
			lodger_sleep_ns(250 * NSEC_PER_MSEC);
		}
	} else {
		lodger_usage(usage);
	}
	return EXIT_OK;
}
