/* SPDX-License-Identifier: MIT */
/* Which kernel this is, for the banner, `version` and bug reports. */
#pragma once

extern const char build_version[];  /* "0.1.0" */
extern const char build_git[];	    /* git describe, or "unknown" */
extern const char build_config[];   /* "defaults", or "NR_CPUS=1 ..." */
extern const char build_compiler[]; /* "gcc 12.2.0" */

/* All of them in one line, without a newline at the end. */
extern const char banner_text[];
