/* SPDX-License-Identifier: MIT */
/*
 * The FAT reader over file systems that mkfs.fat and mtools made (fat_images.py): it must
 * read what mtools reads; and over the same with something broken. The card is a copy in
 * memory, so ASan sees each byte that is asked for and is not there.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/errno.h"
#include "kernel/test.h"
#include "user/servers/fat.h"

struct card {
	u8 *bytes;
	u64 sectors;
	unsigned int reads;
	unsigned int fail_at; /* this read does not work; 0: all do */
	bool outside;	      /* something was asked for that is not there */
	struct fat fat;
};

static int card_read(void *ctx, u64 sector, unsigned int count, void *buf)
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

static struct card *card_open(const char *name)
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

static void card_close(struct card *c)
{
	free(c->bytes);
	free(c);
}

static void put16(u8 *p, u32 value)
{
	p[0] = (u8)value;
	p[1] = (u8)(value >> 8);
}

static void put32(u8 *p, u32 value)
{
	put16(p, value);
	put16(p + 2, value >> 16);
}

/* The entry of a folder with that short name ("README  TXT"), wherever it is first. */
static u8 *entry_of(struct card *c, const char *name)
{
	for (u64 at = 0; at < c->sectors * FAT_SECTOR; at += 32)
		if (!memcmp(c->bytes + at, name, strlen(name)))
			return c->bytes + at;
	abort();
}

static void set_first(u8 *entry, u32 cluster)
{
	put16(entry + 26, cluster);
	put16(entry + 20, cluster >> 16);
}

static void set_next(struct card *c, u32 cluster, u32 next)
{
	u8 *table = c->bytes + c->fat.table * FAT_SECTOR;

	if (c->fat.fat32)
		put32(table + 4 * cluster, next);
	else
		put16(table + 2 * cluster, next);
}

static u32 get_next(const struct card *c, u32 cluster)
{
	const u8 *p = c->bytes + c->fat.table * FAT_SECTOR + cluster * (c->fat.fat32 ? 4 : 2);

	return (u32)(p[0] | p[1] << 8 | (c->fat.fat32 ? p[2] << 16 | p[3] << 24 : 0));
}

/* Mount anew: what was in its two sectors is forgotten. */
static int try_open(struct card *c, const char *path, struct fat_node *n)
{
	int err = fat_mount(&c->fat);

	return err ? err : fat_open(&c->fat, path, n);
}

static const char *const images[] = { "fat16", "fat32" };
#define FOR_EACH_IMAGE(c)                                                              \
	for (unsigned int i_ = 0; i_ < 2; i_++)                                        \
		for (struct card *c = card_open(images[i_]); c; card_close(c), c = NULL)

/* ---- what mtools reads ---- */

static bool same_file(struct fat *f, const char *path, FILE *file)
{
	static u8 want[1 << 16], got[1 << 16];
	size_t size = fread(want, 1, sizeof(want), file);
	struct fat_node n;

	if (size == sizeof(want) || fat_open(f, path, &n) || n.folder || n.size != size)
		return false;
	if (fat_read(f, &n, 0, got, sizeof(got)) != (s32)size || memcmp(want, got, size))
		return false;
	/* In pieces, too, forwards and back. */
	for (u32 offset = 0, len = 1; offset < size; offset += len, len = len * 3 % 2011) {
		u32 back = (u32)size - offset - 1;
		s32 n1 = fat_read(f, &n, offset, got, len), n2;

		if (n1 <= 0 || memcmp(want + offset, got, (size_t)n1))
			return false;
		n2 = fat_read(f, &n, back, got, len);
		if (n2 <= 0 || memcmp(want + back, got, (size_t)n2))
			return false;
	}
	return fat_read(f, &n, n.size, got, 1) == 0 && fat_read(f, &n, UINT32_MAX, got, 1) == 0;
}

