/* SPDX-License-Identifier: MIT */
/*
 * BUG(name): is this build to have that mistake? CONFIG_BUG=name defines
 * CONFIG_BUG_name as 1 (tools/kconfig.py); for every other name this is the constant 0.
 */
#pragma once

#define BUG_ARG_1 0,
#define BUG_SECOND(a, b, ...) b
#define BUG_CHOOSE(arg) BUG_SECOND(arg 1, 0, 0)
#define BUG_EXPAND(value) BUG_CHOOSE(BUG_ARG_##value)
#define BUG_VALUE(value) BUG_EXPAND(value)
#define BUG(name) BUG_VALUE(CONFIG_BUG_##name)
