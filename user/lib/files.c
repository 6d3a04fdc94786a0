/* SPDX-License-Identifier: MIT */
/*
 * Files, without a file system in the kernel: every process finds the archive
 * it was started from (newc cpio, the format of a Linux initramfs) mapped
 * read-only, and looks names up itself.
 *
 * An entry is a header of 110 characters, 13 fields of eight hex digits behind
 * the magic; then the name with its NUL, and perhaps more behind that, padded so that the
 * data begins at a multiple of four; then the data, padded likewise. Anyone may hand over an
 * archive, so no field is believed: every length is checked against what is
 * left before it is added to anything.
 */
#include <string.h>

#include "private.h"

#define HEADER_SIZE 110
#define MAGIC "070701"
#define TRAILER "TRAILER!!!"

enum { FIELD_MODE = 1, FIELD_SIZE = 6, FIELD_NAME_SIZE = 11 };

#define MODE_TYPE 0170000
#define MODE_FILE 0100000

static int hex_field(const uint8_t *header, int field, uint32_t *value)
{
	const uint8_t *p = header + strlen(MAGIC) + 8 * field;

	*value = 0;
	for (int i = 0; i < 8; i++) {
		uint8_t c = p[i] | 0x20; /* lower case; digits stay */

		if (c >= '0' && c <= '9')
			*value = *value << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*value = *value << 4 | (uint32_t)(c - 'a' + 10);
		else
			return -EILSEQ;
	}
	return 0;
}

static size_t align4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

const char *lodger_plain_name(const char *name)
{
	while (name[0] == '/' || (name[0] == '.' && name[1] == '/'))
		name += name[0] == '/' ? 1 : 2;
	return name;
}

int lodger_file_next(size_t *cursor, struct lodger_file *f)
{
	const uint8_t *archive = (const uint8_t *)(uintptr_t)lodger_info->initramfs;
	size_t size = lodger_info->initramfs_len;
	size_t at = *cursor, data;
	uint32_t name_size, file_size;
	const char *name;

	if (at >= size)
		return -ENOENT;
	if (size - at < HEADER_SIZE ||
	    memcmp(archive + at, MAGIC, strlen(MAGIC)) != 0 ||
	    hex_field(archive + at, FIELD_MODE, &f->mode) ||
	    hex_field(archive + at, FIELD_SIZE, &file_size) ||
	    hex_field(archive + at, FIELD_NAME_SIZE, &name_size))
		return -EILSEQ;

	name = (const char *)archive + at + HEADER_SIZE;
	if (name_size > size - at - HEADER_SIZE || strnlen(name, name_size) == name_size)
		return -EILSEQ;
	if (strcmp(name, TRAILER) == 0)
		return -ENOENT;

	data = align4(at + HEADER_SIZE + name_size);
	if (data > size || file_size > size - data)
		return -EILSEQ;
	f->name = lodger_plain_name(name);
	f->data = archive + data;
	f->offset = data;
	f->size = file_size;
	*cursor = align4(data + file_size);
	return 0;
}

int lodger_file_find(const char *name, struct lodger_file *f)
{
	size_t cursor = 0;
	int ret;

	name = lodger_plain_name(name);
	while ((ret = lodger_file_next(&cursor, f)) == 0)
		if ((f->mode & MODE_TYPE) == MODE_FILE &&
		    strcmp(f->name, name) == 0)
			return 0;
	return ret;
}
