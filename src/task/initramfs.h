/* SPDX-License-Identifier: MIT */
/*
 * The initramfs: a newc archive, the one that the boot loader handed over or the
 * built-in one. The kernel finds programs in it by name for the shell; user
 * programs map it and read it themselves.
 */
#pragma once

#include "lib/cpio.h"
#include "ipc/memory_object.h"

extern struct image initramfs;	   /* [I] after boot; page aligned */
/* What handles name; static. Its pages are those of the archive. */
extern struct memory_object initramfs_object;
extern const char *initramfs_from; /* "built in" or "boot loader" */

/* size bytes at phys from the loader, 0: none. Falls back to the built-in one,
 * with a log line, if it is not a cpio archive. */
void initramfs_init(paddr_t phys, u64 size);
/* Walk: *offset 0 at first; 0, -ENOENT, -EILSEQ. */
int initramfs_next(size_t *offset, struct cpio_entry *e);
int initramfs_find(const char *name, struct cpio_entry *e);
