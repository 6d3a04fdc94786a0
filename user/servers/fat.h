/* SPDX-License-Identifier: MIT */
/*
 * Reader of FAT16 and FAT32 file systems: finds a file by its path, lists a folder,
 * reads. It cannot write. No allocation, no state but struct fat and the caller's
 * struct fat_node; everything that comes from the card is checked before it is used.
 *
 *	struct fat fat = { .read = read_sectors, .ctx = card, .sectors = card_size };
 *	struct fat_node file;
 *
 *	err = fat_mount(&fat) ?: fat_open(&fat, "boot/readme.txt", &file);
 *	n = err ? err : fat_read(&fat, &file, 0, buf, sizeof(buf));
 *
 * Errors, besides those that `read` returns, which are handed on as they are:
 *	-ENODEV	nothing here that can be read: no FAT16 or FAT32
 *	-EILSEQ	it is FAT, but damaged: it contradicts itself
 *	-ENOENT	no such name; the end of a folder
 *	-EINVAL	a folder was to be read as a file, or the other way about
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAT_SECTOR 512
#define FAT_NAME_MAX 765 /* bytes: 255 UTF-16 units, each three bytes of UTF-8 or less */

struct fat {
	/* Set by the caller: `count` sectors from `sector` on into buf; 0 or -errno. */
	int (*read)(void *ctx, uint64_t sector, unsigned int count, void *buf);
	void *ctx;
	uint64_t sectors; /* of the whole card: none behind it is asked for */

	/* Set by fat_mount. Places are sectors of the card. */
	uint64_t table;		  /* the FAT in use */
	uint64_t root;		  /* FAT16: the root folder, */
	uint32_t root_sectors;	  /* which has no clusters */
	uint32_t root_cluster;	  /* FAT32: it has; FAT16: 0 */
	uint64_t data;		  /* of cluster 2, the first */
	uint32_t clusters;	  /* their numbers: 2 to clusters + 1 */
	uint32_t cluster_sectors; /* a power of two, 128 at most */
	bool fat32;

	/* The sectors last looked at, of the FAT and of all else; their numbers + 1, 0: none. */
	uint64_t table_cached, data_cached;
	uint8_t table_sector[FAT_SECTOR], data_sector[FAT_SECTOR];
};

/* An open file or folder. Nothing needs to be closed. */
struct fat_node {
	uint32_t first;	 /* cluster; 0: an empty file, or the root of a FAT16 */
	uint32_t size;	 /* bytes; folder: 0 */
	bool folder;
	/* Where the last access was, so that the next one need not start from `first`. */
	uint32_t index;	  /* how many clusters into the chain, */
	uint32_t cluster; /* and which that is */
};

struct fat_entry {
	char name[FAT_NAME_MAX + 1]; /* UTF-8. What cannot be in a name, and what of a
				      * short name is not ASCII, is '?' */
	char short_name[13];	     /* "README~1.TXT", the same if there is no other */
	bool folder;
	uint32_t size;		     /* bytes; folder: 0 */
	uint32_t first;
};

/*
 * Find the file system: the first FAT in the partition table (MBR, primary
 * partitions), or one that is the whole card. -ENODEV, -EILSEQ.
 */
int fat_mount(struct fat *f) __attribute__((warn_unused_result));

/*
 * Open a file or folder. Names are separated by '/'; "" and "/" are the root. Upper and
 * lower case are the same for A to Z. Short names do, too. "." and ".." are no names.
 *
 * A file's chain of clusters is followed to its end here, and must be as long as its
 * size says; a folder must know its parent. So neither can go in circles.
 * -ENOENT, -EILSEQ.
 */
int fat_open(struct fat *f, const char *path, struct fat_node *n)
	__attribute__((warn_unused_result));

/*
 * The entry at *cursor (0 at first), which moves on; -ENOENT at the end, -EILSEQ,
 * -EINVAL. Entries for the folder itself, its parent and the volume's label are left out.
 */
int fat_list(struct fat *f, struct fat_node *folder, uint32_t *cursor, struct fat_entry *e)
	__attribute__((warn_unused_result));

/* Read up to len (at most INT32_MAX) bytes; how many, 0 at the end and behind it; -EINVAL. */
int32_t fat_read(struct fat *f, struct fat_node *file, uint32_t offset, void *buf, uint32_t len)
	__attribute__((warn_unused_result));
