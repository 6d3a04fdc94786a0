/* SPDX-License-Identifier: MIT */
/*
 * Folders: a row of entries of 32 bytes (Microsoft's FAT specification, 6). A long name
 * stands in entries of its own before the one it belongs to, its last piece first (7); a
 * checksum of the short name says that it still does. If it does not, whoever renamed the
 * file knew nothing of long names, and the short name is the right one: no error.
 */
#include <string.h>

#include "fat_private.h"

/* An entry: offsets. */
#define ENTRY_NAME 0 /* eight and three bytes, filled up with blanks */
#define   NAME_LEN 11
#define   NAME_END 0x00	 /* first byte: neither this entry nor one behind it is used */
#define   NAME_FREE 0xe5 /* first byte: not used */
#define ENTRY_ATTRIBUTES 11
#define   ATTRIBUTE_LABEL 0x08
#define   ATTRIBUTE_FOLDER 0x10
#define   ATTRIBUTE_LONG 0x0f /* under this mask: */
#define   ATTRIBUTE_LONG_MASK 0x3f
#define ENTRY_CASE 12 /* as Windows NT uses it: parts of the name that are in lower case */
#define   CASE_BASE 0x08
#define   CASE_EXTENSION 0x10
#define ENTRY_FIRST_HIGH 20 /* FAT32 */
#define ENTRY_FIRST_LOW 26
#define ENTRY_SIZE 28

/* An entry that is a piece of a long name: offsets. */
#define LONG_ORDER 0
#define   ORDER_LAST 0x40
#define LONG_CHECKSUM 13

#define PIECE_UNITS 13
#define LONG_PIECES 20
#define LONG_UNITS_MAX 255

struct long_name {
	uint8_t order; /* of the piece seen last; 1: complete, 0: none */
	uint8_t checksum;
	uint16_t units[LONG_PIECES * PIECE_UNITS + 1]; /* UTF-16; ends with 0 */
};

static uint8_t name_checksum(const uint8_t *name)
{
	uint8_t sum = 0;

	for (int i = 0; i < NAME_LEN; i++)
		sum = (uint8_t)((sum << 7 | sum >> 1) + name[i]);
	return sum;
}

static void long_name_piece(struct long_name *l, const uint8_t *raw)
{
	static const uint8_t at[PIECE_UNITS] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
	uint8_t order = raw[LONG_ORDER];

	if (order & ORDER_LAST) {
		order &= (uint8_t)~ORDER_LAST;
		if (order <= LONG_PIECES)
			l->units[order * PIECE_UNITS] = 0;
		l->checksum = raw[LONG_CHECKSUM];
	} else if (order + 1 != l->order || raw[LONG_CHECKSUM] != l->checksum) {
		order = 0;
	}
	l->order = order <= LONG_PIECES ? order : 0;
	for (int i = 0; l->order && i < PIECE_UNITS; i++)
		l->units[(order - 1) * PIECE_UNITS + i] = (uint16_t)fat_get16(raw + at[i]);
}

/* No path can be broken by a name, and no terminal (7.4; control characters). */
static uint32_t harmless(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == '/' || c == '\\' ? '?' : c;
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

/* False: it is empty, longer than a name may be, or "." or "..". */
static bool put_long_name(char *name, const uint16_t *units)
{
	char *to = name;
	unsigned int i;

	for (i = 0; units[i]; i++) {
		uint32_t c = units[i];

		if (i == LONG_UNITS_MAX)
			return false;
		if (c >= 0xd800 && c < 0xdc00 && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000 &&
		    i + 1 < LONG_UNITS_MAX)
			c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00U);
		else if (c >= 0xd800 && c < 0xe000)
			c = 0xfffd; /* half of a pair */
		to = put_utf8(to, harmless(c));
	}
	*to = '\0';
	return strcmp(name, "") && strcmp(name, ".") && strcmp(name, "..");
}

