/* SPDX-License-Identifier: MIT */
/*
 * What goes over the line between chainloader and tools/flash: frames, numbers little
 * endian.
 *
 *	a5 4c | type 1 | bytes 2 | arg 4 | data | CRC-32 of all from type on, 4
 *
 * The host asks, the chainloader answers each question once; the host asks again if no
 * answer comes. A question does the same the second time: DATA says where it belongs, so
 * `arg` is its number, and an answer says how far the image has come.
 *
 *	HELLO   <-  arg: version of all this. Four a second, until somebody asks
 *	START   ->  arg: bytes of the image, data: its CRC-32     ACK
 *	BAUD    ->  arg: rate, after the answer                    ACK or NAK
 *	PING    ->                                                 ACK
 *	DATA    ->  arg: offset                                    ACK, or REFUSED
 *	BOOT    ->                                   DONE, NAK (not all of it), or REFUSED
 *	ACK     <-  arg: bytes that are there; a START with the same image goes on there
 *	NAK     <-  the same, for a frame that came broken: ask again at once
 *	REFUSED <-  data: why, as text
 *	DONE    <-  at LINE_BAUD from here on, and not framed: the kernel
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

#define FRAME_VERSION 1
#define FRAME_DATA_MAX 1024

enum frame_type {
	FRAME_HELLO = 'h',
	FRAME_START = 's',
	FRAME_BAUD = 'b',
	FRAME_PING = 'p',
	FRAME_DATA = 'd',
	FRAME_BOOT = 'g',
	FRAME_ACK = 'A',
	FRAME_NAK = 'N',
	FRAME_REFUSED = 'R',
	FRAME_DONE = 'D',
};

struct frame {
	u8 type;
	u16 bytes;
	u32 arg;
	u8 data[FRAME_DATA_MAX];
};

/* CRC-32 as zlib has it: `crc` of what came before, 0 at first. */
u32 crc32(u32 crc, const u8 *data, u32 bytes);

void frame_put(enum frame_type type, u32 arg, const char *text);
/* The next whole frame. 0; -EAGAIN: none until then; -EIO: one came broken. */
int frame_get(struct frame *f, u64 end_ns) __must_check;
