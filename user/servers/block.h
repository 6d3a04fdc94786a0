/* SPDX-License-Identifier: MIT */
/*
 * How a client speaks with a server of blocks, such as that of the SD card: messages of
 * docs/ipc.md, the blocks themselves in memory that both have mapped.
 *
 * A request's word 0 says what is wanted, the others are its arguments; unused ones are 0.
 * In a reply word 0 is 0 or -errno, and the others mean something only if it is 0.
 *
 *	word	0		1		2		3		4
 *	INFO	BLOCK_INFO
 *	reply	0		sectors		card		sectors_max
 *	ATTACH	BLOCK_ATTACH	bytes				handle 0: memory object
 *	reply	0
 *	READ	BLOCK_READ	card		sector		count		offset
 *	reply	0
 *
 * INFO starts the card in the slot if none has been started. `card` counts the cards that
 * have been started, so it tells one from the next, and a card from itself after it was
 * out. READ names the one that is meant: nobody reads half a file from one card and half
 * from another.
 *
 * ATTACH gives the server the memory to read to, at `offset` bytes from its start, for all
 * who call with the same badge: so each client needs a handle with a badge of its own. The
 * memory before it is let go. There is no request that writes.
 *
 *	-EINVAL	no such request; more than sectors_max; not so many sectors; the memory
 *		attached ends before
 *	-ENODEV	no card, or another than the one named: ask INFO
 *	-EIO	card or controller have failed, within the driver's deadlines; try again
 *	-ENOMEM	ATTACH: no room for it
 *	-ENOTCONN no memory is attached: the server has been started anew, perhaps
 */
#pragma once

#define BLOCK_SIZE 512 /* bytes of a sector */
#define BLOCK_MEMORY_MAX 0x40000 /* bytes that can be attached */

enum block_request {
	BLOCK_INFO = 1,
	BLOCK_ATTACH = 2,
	BLOCK_READ = 3,
};
