/* SPDX-License-Identifier: MIT */
/*
 * Where the file system is, and how it is laid out: partition table and boot sector.
 *
 *	boot sector ... | FAT | FAT ... | root folder (FAT16) | cluster 2 | 3 | ...
 *
 * Which FAT it is follows from the number of clusters and from nothing else (Microsoft's
 * FAT specification, 3.5). FAT16 and FAT32 have some fields at different places, so a
 * volume whose fields say one thing and whose size says the other is refused: it would be
 * read wrongly by somebody.
 *
 * After this all clusters, FAT entries and root sectors lie on the card, and no sum of
 * them overflows: the parts that follow need only check cluster numbers.
 */
#include "fat_private.h"

/* Boot sector and BPB (3.1 to 3.3): offsets. */
#define BPB_JUMP 0
#define BPB_SECTOR_SIZE 11
#define BPB_CLUSTER_SECTORS 13
#define BPB_RESERVED_SECTORS 14
#define BPB_TABLES 16
#define BPB_ROOT_ENTRIES 17 /* 0: FAT32 */
#define BPB_SECTORS_16 19   /* 0: see the next but one */
#define BPB_TABLE_SECTORS_16 22 /* 0: FAT32 */
#define BPB_SECTORS_32 32
#define BPB_TABLE_SECTORS_32 36
#define BPB_FLAGS_32 40
#define   FLAGS_ACTIVE 0xf	/* the FAT in use, if */
#define   FLAGS_NO_MIRROR 0x80	/* they are not all the same */
#define BPB_VERSION_32 42
#define BPB_ROOT_CLUSTER_32 44
#define BOOT_SIGNATURE 510

#define FAT16_CLUSTERS_MIN 4085U
#define FAT32_CLUSTERS_MIN 65525U
#define FAT32_CLUSTERS_MAX 0x0ffffff5U /* the next number is the mark of a bad one */

/* Partition table of the MBR: offsets. */
#define MBR_PARTITIONS 446
#define MBR_PARTITION_SIZE 16
#define MBR_NR_PARTITIONS 4
#define   PARTITION_TYPE 4
#define   PARTITION_START 8
#define   PARTITION_SECTORS 12

static bool has_signature(const uint8_t *sector)
{
	return sector[BOOT_SIGNATURE] == 0x55 && sector[BOOT_SIGNATURE + 1] == 0xaa;
}

static bool is_power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

/* The volume whose boot sector is in f->data_sector and which may have `limit` sectors. */
static int mount_volume(struct fat *f, uint64_t start, uint64_t limit)
{
	const uint8_t *bpb = f->data_sector;
	uint32_t reserved = fat_get16(bpb + BPB_RESERVED_SECTORS);
	uint32_t tables = bpb[BPB_TABLES], table_sectors = fat_get16(bpb + BPB_TABLE_SECTORS_16);
	uint32_t root_entries = fat_get16(bpb + BPB_ROOT_ENTRIES);
	uint32_t sectors = fat_get16(bpb + BPB_SECTORS_16), active = 0;
	uint64_t before; /* sectors before the first cluster */
	struct fat_node root;

	if (!has_signature(bpb) || (bpb[BPB_JUMP] != 0xeb && bpb[BPB_JUMP] != 0xe9) ||
	    fat_get16(bpb + BPB_SECTOR_SIZE) != FAT_SECTOR)
		return -ENODEV;

	f->cluster_sectors = bpb[BPB_CLUSTER_SECTORS];
	if (!is_power_of_two(f->cluster_sectors) || !reserved)
		return -EILSEQ;
	f->fat32 = !table_sectors;
	if (f->fat32) {
		uint32_t flags = fat_get16(bpb + BPB_FLAGS_32);

		table_sectors = fat_get32(bpb + BPB_TABLE_SECTORS_32);
		if (flags & FLAGS_NO_MIRROR)
			active = flags & FLAGS_ACTIVE;
		if (fat_get16(bpb + BPB_VERSION_32))
			return -ENODEV;
	}
	if (!sectors)
		sectors = fat_get32(bpb + BPB_SECTORS_32);
	if (sectors > limit || active >= tables || f->fat32 != !root_entries ||
	    root_entries * FAT_ENTRY_SIZE % FAT_SECTOR)
		return -EILSEQ;

	f->root_sectors = root_entries * FAT_ENTRY_SIZE / FAT_SECTOR;
	before = reserved + (uint64_t)tables * table_sectors + f->root_sectors;
	if (before >= sectors)
		return -EILSEQ;
	f->table = start + reserved + (uint64_t)active * table_sectors;
	f->data = start + before;
	f->root = f->data - f->root_sectors;
	f->root_cluster = f->fat32 ? fat_get32(bpb + BPB_ROOT_CLUSTER_32) : 0;
	f->clusters = (uint32_t)(sectors - before) / f->cluster_sectors;
	if (f->clusters < FAT16_CLUSTERS_MIN && !f->fat32)
		return -ENODEV; /* FAT12 */
	if (f->fat32 != (f->clusters >= FAT32_CLUSTERS_MIN) || f->clusters > FAT32_CLUSTERS_MAX ||
	    (uint64_t)table_sectors * FAT_SECTOR < (f->clusters + 2) * (f->fat32 ? 4ULL : 2ULL))
		return -EILSEQ;

	root = (struct fat_node){ .first = f->root_cluster, .folder = true };
	return f->fat32 ? fat_check_chain(f, &root) : 0;
}

static bool is_fat_type(uint8_t type)
{
	return type == 0x04 || type == 0x06 || type == 0x0e || /* FAT16 */
	       type == 0x0b || type == 0x0c;		       /* FAT32 */
}

int fat_mount(struct fat *f)
{
	uint8_t table[MBR_NR_PARTITIONS * MBR_PARTITION_SIZE];
	int err, result = -ENODEV;

	f->table_cached = f->data_cached = 0;
	err = fat_load(f, 0);
	if (err)
		return err;
	if (!has_signature(f->data_sector))
		return -ENODEV;
	for (unsigned int i = 0; i < sizeof(table); i++)
		table[i] = f->data_sector[MBR_PARTITIONS + i];
	err = mount_volume(f, 0, f->sectors);
	if (err != -ENODEV)
		return err;

	for (unsigned int i = 0; i < MBR_NR_PARTITIONS; i++) {
		const uint8_t *p = table + i * MBR_PARTITION_SIZE;
		uint32_t start = fat_get32(p + PARTITION_START);
		uint32_t sectors = fat_get32(p + PARTITION_SECTORS);

		if (!is_fat_type(p[PARTITION_TYPE]))
			continue;
		if (!start || start >= f->sectors || sectors > f->sectors - start) {
			err = -EILSEQ;
		} else {
			err = fat_load(f, start);
			if (err)
				return err;
			err = mount_volume(f, start, sectors);
		}
		if (err != -ENODEV && err != -EILSEQ)
			return err;
		if (err == -EILSEQ)
			result = err;
	}
	return result;
}
