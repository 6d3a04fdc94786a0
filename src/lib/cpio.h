/* SPDX-License-Identifier: MIT */
/*
 * Reader of newc cpio archives ("070701", the initramfs format). Pure, no
 * allocation; nothing of the archive is trusted.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

struct cpio_entry {
	const char *name;   /* NUL terminated inside the archive; no leading
			     * "./" or "/" */
	const u8 *data;
	u32 size;	    /* bytes */
	u32 mode;	    /* as in stat: type and permissions */
	size_t next;	    /* offset of the next header */
};

#define CPIO_IS_FILE(mode) (((mode) & 0170000) == 0100000)

/*
 * The entry at *offset (0 at first; then e->next). Returns 0, -ENOENT at the
 * trailer or the end, -EILSEQ if the archive is malformed there.
 */
int cpio_next(const void *archive, size_t size, size_t offset,
	      struct cpio_entry *e) __must_check;
/* The regular file of that name: 0, -ENOENT or -EILSEQ. */
int cpio_find(const void *archive, size_t size, const char *name,
	      struct cpio_entry *e) __must_check;