/* How many files; -1: something differs. */
static int same_folder(struct fat *f, const char *image, const char *path)
{
	char below[2048], host[4096];
	struct fat_entry e;
	struct fat_node n;
	u32 cursor = 0;
	int files = 0, entries = 0, more;
	DIR *dir;

	if (fat_open(f, path, &n) || !n.folder)
		return -1;
	while (fat_list(f, &n, &cursor, &e) == 0) {
		entries++;
		snprintf(below, sizeof(below), "%s/%s", path, e.name);
		snprintf(host, sizeof(host), IMAGES "/%s%s", image, below);
		if (e.folder) {
			more = same_folder(f, image, below);
			if (more < 0)
				return -1;
			files += more;
		} else {
			FILE *file = fopen(host, "rb");
			bool same = file && same_file(f, below, file);

			if (file)
				fclose(file);
			if (!same) {
				fprintf(stderr, "%s%s differs\n", image, below);
				return -1;
			}
			files++;
		}
	}
	snprintf(host, sizeof(host), IMAGES "/%s%s", image, path);
	dir = opendir(host);
	for (struct dirent *d; dir && (d = readdir(dir));)
		entries -= strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
	if (dir)
		closedir(dir);
	return entries ? -1 : files;
}

/* Seen failing: pieces of a long name one unit off; the run of clusters one too long. */
TEST(fat, reads_what_mtools_reads)
{
	FOR_EACH_IMAGE(c) {
		EXPECT_EQ(fat_mount(&c->fat), 0);
		EXPECT_EQ(c->fat.fat32, i_ == 1);
		/* 512-byte clusters: three of the sizes are there twice. */
		EXPECT_EQ(same_folder(&c->fat, images[i_], ""), i_ ? 94 : 97);
		EXPECT(!c->outside);
	}
}

/* Seen failing: names compared to the shorter one's end. */
TEST(fat, finds_by_path)
{
	struct fat_node n;

	FOR_EACH_IMAGE(c) {
		struct fat *f = &c->fat;

		EXPECT_EQ(fat_mount(f), 0);
		EXPECT_EQ(fat_open(f, "", &n), 0);
		EXPECT(n.folder);
		EXPECT_EQ(fat_open(f, "//", &n), 0);
		EXPECT_EQ(fat_open(f, "readme.txt", &n), 0);
		EXPECT_EQ(n.size, 11);
		EXPECT_EQ(fat_open(f, "/ReadMe.TXT", &n), 0);
		EXPECT_EQ(fat_open(f, "DEEP FOLDER//Deeper/deepest one/", &n), 0);
		EXPECT(n.folder);
		EXPECT_EQ(fat_open(f, "deepfo~1/DEEPER/deepes~1/FILE", &n), 0);
		EXPECT_EQ(n.size, 6);
		EXPECT_EQ(fat_open(f, "GRößE 日本.TXT", &n), 0);
		EXPECT_EQ(fat_open(f, "GRÖßE 日本.TXT", &n), -ENOENT); /* A to Z only */
		EXPECT_EQ(fat_open(f, "readme.tx", &n), -ENOENT);
		EXPECT_EQ(fat_open(f, "readme.txt2", &n), -ENOENT);
		EXPECT_EQ(fat_open(f, "readme.txt/x", &n), -ENOENT);
		EXPECT_EQ(fat_open(f, "sub/nothing", &n), -ENOENT);
		EXPECT_EQ(fat_open(f, ".", &n), -ENOENT);
		EXPECT_EQ(fat_open(f, "sub/..", &n), -ENOENT);
		EXPECT_EQ(fat_open(f, "TEST", &n), -ENOENT); /* the label */
		EXPECT_EQ(fat_open(f, "many/the file number 3", &n), -ENOENT); /* removed */
	}
}

/* Seen failing: without the check of `folder` in each. */
TEST(fat, a_folder_is_no_file)
{
	struct fat_entry e;
	struct fat_node n;
	u32 cursor = 0;
	u8 byte;

	FOR_EACH_IMAGE(c) {
		EXPECT_EQ(try_open(c, "sub", &n), 0);
		EXPECT_EQ(fat_read(&c->fat, &n, 0, &byte, 1), -EINVAL);
		EXPECT_EQ(try_open(c, "README.TXT", &n), 0);
		EXPECT_EQ(fat_list(&c->fat, &n, &cursor, &e), -EINVAL);
	}
}

/* What follows on the card is read at once. Seen failing: a run that ends with its cluster. */
TEST(fat, few_reads)
{
	static u8 buf[1 << 16];
	struct fat_node n;

	FOR_EACH_IMAGE(c) {
		u32 size = i_ ? 10247 : 20487;

		EXPECT_EQ(try_open(c, i_ ? "sub/10247.bin" : "sub/20487.bin", &n), 0);
		c->reads = 0;
		EXPECT_EQ(fat_read(&c->fat, &n, 0, buf, sizeof(buf)), size);
		EXPECT_LE(c->reads, 2); /* the sectors, and the 7 bytes behind them */
	}
}

