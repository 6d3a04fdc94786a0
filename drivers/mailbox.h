/* SPDX-License-Identifier: MIT */
/*
 * Questions to the VideoCore's firmware: the property channel of the mailbox, as
 * publicly documented ("Mailbox property interface" of Raspberry Pi's firmware wiki).
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"
#include "lib/fdt.h"

#define MAILBOX_WORDS_MAX 32

/* A tag is: id, bytes of its values, 0, the values (the answer is put there). */
#define TAG_GET_CLOCK_RATE 0x00030002u /* clock id, 0 -> clock id, Hz */
#define CLOCK_UART 2
#define CLOCK_CORE 4
#define TAG_FB_ALLOCATE 0x00040001u	    /* alignment, 0 -> bus address, bytes */
#define TAG_FB_GET_PITCH 0x00040008u	    /* 0 -> bytes a row */
#define TAG_FB_SET_PHYSICAL 0x00048003u	    /* width, height */
#define TAG_FB_SET_VIRTUAL 0x00048004u	    /* width, height */
#define TAG_FB_SET_DEPTH 0x00048005u	    /* bits a pixel */
#define TAG_FB_SET_PIXEL_ORDER 0x00048006u  /* 0: blue in the low byte, 1: red */

/* Find it in the tree. 0, -ENODEV (no such node), -EINVAL, -ENOMEM. At boot, once. */
int mailbox_init(const struct fdt *f) __must_check;

/*
 * Ask: tags[0..n) are the tags one behind the other, without header and end; the answers
 * replace the values. n is at most MAILBOX_WORDS_MAX. Returns 0, -ENODEV (no mailbox),
 * -E2BIG, -ETIMEDOUT (half a second without an answer: it is not asked again), -EIO
 * (refused). Busy-waits. From the boot thread only: there is one buffer and no lock.
 */
int mailbox_ask(u32 *tags, u32 n) __must_check;
/* The rate of a clock in Hz; 0: not known. As mailbox_ask. */
u32 mailbox_clock_hz(u32 clock);
