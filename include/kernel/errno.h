/* SPDX-License-Identifier: MIT */
/* int functions return 0 or -errno; the numbers are those of the ABI. */
#pragma once
#include "abi/errno.h"