/* ---- damaged: boot sector and partition table ---- */

static const struct {
	u32 offset, bytes, value;
	int fat16, fat32; /* the error */
} boot_damage[] = {
	{ 0, 1, 0, -ENODEV, -ENODEV },		    /* no jump */
	{ 510, 2, 0, -ENODEV, -ENODEV },	    /* no signature */
	{ 11, 2, 0, -ENODEV, -ENODEV },		    /* sector size: exFAT's, */
	{ 11, 2, 4096, -ENODEV, -ENODEV },	    /* one we do not read */
	{ 13, 1, 0, -EILSEQ, -EILSEQ },		    /* sectors of a cluster */
	{ 13, 1, 3, -EILSEQ, -EILSEQ },
	{ 13, 1, 128, -ENODEV, -EILSEQ },	    /* so few of them: FAT12 */
	{ 14, 2, 0, -EILSEQ, -EILSEQ },		    /* reserved sectors */
	{ 14, 2, 0xffff, -EILSEQ, -EILSEQ },
	{ 16, 1, 0, -EILSEQ, -EILSEQ },		    /* number of FATs */
	{ 17, 2, 1, -EILSEQ, -EILSEQ },		    /* root entries: half a sector, */
	{ 17, 2, 0xffff, -EILSEQ, -EILSEQ },
	{ 17, 2, 0, -EILSEQ, 0 },		    /* none on a FAT16; on FAT32 as it is */
	{ 17, 2, 16, 0, -EILSEQ },		    /* some on a FAT32; on FAT16 just fewer */
	{ 19, 2, 4, -EILSEQ, -EILSEQ },		    /* all sectors: ends in the FAT */
	{ 22, 2, 1, -EILSEQ, -EILSEQ },		    /* a FAT too small */
	{ 22, 2, 0xffff, -EILSEQ, -EILSEQ },	    /* too large */
	{ 36, 4, 1, 0, -EILSEQ },
	{ 36, 4, 0xffffffff, 0, -EILSEQ },
	{ 36, 4, 0, 0, -EILSEQ },
	{ 40, 2, 0x85, 0, -EILSEQ },		    /* the FAT in use: there is none */
	{ 40, 2, 0x81, 0, 0 },			    /* the second one */
	{ 42, 2, 1, 0, -ENODEV },		    /* another version */
	{ 44, 4, 0, 0, -EILSEQ },		    /* the root's cluster */
	{ 44, 4, 1, 0, -EILSEQ },
	{ 44, 4, 0x0fffffff, 0, -EILSEQ },
	{ 44, 4, 60000, 0, -EILSEQ },		    /* a free one */
};

/* Seen failing: each check of mount_volume left out. */
TEST(fat, damaged_boot_sector)
{
	struct fat_node n;

	FOR_EACH_IMAGE(c) {
		u8 *boot = c->bytes + (i_ ? 2048 * FAT_SECTOR : 0), good[FAT_SECTOR];

		memcpy(good, boot, sizeof(good));
		for (unsigned int i = 0; i < sizeof(boot_damage) / sizeof(*boot_damage); i++) {
			int want = i_ ? boot_damage[i].fat32 : boot_damage[i].fat16, err;

			for (u32 b = 0; b < boot_damage[i].bytes; b++)
				boot[boot_damage[i].offset + b] =
					(u8)(boot_damage[i].value >> 8 * b);
			err = fat_mount(&c->fat);
			if (err != want)
				fprintf(stderr, "%s: byte %u = %u\n", images[i_],
					boot_damage[i].offset, boot_damage[i].value);
			EXPECT_EQ(err, want);
			memcpy(boot, good, sizeof(good));
		}
		/* More sectors than the partition, the card has. */
		put16(boot + 19, 0);
		put32(boot + 32, (u32)c->sectors - (i_ ? 2048 : 0) + 1);
		EXPECT_EQ(fat_mount(&c->fat), -EILSEQ);
		memcpy(boot, good, sizeof(good));
		/* Any byte of it, changed: never anything that is not there. */
		for (u32 i = 0; i < 90 * 8; i++) {
			boot[i / 8] ^= (u8)(1 << i % 8);
			(void)!try_open(c, "Deep folder/deeper", &n);
			EXPECT(!c->outside);
			memcpy(boot, good, sizeof(good));
		}
	}
}