static char *put_part(char *to, const uint8_t *part, unsigned int len, bool lower)
{
	while (len && part[len - 1] == ' ')
		len--;
	for (unsigned int i = 0; i < len; i++) {
		uint8_t c = part[i] < 0x80 ? (uint8_t)harmless(part[i]) : '?';

		*to++ = (char)(lower && c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	return to;
}

static void put_short_name(char *to, const uint8_t *raw, uint8_t lower)
{
	char *start = to, *dot;

	to = put_part(to, raw, 8, lower & CASE_BASE);
	if (to == start)
		*to++ = '?'; /* only blanks: may not be (6.1) */
	dot = to++;
	to = put_part(to, raw + 8, 3, lower & CASE_EXTENSION);
	*dot = '.';
	*(to == dot + 1 ? dot : to) = '\0';
}

static uint32_t first_cluster(const struct fat *f, const uint8_t *raw)
{
	return fat_get16(raw + ENTRY_FIRST_LOW) |
	       (f->fat32 ? fat_get16(raw + ENTRY_FIRST_HIGH) << 16 : 0);
}

static void fill_entry(const struct fat *f, struct fat_entry *e, const uint8_t *raw,
		       const struct long_name *l)
{
	e->folder = raw[ENTRY_ATTRIBUTES] & ATTRIBUTE_FOLDER;
	e->size = e->folder ? 0 : fat_get32(raw + ENTRY_SIZE);
	e->first = first_cluster(f, raw);
	put_short_name(e->short_name, raw + ENTRY_NAME, 0);
	if (l->order != 1 || l->checksum != name_checksum(raw + ENTRY_NAME) ||
	    !put_long_name(e->name, l->units))
		put_short_name(e->name, raw + ENTRY_NAME, raw[ENTRY_CASE]);
}

/* The entry of that number, in f->data_sector. */
static int load_entry(struct fat *f, struct fat_node *folder, uint32_t number, const uint8_t **raw)
{
	uint32_t offset = number * FAT_ENTRY_SIZE, count;
	uint64_t sector;
	int err;

	if (number >= FAT_ENTRIES_MAX)
		return -EILSEQ;
	err = fat_locate(f, folder, offset, 1, &sector, &count);
	if (!err)
		err = fat_load(f, sector);
	*raw = f->data_sector + offset % FAT_SECTOR;
	return err;
}

int fat_list(struct fat *f, struct fat_node *folder, uint32_t *cursor, struct fat_entry *e)
{
	struct long_name l;
	const uint8_t *raw;
	int err;

	if (!folder->folder)
		return -EINVAL;
	for (l.order = 0;; ++*cursor) {
		err = load_entry(f, folder, *cursor, &raw);
		if (err)
			return err;
		if (raw[ENTRY_NAME] == NAME_END)
			return -ENOENT;
		if (raw[ENTRY_NAME] == NAME_FREE)
			l.order = 0;
		else if ((raw[ENTRY_ATTRIBUTES] & ATTRIBUTE_LONG_MASK) == ATTRIBUTE_LONG)
			long_name_piece(&l, raw);
		else if ((raw[ENTRY_ATTRIBUTES] & ATTRIBUTE_LABEL) || raw[ENTRY_NAME] == '.')
			l.order = 0;
		else
			break;
	}
	fill_entry(f, e, raw, &l);
	++*cursor;
	return 0;
}

/* ---- paths ---- */

static bool same_name(const char *name, const char *path, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char a = name[i], b = path[i];

		if (a >= 'A' && a <= 'Z')
			a |= 0x20;
		if (b >= 'A' && b <= 'Z')
			b |= 0x20;
		if (a != b)
			return false; /* at the latest where name ends */
	}
	return !name[len];
}

/*
 * A folder's first two entries name itself and its parent (6.5), the root by 0. If it is
 * found in another folder, or under a file's cluster, the tree is none.
 */
static int check_parent(struct fat *f, struct fat_node *n, const struct fat_node *parent)
{
	static const uint8_t name[2][NAME_LEN + 1] = { ".          ", "..         " };

	for (uint32_t i = 0; i < 2; i++) {
		const struct fat_node *expected = i ? parent : n;
		uint32_t first = fat_is_root(f, expected) ? 0 : expected->first, found;
		const uint8_t *raw;
		int err = load_entry(f, n, i, &raw);

		if (err)
			return err == -ENOENT ? -EILSEQ : err;
		/* Some write the number of a FAT32's root cluster. */
		found = first_cluster(f, raw);
		if (f->fat32 && found == f->root_cluster)
			found = 0;
		if (memcmp(raw + ENTRY_NAME, name[i], NAME_LEN) || found != first ||
		    !(raw[ENTRY_ATTRIBUTES] & ATTRIBUTE_FOLDER))
			return -EILSEQ;
	}
	return 0;
}

static int enter(struct fat *f, struct fat_node *n, const struct fat_entry *e)
{
	struct fat_node parent = *n;
	int err;

	*n = (struct fat_node){ .first = e->first, .size = e->size, .folder = e->folder };
	if (n->folder && fat_is_root(f, n))
		return -EILSEQ;
	err = fat_check_chain(f, n);
	return !err && n->folder ? check_parent(f, n, &parent) : err;
}

int fat_open(struct fat *f, const char *path, struct fat_node *n)
{
	struct fat_entry e;

	*n = (struct fat_node){ .first = f->root_cluster, .folder = true };
	for (;;) {
		uint32_t cursor = 0;
		size_t len;
		int err;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (!len)
			return 0;
		if (!n->folder || len > FAT_NAME_MAX)
			return -ENOENT;
		do {
			err = fat_list(f, n, &cursor, &e);
			if (err)
				return err;
		} while (!same_name(e.name, path, len) && !same_name(e.short_name, path, len));
		err = enter(f, n, &e);
		if (err)
			return err;
		path += len;
	}
}
