/* SPDX-License-Identifier: MIT */
/* Sub-commands of `mm` that have a file of their own. */
#pragma once

#include "shell/shell.h"

int cmd_mm_strategy(struct shell *sh, int argc, char **argv);
void complete_strategy(struct completions *c, int argc, char **argv);