/* Seen failing: a partition's start not compared with the card's end. */
TEST(fat, damaged_partition_table)
{
	struct card *c = card_open("fat32");
	u8 *p = c->bytes + 446, good[16];

	memcpy(good, p, sizeof(good));
	p[4] = 0x83; /* none of ours */
	EXPECT_EQ(fat_mount(&c->fat), -ENODEV);
	memcpy(p + 32, good, sizeof(good)); /* the third one is */
	EXPECT_EQ(fat_mount(&c->fat), 0);
	memcpy(p, good, sizeof(good)); /* before it one that is damaged */
	put32(p + 8, 0xffffffff);
	EXPECT_EQ(fat_mount(&c->fat), 0);
	memset(p + 32, 0, sizeof(good));
	EXPECT_EQ(fat_mount(&c->fat), -EILSEQ);
	put32(p + 8, 0); /* itself */
	EXPECT_EQ(fat_mount(&c->fat), -EILSEQ);
	put32(p + 8, 2048);
	put32(p + 12, (u32)c->sectors); /* goes on behind the card's end */
	EXPECT_EQ(fat_mount(&c->fat), -EILSEQ);
	put32(p + 12, 1000); /* smaller than the volume in it */
	EXPECT_EQ(fat_mount(&c->fat), -EILSEQ);
	c->bytes[511] = 0;
	EXPECT_EQ(fat_mount(&c->fat), -ENODEV);
	c->fat.sectors = 0;
	EXPECT_EQ(fat_mount(&c->fat), -EILSEQ);
	EXPECT(!c->outside);
	card_close(c);
}

/* ---- damaged: chains ---- */

/* Seen failing: is_cluster true for all; the chain not followed when a file is opened. */
TEST(fat, damaged_chain)
{
	FOR_EACH_IMAGE(c) {
		const char *path = i_ ? "sub/10247.bin" : "sub/20487.bin";
		static u8 buf[1 << 16];
		u32 last, second, third;
		struct fat_node n;

		EXPECT_EQ(try_open(c, path, &n), 0);
		last = get_next(c, n.first + 20);
		second = n.first + 1;
		third = n.first + 2;
		EXPECT_EQ(get_next(c, second), third);

		u32 wrong[] = { 0, 1, second, n.first, last, c->fat.clusters + 2,
				i_ ? 0x0ffffff7 : 0xfff7 };

		for (unsigned int i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
			set_next(c, second, wrong[i]);
			EXPECT_EQ(try_open(c, path, &n), -EILSEQ);
		}
		set_next(c, second, third);
		if (i_) { /* the upper four bits mean nothing */
			set_next(c, second, third | 0xf0000000);
			EXPECT_EQ(try_open(c, path, &n), 0);
		}
		/* Its last cluster goes on: a circle, or longer than the size says. */
		set_next(c, n.first + 20, n.first);
		EXPECT_EQ(try_open(c, path, &n), -EILSEQ);
		set_next(c, n.first + 20, n.first + 21);
		EXPECT_EQ(try_open(c, path, &n), -EILSEQ);
		set_next(c, n.first + 20, last);
		EXPECT_EQ(try_open(c, path, &n), 0);

		/* After it has been opened, the card says something else. */
		set_next(c, second, n.first);
		c->fat.table_cached = 0;
		EXPECT_EQ(fat_read(&c->fat, &n, 0, buf, sizeof(buf)), n.size);
		set_next(c, second, last);
		c->fat.table_cached = 0;
		n.cluster = 0;
		EXPECT_EQ(fat_read(&c->fat, &n, 0, buf, sizeof(buf)), -EILSEQ);
		EXPECT(!c->outside);
	}
}

/* Seen failing: size not compared with the chain; first cluster not checked. */
TEST(fat, damaged_file_entry)
{
	FOR_EACH_IMAGE(c) {
		u8 *e = entry_of(c, "README  TXT"), good[32];
		struct fat_node n;

		memcpy(good, e, sizeof(good));

		EXPECT_EQ(try_open(c, "readme.txt", &n), 0);
		u32 first[] = { 0, 1, c->fat.clusters + 2, 0x0fffffff };

		set_next(c, c->fat.clusters + 2, 0x0fffffff); /* room for more than there are */
		for (unsigned int i = 0; i < sizeof(first) / sizeof(*first); i++) {
			set_first(e, first[i]);
			EXPECT_EQ(try_open(c, "readme.txt", &n), -EILSEQ);
		}
		set_first(e, c->fat.clusters + 1); /* free */
		EXPECT_EQ(try_open(c, "readme.txt", &n), -EILSEQ);
		memcpy(e, good, sizeof(good));
		put32(e + 28, 0xffffffff);
		EXPECT_EQ(try_open(c, "readme.txt", &n), -EILSEQ);
		put32(e + 28, 0);
		EXPECT_EQ(try_open(c, "readme.txt", &n), -EILSEQ);
		set_first(e, 0);
		EXPECT_EQ(try_open(c, "readme.txt", &n), 0);
	}
}

