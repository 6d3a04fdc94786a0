/* SPDX-License-Identifier: MIT */
/*
 * newc cpio: what `find | cpio -o -H newc` writes and Linux takes as initramfs.
 *
 * An archive is a row of entries: a header of 110 characters (a magic number
 * and 13 fields of 8 hexadecimal digits), the name with its NUL, zeros up to a
 * multiple of 4 from the start of the archive, the data, zeros again. The entry
 * "TRAILER!!!" ends it. Every entry moves at least one header further on, so
 * each walk ends.
 */
#include "lib/cpio.h"

#include "kernel/errno.h"
#include "lib/string.h"

#define MAGIC "070701"
#define MAGIC_LEN 6
#define TRAILER "TRAILER!!!"

/* Fields of the header, counted behind the magic number. */
enum {
	FIELD_MODE = 1,
	FIELD_FILESIZE = 6,
	FIELD_NAMESIZE = 11, /* with the NUL */
	NR_FIELDS = 13,
};
#define FIELD_LEN 8
#define HEADER_LEN (MAGIC_LEN + NR_FIELDS * FIELD_LEN)

static int parse_field(const u8 *header, int field, u32 *out)
{
	const u8 *p = header + MAGIC_LEN + field * FIELD_LEN;
	u32 value = 0;

	for (int i = 0; i < FIELD_LEN; i++) {
		u32 digit;

		if (p[i] >= '0' && p[i] <= '9')
			digit = p[i] - '0';
		else if (p[i] >= 'a' && p[i] <= 'f')
			digit = p[i] - 'a' + 10;
		else if (p[i] >= 'A' && p[i] <= 'F')
			digit = p[i] - 'A' + 10;
		else
			return -EILSEQ;
		value = value << 4 | digit;
	}
	*out = value;
	return 0;
}

/* Ended by a NUL, or more of them, so that the data begins where one wants it. */
static bool is_name(const char *name, size_t size)
{
	for (size_t i = strnlen(name, size - 1); i < size; i++)
		if (name[i])
			return false;
	return true;
}

/* "./bin/hello" and "/bin/hello" are "bin/hello". */
static const char *skip_root(const char *name)
{
	for (;;) {
		if (name[0] == '/')
			name++;
		else if (name[0] == '.' && name[1] == '/')
			name += 2;
		else
			return name;
	}
}

int cpio_next(const void *archive, size_t size, size_t offset,
	      struct cpio_entry *e)
{
	const u8 *header = (const u8 *)archive + offset;
	u32 name_size, file_size, mode;
	size_t left, data;
	const char *name;

	if (offset >= size)
		return -ENOENT;
	left = size - offset; /* bytes from the header on */
	if (left < HEADER_LEN || memcmp(header, MAGIC, MAGIC_LEN) != 0)
		return -EILSEQ;
	if (parse_field(header, FIELD_MODE, &mode) ||
	    parse_field(header, FIELD_FILESIZE, &file_size) ||
	    parse_field(header, FIELD_NAMESIZE, &name_size))
		return -EILSEQ;

	name = (const char *)header + HEADER_LEN;
	if (name_size == 0 || name_size > left - HEADER_LEN || !is_name(name, name_size))
		return -EILSEQ;
	if (strcmp(name, TRAILER) == 0)
		return -ENOENT;

	data = ALIGN_UP(offset + HEADER_LEN + name_size, 4);
	if (data > size || file_size > size - data)
		return -EILSEQ;

	e->name = skip_root(name);
	e->data = (const u8 *)archive + data;
	e->size = file_size;
	e->mode = mode;
	/* The last entry of an archive may lack its padding. */
	e->next = MIN(ALIGN_UP(data + file_size, 4), size);
	return 0;
}

int cpio_find(const void *archive, size_t size, const char *name,
	      struct cpio_entry *e)
{
	size_t offset = 0;
	int err;

	for (;;) {
		err = cpio_next(archive, size, offset, e);
		if (err)
			return err;
		if (CPIO_IS_FILE(e->mode) && strcmp(e->name, name) == 0)
			return 0;
		offset = e->next;
	}
}
