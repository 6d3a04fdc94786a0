/* SPDX-License-Identifier: MIT */
/* What this machine is, as the loader told it. Written once, by main.c. */
#pragma once

#include "lib/fdt.h"

extern struct fdt machine_fdt;
extern const char *machine_model;      /* /model; never NULL */
extern const char *machine_cmdline;    /* /chosen/bootargs; never NULL */
extern const char *machine_fdt_source; /* "boot loader" or "built in" */
/* When the first prompt was printed, ns since entry; 0: not yet. */
extern u64 machine_prompt_ns;
