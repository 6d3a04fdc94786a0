/* SPDX-License-Identifier: MIT */
/*
 * How a server of files is asked: that of the card, user/cardfs, and that of the archive,
 * user/bin/archivefs.c. A file is memory, to be mapped and read; whoever opens it has the
 * same pages. The card's are read when they are touched. A path goes through memory that the
 * client attaches. In each reply word 0 is 0 or -errno.
 *
 *	FILES_ATTACH	and a handle of memory of FILES_MEMORY bytes. -EINVAL, -ENOMEM
 *	FILES_OPEN	word 1 length of the path, at the beginning of the memory
 *			-> word 1 bytes; and a handle: map, run. -ENOENT, -EINVAL (a folder),
 *			-ENODEV (no card), -EILSEQ (the file system is damaged), -EIO, -ENOMEM,
 *			-EMFILE (you have no room for the handle), -ENOTCONN (attach first)
 *	FILES_LIST	words 1 length of the folder's path, 2 cursor, 0 at first
 *			-> words 1 length of the name, at the beginning of the memory, where the
 *			path is gone, 2 cursor of the next, 3 bytes, 4 is it a folder? -ENOENT
 *			behind the last; else as FILES_OPEN
 *
 * What is touched of a file that cannot be read (any more) is a fault of who touches it. So
 * it is, too, after the server has ended, and once very many other files have been opened.
 */
#pragma once

#define FILES_ATTACH 1
#define FILES_OPEN 2
#define FILES_LIST 3
#define FILES_MEMORY 0x1000
