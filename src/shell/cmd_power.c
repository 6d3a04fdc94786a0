/* SPDX-License-Identifier: MIT */
/* The end: reboot, poweroff. */
#include "core/power.h"
#include "shell/shell.h"

static int cmd_reboot(struct shell *sh, int argc, char **argv)
{
	if (argc > 1)
		return shell_usage(sh);
	power_reboot();
	return shell_fail(sh, -ENODEV, "this machine cannot reset itself");
}

COMMAND(reboot) = {
	.name = "reboot",
	.brief = "reset the machine",
	.help = "At once: programs that run are not asked.\n"
		"example: reboot",
	.run = cmd_reboot,
};

static int cmd_poweroff(struct shell *sh, int argc, char **argv)
{
	u64 code = 0;
	int err;

	if (argc > 2)
		return shell_usage(sh);
	err = argc == 2 ? shell_number(sh, argv[1], "the exit code", &code) : 0;
	if (err)
		return err;
	if (code > 255)
		return shell_fail(sh, -ERANGE, "exit codes are 0 to 255");
	power_off((u32)code);
	return shell_fail(sh, -ENODEV, "this machine cannot turn itself off");
}

COMMAND(poweroff) = {
	.name = "poweroff",
	.usage = "[CODE]",
	.brief = "turn the machine off",
	.help = "With `semihosting` on the kernel's command line QEMU ends with CODE.\n"
		"example: poweroff 0",
	.run = cmd_poweroff,
};
