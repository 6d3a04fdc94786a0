/* SPDX-License-Identifier: MIT */
/*
 * Where things are in memory. All of it is below 512 MB, which every board has, and
 * away from device trees: QEMU puts its own at 128 MB, the firmware at the end of memory.
 */
#pragma once

#include "kernel/const.h"

#define KERNEL_AT UL(0x80000)	    /* where a kernel is started; the chainloader, too */
#define IMAGE_MAX UL(0x2000000)	    /* bytes of one, with its bss */
#define CHAINLOADER_AT UL(0x10000000) /* where the chainloader moves itself */
#define STAGING_AT UL(0x10100000)   /* what has been received, until it is whole */
