/* SPDX-License-Identifier: MIT */
/*
 * The kernel command line: `console=ttyAMA0 nosmp autorun="mm cpus; ps"`.
 *
 * Words are separated by blanks. A word is a flag (`nosmp`) or key=value; double
 * quotes keep blanks together and are not part of the value, whether they begin
 * before the key or inside the value. There is no escape character. The line
 * comes from a boot loader and may hold anything.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

/*
 * The value of key into out[0..size), NUL terminated; of several the last one
 * counts, as a boot loader appends. A flag's value is "". Returns 0, -ENOENT (no
 * such key) or -ENOSPC (too long; out is untouched in both cases).
 */
int cmdline_get(const char *line, const char *key, char *out, size_t size)
	__must_check;

/* Whether key is there, with or without a value. */
bool cmdline_has(const char *line, const char *key);
