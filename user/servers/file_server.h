/* SPDX-License-Identifier: MIT */
/*
 * What servers of files have in common: they answer the messages of files.h by these
 * functions, whose errors go to the client as they are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Who calls by a badge with this bit is the kernel, for a page of what was opened. */
#define FILE_SERVER_PAGER (1UL << 63)

struct file_entry {
	const char *name; /* until the next call */
	uint64_t size;	  /* bytes; folder: 0 */
	bool folder;
};

struct file_server {
	/* A handle of the file's memory, which becomes the client's, and its bytes. */
	long (*open)(const char *path, uint64_t *size);
	/* The entry at *cursor, 0 at first, which moves on; -ENOENT behind the last. */
	long (*list)(const char *folder, uint64_t *cursor, struct file_entry *e);
	/* Supply the page at that offset, in memory of SYS_memory_paged; NULL: there is none. */
	long (*page_in)(uint64_t badge, uint64_t offset);
};

/* Answer at HANDLE_SERVICE, until nobody can ask any more: main's result. */
int file_server_run(const struct file_server *s);
