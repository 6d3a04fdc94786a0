/* SPDX-License-Identifier: MIT */
/*
 * From a byte of a file to a sector of the card: a file is a chain of clusters, and the
 * FAT says of each which is the next (Microsoft's FAT specification, 4). Where they happen
 * to follow each other on the card they are read in one go, straight into the caller's
 * memory; only what is no whole sector goes through ours.
 *
 * Why no chain is followed for ever: a file's has been walked when it was opened, for as
 * many clusters as its size needs, and ended just there; a circle would not have. A
 * folder's must end before it has more entries than a folder may have. If the card says
 * something else later, index and size still bound each walk.
 */
#include <string.h>

#include "fat_private.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))

static int load(struct fat *f, uint64_t sector, uint64_t *cached, uint8_t *buf)
{
	int err;

	if (*cached == sector + 1)
		return 0;
	if (sector >= f->sectors)
		return -EILSEQ;
	*cached = 0;
	err = f->read(f->ctx, sector, 1, buf);
	if (err)
		return err;
	*cached = sector + 1;
	return 0;
}

int fat_load(struct fat *f, uint64_t sector)
{
	return load(f, sector, &f->data_cached, f->data_sector);
}

static bool is_cluster(const struct fat *f, uint32_t cluster)
{
	return cluster >= 2 && cluster - 2 < f->clusters;
}

static uint32_t cluster_bytes(const struct fat *f)
{
	return f->cluster_sectors * FAT_SECTOR;
}

/* The one behind `cluster`, which is one; 0: it was the last. */
static int next_cluster(struct fat *f, uint32_t cluster, uint32_t *next)
{
	uint32_t offset = cluster * (f->fat32 ? 4 : 2), value, last;
	const uint8_t *p = f->table_sector + offset % FAT_SECTOR;
	int err = load(f, f->table + offset / FAT_SECTOR, &f->table_cached, f->table_sector);

	if (err)
		return err;
	value = f->fat32 ? fat_get32(p) & 0x0fffffff : fat_get16(p);
	last = f->fat32 ? 0x0ffffff8 : 0xfff8;
	*next = 0;
	if (value >= last)
		return 0;
	*next = value;
	return is_cluster(f, value) ? 0 : -EILSEQ;
}

int fat_check_chain(struct fat *f, struct fat_node *n)
{
	uint32_t bytes = n->folder ? FAT_ENTRIES_MAX * FAT_ENTRY_SIZE : n->size;
	uint32_t max = bytes / cluster_bytes(f) + !!(bytes % cluster_bytes(f));
	uint32_t cluster = n->first, count = 0;
	int err;

	if (!n->folder && !n->size) /* has no cluster (6.7) */
		return n->first ? -EILSEQ : 0;
	if (!is_cluster(f, cluster))
		return -EILSEQ;
	while (cluster) {
		if (count++ == max)
			return -EILSEQ;
		err = next_cluster(f, cluster, &cluster);
		if (err)
			return err;
	}
	return n->folder || count == max ? 0 : -EILSEQ;
}

/* Move the node to cluster `index` of its chain. */
static int seek(struct fat *f, struct fat_node *n, uint32_t index)
{
	uint32_t next;
	int err;

	if (!n->cluster || index < n->index) {
		if (!is_cluster(f, n->first))
			return -EILSEQ;
		n->index = 0;
		n->cluster = n->first;
	}
	while (n->index < index) {
		err = next_cluster(f, n->cluster, &next);
		if (err)
			return err;
		if (!next)
			return n->folder ? -ENOENT : -EILSEQ;
		n->index++;
		n->cluster = next;
	}
	return 0;
}

int fat_locate(struct fat *f, struct fat_node *n, uint32_t offset, uint32_t max,
	       uint64_t *sector, uint32_t *count)
{
	uint32_t inside = offset / FAT_SECTOR % f->cluster_sectors, next;
	int err;

	if (fat_is_root(f, n) && !f->fat32) {
		if (offset / FAT_SECTOR >= f->root_sectors)
			return -ENOENT;
		*sector = f->root + offset / FAT_SECTOR;
		*count = 1;
		return 0;
	}
	err = seek(f, n, offset / cluster_bytes(f));
	if (err)
		return err;
	*sector = f->data + (uint64_t)(n->cluster - 2) * f->cluster_sectors + inside;
	*count = f->cluster_sectors - inside;
	while (*count < max) {
		err = next_cluster(f, n->cluster, &next);
		if (err)
			return err;
		if (next != n->cluster + 1)
			break;
		n->index++;
		n->cluster = next;
		*count += f->cluster_sectors;
	}
	*count = MIN(*count, max);
	return 0;
}

int32_t fat_read(struct fat *f, struct fat_node *file, uint32_t offset, void *buf, uint32_t len)
{
	uint32_t left, count, piece;
	uint8_t *to = buf;
	uint64_t sector;
	int err;

	if (file->folder)
		return -EINVAL;
	if (offset >= file->size)
		return 0;
	len = MIN(MIN(len, file->size - offset), (uint32_t)INT32_MAX);
	for (left = len; left; left -= piece, offset += piece, to += piece) {
		uint32_t skip = offset % FAT_SECTOR;
		bool whole = !skip && left >= FAT_SECTOR;

		err = fat_locate(f, file, offset, whole ? left / FAT_SECTOR : 1, &sector, &count);
		if (err)
			return err;
		if (whole) {
			piece = count * FAT_SECTOR;
			err = f->read(f->ctx, sector, count, to);
		} else {
			piece = MIN(left, FAT_SECTOR - skip);
			err = fat_load(f, sector);
			if (!err)
				memcpy(to, f->data_sector + skip, piece);
		}
		if (err)
			return err;
	}
	return (int32_t)len;
}
