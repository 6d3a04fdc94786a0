/* SPDX-License-Identifier: MIT */
/*
 * For the tests of the FAT reader: a card with a file system that mkfs.fat and mtools made
 * (fat_images.py). It is a copy in memory, so ASan sees each byte that is asked for and is
 * not there; and what is in it can be broken.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/errno.h"
#include "kernel/types.h"
#include "user/servers/fat.h"

struct card {
	u8 *bytes;
	u64 sectors;
	unsigned int reads;
	unsigned int fail_at; /* this read does not work; 0: all do */
	bool outside;	      /* something was asked for that is not there */
	struct fat fat;
};

static inline int card_read(void *ctx, u64 sector, unsigned int count, void *buf)
{
	struct card *c = ctx;

	if (++c->reads == c->fail_at) {
		memset(buf, 0xee, (size_t)count * FAT_SECTOR);
		return -EIO;
	}
	if (!count || sector >= c->sectors || count > c->sectors - sector) {
		c->outside = true;
		return -EIO;
	}
	memcpy(buf, c->bytes + sector * FAT_SECTOR, (size_t)count * FAT_SECTOR);
	return 0;
}

static inline struct card *card_open(const char *name)
{
	struct card *c = calloc(1, sizeof(*c));
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), IMAGES "/%s.img", name);
	file = fopen(path, "rb");
	if (!file || fseek(file, 0, SEEK_END))
		abort();
	c->sectors = (u64)ftell(file) / FAT_SECTOR;
	c->bytes = malloc(c->sectors * FAT_SECTOR);
	rewind(file);
	if (fread(c->bytes, FAT_SECTOR, c->sectors, file) != c->sectors)
		abort();
	fclose(file);
	c->fat = (struct fat){ .read = card_read, .ctx = c, .sectors = c->sectors };
	return c;
}

static inline void card_close(struct card *c)
{
	free(c->bytes);
	free(c);
}

static inline void put16(u8 *p, u32 value)
{
	p[0] = (u8)value;
	p[1] = (u8)(value >> 8);
}

static inline void put32(u8 *p, u32 value)
{
	put16(p, value);
	put16(p + 2, value >> 16);
}

/* The entry of a folder with that short name ("README  TXT"), wherever it is first. */
static inline u8 *entry_of(struct card *c, const char *name)
{
	for (u64 at = 0; at < c->sectors * FAT_SECTOR; at += 32)
		if (!memcmp(c->bytes + at, name, strlen(name)))
			return c->bytes + at;
	abort();
}

static inline void set_first(u8 *entry, u32 cluster)
{
	put16(entry + 26, cluster);
	put16(entry + 20, cluster >> 16);
}

static inline void set_next(struct card *c, u32 cluster, u32 next)
{
	u8 *table = c->bytes + c->fat.table * FAT_SECTOR;

	if (c->fat.fat32)
		put32(table + 4 * cluster, next);
	else
		put16(table + 2 * cluster, next);
}

static inline u32 get_next(const struct card *c, u32 cluster)
{
	const u8 *p = c->bytes + c->fat.table * FAT_SECTOR + cluster * (c->fat.fat32 ? 4 : 2);

	return (u32)(p[0] | p[1] << 8 | (c->fat.fat32 ? p[2] << 16 | p[3] << 24 : 0));
}

/* Mount anew: what was in its two sectors is forgotten. */
static inline int try_open(struct card *c, const char *path, struct fat_node *n)
{
	int err = fat_mount(&c->fat);

	return err ? err : fat_open(&c->fat, path, n);
}

static const char *const images[] = { "fat16", "fat32" };
#define FOR_EACH_IMAGE(c)                                                              \
	for (unsigned int i_ = 0; i_ < 2; i_++)                                        \
		for (struct card *c = card_open(images[i_]); c; card_close(c), c = NULL)
