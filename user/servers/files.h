/* SPDX-License-Identifier: MIT */
/*
 * How a client speaks with a server of files: messages of docs/ipc.md; paths, names and
 * contents in memory that both have mapped. Words and replies as in block.h. Places in that
 * memory are bytes from its start: `at`, `len`.
 *
 *	word	0		1		2		3		4
 *	ATTACH	FILES_ATTACH	bytes				handle 0: memory object
 *	reply	0
 *	OPEN	FILES_OPEN	at		len		path, without a NUL
 *	reply	0		file		size		FILES_FOLDER or 0
 *	READ	FILES_READ	file		offset		at		len
 *	reply	0		bytes read; 0: the end
 *	LIST	FILES_LIST	folder		cursor		at		len
 *	reply	0		next cursor	bytes of name	size		FILES_FOLDER or 0
 *	CLOSE	FILES_CLOSE	file
 *	reply	0
 *
 * Names are separated by '/'; an empty path is the root. LIST gives one entry, from cursor 0
 * on; its name (UTF-8, no NUL, at most FILES_NAME_MAX bytes) is at `at`. A file that is open
 * is a number of the client's own, 1 to FILES_OPEN_MAX: like the memory, it belongs to all
 * who call with the same badge.
 *
 *	-EINVAL	no such request; not in the memory attached; a folder for READ, a file for
 *		LIST; len too small for the name
 *	-ENOENT	no such name; LIST: no more
 *	-EBADF	no such file is open
 *	-EMFILE	FILES_OPEN_MAX are open
 *	-ENODEV	no card, or no file system on it; the file was on another card: all numbers
 *		are gone then, open anew
 *	-EILSEQ	the file system is damaged there
 *	-EIO	as in block.h
 *	-ENOMEM	ATTACH: no room for it
 */
#pragma once

#define FILES_NAME_MAX 765 /* bytes: 255 UTF-16 units */
#define FILES_OPEN_MAX 16
#define FILES_FOLDER 1

enum files_request {
	FILES_ATTACH = 1,
	FILES_OPEN = 2,
	FILES_READ = 3,
	FILES_LIST = 4,
	FILES_CLOSE = 5,
};
