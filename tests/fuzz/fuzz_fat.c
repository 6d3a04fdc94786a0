/* SPDX-License-Identifier: MIT */
/*
 * fat: whatever is on the card, no sector behind its end is asked for, every walk ends, and
 * what is listed can be opened or is damaged.
 *
 * The input is the card's sectors that are not zero: for each four bytes, its number, and its
 * 512 bytes. So a FAT32 of 33 MB is a few KB.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "user/servers/fat.h"

#define CARD_SECTORS (1 << 18)
#define RECORD (4 + FAT_SECTOR)
#define DEPTH 4	    /* folders in folders, */
#define ENTRIES 40  /* and how much of each is looked at */

struct card {
	const u8 *data;
	size_t records;
	unsigned int reads;
};

static int card_read(void *ctx, uint64_t sector, unsigned int count, void *buf)
{
	struct card *c = ctx;

	c->reads++;
	MUST(count && sector < CARD_SECTORS && count <= CARD_SECTORS - sector);
	memset(buf, 0, (size_t)count * FAT_SECTOR);
	for (size_t i = c->records; i--;) { /* of two the first one counts */
		const u8 *p = c->data + i * RECORD;
		u32 number = p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;

		if (number >= sector && number - sector < count)
			memcpy((u8 *)buf + (number - sector) * FAT_SECTOR, p + 4, FAT_SECTOR);
	}
	return 0;
}

static void read_file(struct fat *f, struct fat_node *n)
{
	static u8 buf[5000];
	static const u32 at[] = { 0, 1, 511, 512, 4095, 100000 };
	s32 len;

	for (unsigned int i = 0; i < sizeof(at) / sizeof(*at); i++) {
		len = fat_read(f, n, at[i], buf, sizeof(buf) - i);
		/* Its chain has been seen to be as long as its size. */
		MUST(len >= 0 && (u32)len <= sizeof(buf) - i);
		MUST(len ? at[i] + (u32)len <= n->size : at[i] >= n->size);
	}
}

static void walk(struct fat *f, const char *path, int depth)
{
	char below[DEPTH * (FAT_NAME_MAX + 1) + 1];
	struct card *c = f->ctx;
	struct fat_node folder, n;
	struct fat_entry e;
	u32 cursor = 0;
	int err = fat_open(f, path, &folder);

	MUST(err == 0 && folder.folder);
	for (int i = 0; i < ENTRIES && !(err = fat_list(f, &folder, &cursor, &e)); i++) {
		MUST(strlen(e.name) <= FAT_NAME_MAX && !strchr(e.name, '/'));
		MUST(strcmp(e.name, "") && strcmp(e.name, ".") && strcmp(e.name, ".."));
		snprintf(below, sizeof(below), "%s/%s", path, e.name);
		c->reads = 0;
		err = fat_open(f, below, &n);
		/* Folders of 65536 entries above it, a chain of all clusters: never more. */
		MUST(c->reads < DEPTH * 2 * 4096 + CARD_SECTORS);
		MUST(err == 0 || err == -EILSEQ);
		if (err)
			continue;
		if (!n.folder)
			read_file(f, &n);
		else if (depth + 1 < DEPTH)
			walk(f, below, depth + 1);
	}
	MUST(err == 0 || err == -ENOENT || err == -EILSEQ);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct card card = { .data = data, .records = size / RECORD };
	struct fat f = { .read = card_read, .ctx = &card, .sectors = CARD_SECTORS };
	int err = fat_mount(&f);

	MUST(err == 0 || err == -ENODEV || err == -EILSEQ);
	if (!err)
		walk(&f, "", 0);
	return 0;
}