/* Seen failing: without check_parent; without the end of FAT_ENTRIES_MAX. */
TEST(fat, folder_in_a_circle)
{
	FOR_EACH_IMAGE(c) {
		struct fat_node parent, child, many, n;
		u8 *e, good[32];

		EXPECT_EQ(try_open(c, "Deep folder", &parent), 0);
		EXPECT_EQ(fat_open(&c->fat, "Deep folder/deeper", &child), 0);
		e = c->bytes + (c->fat.data + (u64)(parent.first - 2) * c->fat.cluster_sectors) *
			       FAT_SECTOR + 64;
		EXPECT(!memcmp(e, "DEEPER     ", 11) || !memcmp(e + 32, "DEEPER     ", 11));
		if (memcmp(e, "DEEPER     ", 11))
			e += 32;
		memcpy(good, e, sizeof(good));
		set_first(e, parent.first); /* a folder in itself */
		EXPECT_EQ(try_open(c, "Deep folder/deeper/deeper", &n), -EILSEQ);
		set_first(e, c->fat.root_cluster); /* the root below the root */
		EXPECT_EQ(try_open(c, "Deep folder/deeper", &n), -EILSEQ);
		u8 *root = c->bytes + (i_ ? c->fat.data : c->fat.root) * FAT_SECTOR, saved[64];

		memcpy(saved, root, sizeof(saved)); /* which says that it is a folder in it */
		memcpy(root, ".          \x10", 12);
		memcpy(root + 32, "..         \x10", 12);
		set_first(root, 0);
		set_first(root + 32, parent.first);
		EXPECT_EQ(try_open(c, "deepfo~1/DEEPER", &n), -EILSEQ);
		memcpy(root, saved, sizeof(saved));
		EXPECT_EQ(try_open(c, "sub", &n), 0);
		set_first(e, n.first); /* a folder in two others */
		EXPECT_EQ(try_open(c, "Deep folder/deeper", &n), -EILSEQ);
		EXPECT_EQ(fat_open(&c->fat, "readme.txt", &n), 0);
		set_first(e, n.first); /* a file taken for a folder */
		EXPECT_EQ(try_open(c, "Deep folder/deeper", &n), -EILSEQ);
		memcpy(e, good, sizeof(good));
		EXPECT_EQ(try_open(c, "Deep folder/deeper", &n), 0);

		/* Its own chain. */
		EXPECT_EQ(fat_open(&c->fat, "many", &many), 0);
		set_next(c, get_next(c, many.first), many.first);
		c->reads = 0;
		EXPECT_EQ(try_open(c, "many/no such name", &n), -EILSEQ);
		EXPECT_LE(c->reads, 200);
		/* After it has been opened: an end, too. */
		struct fat_entry entry;
		u32 cursor = 0;
		int err;

		do
			err = fat_list(&c->fat, &many, &cursor, &entry);
		while (!err);
		EXPECT_EQ(err, -EILSEQ);
		EXPECT(!c->outside);
	}
}

/* ---- names ---- */

static int name_at(struct card *c, const char *short_name, char *name)
{
	struct fat_entry e;
	struct fat_node n;
	u32 cursor = 0;
	int err = try_open(c, "", &n);

	while (!err && !(err = fat_list(&c->fat, &n, &cursor, &e)))
		if (!strcmp(e.short_name, short_name)) {
			strcpy(name, e.name);
			return 0;
		}
	return err;
}

