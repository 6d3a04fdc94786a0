/* SPDX-License-Identifier: MIT */
#include "core/machine.h"

struct fdt machine_fdt;
const char *machine_model = "unknown";
const char *machine_cmdline = "";
const char *machine_fdt_source = "none";
u64 machine_prompt_ns;
