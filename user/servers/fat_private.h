/* SPDX-License-Identifier: MIT */
/* What the parts of the FAT reader share with each other, not with its users. */
#pragma once

#include "abi/errno.h"
#include "fat.h"

#define FAT_ENTRY_SIZE 32      /* bytes of a folder's entry */
#define FAT_ENTRIES_MAX 65536U /* of a folder */

/* A sector that is no part of the FAT, in f->data_sector. */
int fat_load(struct fat *f, uint64_t sector) __attribute__((warn_unused_result));

/*
 * The sector of the card that has byte `offset` of a node, and how many sectors of the node
 * follow each other on the card from there on: 1 to max. -ENOENT behind the end of a folder,
 * -EILSEQ where a file's chain ends too early.
 */
int fat_locate(struct fat *f, struct fat_node *n, uint32_t offset, uint32_t max,
	       uint64_t *sector, uint32_t *count) __attribute__((warn_unused_result));

/* Whether the node's chain ends, and where its size says (fat_open). 0 or -EILSEQ. */
int fat_check_chain(struct fat *f, struct fat_node *n) __attribute__((warn_unused_result));

static inline uint32_t fat_get16(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t fat_get32(const uint8_t *p)
{
	return fat_get16(p) | fat_get16(p + 2) << 16;
}

static inline bool fat_is_root(const struct fat *f, const struct fat_node *n)
{
	return n->folder && n->first == f->root_cluster;
}
