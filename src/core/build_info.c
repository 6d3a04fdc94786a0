/* SPDX-License-Identifier: MIT */
/*
 * The only file that knows version and git hash: they come from a generated
 * header, so a commit rebuilds this and nothing else. No date and no host name:
 * two builds of the same source give the same bytes.
 */
#include "core/build_info.h"

#include "gen/build_info.h"

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

const char build_version[] = LODGER_VERSION;
const char build_git[] = LODGER_GIT;
const char build_config[] = LODGER_CONFIG;
const char build_compiler[] = COMPILER;
const char banner_text[] = "Lodger " LODGER_VERSION " (git " LODGER_GIT
			   ", config " LODGER_CONFIG ", " COMPILER ")";