/* Seen failing: checksum not compared; order not; a pair of units taken for two letters. */
TEST(fat, awkward_names)
{
	char name[FAT_NAME_MAX + 1];

	FOR_EACH_IMAGE(c) {
		u8 *long_one = entry_of(c, "ARATHE~1TEX");

		EXPECT_EQ(name_at(c, "ARATHE~1.TEX", name), 0);
		EXPECT_EQ(strcmp(name, "A rather long name, with blanks.text"), 0);
		EXPECT_EQ(long_one[-64], 2);
		long_one[-64] = 1; /* the second of three pieces, as if it were the last */
		EXPECT_EQ(name_at(c, "ARATHE~1.TEX", name), 0);
		EXPECT_EQ(strcmp(name, "ARATHE~1.TEX"), 0);

		u8 *e = entry_of(c, "ENDS-W~1   "), *piece = e - 32, good[32];

		EXPECT_EQ(name_at(c, "ENDS-W~1", name), 0);
		EXPECT_EQ(strcmp(name, "ends-with-13x"), 0);
		EXPECT_EQ(piece[0], 0x41);
		memcpy(good, piece, sizeof(good));

		piece[13] ^= 1; /* a name that belongs to another file */
		EXPECT_EQ(name_at(c, "ENDS-W~1", name), 0);
		EXPECT_EQ(strcmp(name, "ENDS-W~1"), 0);
		memcpy(piece, good, sizeof(good));
		static const u8 orders[] = { 1, 2, 0x40, 0x42, 0x54, 0x55, 0x7f, 0xbf };

		for (unsigned int i = 0; i < sizeof(orders); i++) {
			piece[0] = orders[i];
			EXPECT_EQ(name_at(c, "ENDS-W~1", name), 0);
			EXPECT_EQ(strcmp(name, "ENDS-W~1"), 0);
		}
		memcpy(piece, good, sizeof(good));

		put16(piece + 1, '/');
		put16(piece + 3, 27);
		put16(piece + 5, 0xd83d); /* a pair: U+1F600 */
		put16(piece + 7, 0xde00);
		put16(piece + 9, 0xde00); /* halves */
		put16(piece + 14, 0xd83d);
		put16(piece + 16, 0x9b);
		put16(piece + 18, 0);
		EXPECT_EQ(name_at(c, "ENDS-W~1", name), 0);
		EXPECT_EQ(strcmp(name, "??\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd?"), 0);
		for (u32 len = 0; len < 3; len++) { /* "", ".", ".." */
			put16(piece + 1, len > 0 ? '.' : 0);
			put16(piece + 3, len > 1 ? '.' : 0);
			put16(piece + 5, 0);
			EXPECT_EQ(name_at(c, "ENDS-W~1", name), 0);
			EXPECT_EQ(strcmp(name, "ENDS-W~1"), 0);
		}

		memcpy(e, "\x05\x1b/ \xff   A  ", 11);
		piece[0] = 0xe5;
		EXPECT_EQ(name_at(c, "??? ?.A", name), 0);
		memcpy(e, "           ", 11);
		EXPECT_EQ(name_at(c, "?", name), 0);
		memcpy(e, "b\x1b/ \xff   A  ", 11);
		e[12] = 0x08 | 0x10; /* in lower case */
		EXPECT_EQ(name_at(c, "b?? ?.A", name), 0);
		EXPECT_EQ(strcmp(name, "b?? ?.a"), 0);
	}
}

/* ---- a card that fails ---- */

/* Each read in turn. Seen failing: a sector remembered though it could not be read. */
TEST(fat, each_read_fails_once)
{
	static u8 want[1 << 16], got[1 << 16];

	FOR_EACH_IMAGE(c) {
		struct fat_node n;
		unsigned int fail_at = 0;
		s32 len, size;
		int err;

		EXPECT_EQ(try_open(c, "pieces", &n), 0);
		size = fat_read(&c->fat, &n, 0, want, sizeof(want));
		EXPECT_EQ(size, n.size);
		do {
			c->reads = 0;
			c->fail_at = ++fail_at;
			err = fat_mount(&c->fat);
			if (err) {
				EXPECT_EQ(err, -EIO);
				len = fat_mount(&c->fat); /* works now */
				EXPECT_EQ(len, 0);
			}
			len = fat_open(&c->fat, "pieces", &n);
			if (!len)
				len = fat_read(&c->fat, &n, 0, got, sizeof(got));
			if (len < 0) {
				EXPECT_EQ(len, -EIO);
				EXPECT(!err);
				err = len;
				EXPECT_EQ(fat_open(&c->fat, "pieces", &n), 0);
				len = fat_read(&c->fat, &n, 0, got, sizeof(got));
			}
			EXPECT_EQ(len, size);
			EXPECT_EQ(memcmp(want, got, (size_t)size), 0);
		} while (err);
		/* It has failed at each: mounting, the folder, the chain, 40 pieces. */
		EXPECT_LT(42, fail_at);
	}
}
