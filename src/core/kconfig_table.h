/* SPDX-License-Identifier: MIT */
/* What this kernel was built with: one entry an option, generated. */
#pragma once

#include "kernel/types.h"

struct kconfig_entry {
	const char *name; /* without CONFIG_ */
	s64 value;	  /* as compiled */
	s64 def;	  /* what it is when nothing is said */
	bool yes_no;	  /* its range is y/n: 1 is y */
	const char *help; /* one line */
};

extern const struct kconfig_entry kconfig_table[];
extern const unsigned int kconfig_count;
