/* SPDX-License-Identifier: MIT */
/*
 * Audits: each module can check the whole of its state. `mm check`, every
 * in-kernel test and torture run them all.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

struct audit {
	const char *name;
	/* Returns the number of things that are wrong, each reported through
	 * audit_report. Thread context, may be called under full load. */
	unsigned int (*run)(void);
	struct audit *next;
};

void audit_register(struct audit *a);
extern struct audit *audit_list; /* for `mm check` */
/* Run all; the number of findings. */
unsigned int audit_run_all(void);
/* Say what is wrong; goes to the log. */
void audit_report(const char *fmt, ...) __printf(1, 2);
