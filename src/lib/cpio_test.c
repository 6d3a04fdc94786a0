/* SPDX-License-Identifier: MIT */
/* Archives made here, byte by byte, then every way of breaking one. */
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/cpio.h"
#include "lib/format.h"
#include "lib/string.h"

#define REGULAR 0100644
#define DIRECTORY 040755

static u8 archive[1024];
static size_t len;

static void pad(void)
{
	while (len % 4)
		archive[len++] = 0;
}

static void add(const char *name, u32 mode, const char *data)
{
	u32 size = (u32)strlen(data), name_size = (u32)strlen(name) + 1;
	char *p = (char *)archive + len;

	fmt_snprintf(p, sizeof(archive) - len,
		     "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08X%08x%08X%08x",
		     1, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name_size, 0);
	memcpy(p + 110, name, name_size);
	len += 110 + name_size;
	pad();
	memcpy(archive + len, data, size);
	len += size;
	pad();
}

/* A name may be padded by NULs, as tools/mkcpio does it. Seen failing with the name's end
 * taken for its first NUL's place. */
TEST(cpio, takes_padded_names)
{
	struct cpio_entry e;

	len = 0;
	add("x\0\0\0\0\0\0", REGULAR, "abc");
	memcpy(archive + 6 + 11 * 8, "00000006", 8);
	memset(archive + 112, 0, 4);
	memcpy(archive + 116, "abc", 3);
	len = 120;
	EXPECT_EQ(cpio_next(archive, len, 0, &e), 0);
	EXPECT_EQ(strcmp(e.name, "x"), 0);
	EXPECT_EQ(memcmp(e.data, "abc", 3), 0);
	EXPECT_EQ(e.next, 120);
}

static void make(void)
{
	len = 0;
	add(".", DIRECTORY, "");
	add("./hello", REGULAR, "Hello, world");
	add("/bin", DIRECTORY, "");
	add(".//bin/x", REGULAR, "abcde");
	add("empty", REGULAR, "");
	add("TRAILER!!!", 0, "");
}

/* Seen failing without skip_root(), and with the size of the name not rounded
 * up to the data. */
TEST(cpio, reads_every_entry)
{
	static const char *const names[] = { ".", "hello", "bin", "bin/x",
					     "empty" };
	static const u32 sizes[] = { 0, 12, 0, 5, 0 };
	struct cpio_entry e;
	size_t offset = 0;

	make();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(cpio_next(archive, len, offset, &e), 0);
		EXPECT_EQ(strcmp(e.name, names[i]), 0);
		EXPECT_EQ(e.size, sizes[i]);
		EXPECT_EQ(CPIO_IS_FILE(e.mode), i == 1 || i >= 3);
		offset = e.next;
	}
	EXPECT_EQ(cpio_next(archive, len, offset, &e), -ENOENT);
	/* Without a trailer the end of the archive is the end. */
	EXPECT_EQ(cpio_next(archive, offset, offset, &e), -ENOENT);
	EXPECT_EQ(cpio_next(archive, 0, 0, &e), -ENOENT);
}

/* Seen failing with directories found too. */
TEST(cpio, finds_files_only)
{
	struct cpio_entry e;

	make();
	EXPECT_EQ(cpio_find(archive, len, "bin/x", &e), 0);
	EXPECT_EQ(e.size, 5);
	EXPECT_EQ(memcmp(e.data, "abcde", 5), 0);
	EXPECT_EQ(cpio_find(archive, len, "bin", &e), -ENOENT);
	EXPECT_EQ(cpio_find(archive, len, "hell", &e), -ENOENT);
	EXPECT_EQ(cpio_find(archive, len, "", &e), -ENOENT);
}

/* Seen failing with the check of file_size left out. Only a cut that leaves
 * whole entries can be taken for a shorter archive. */
TEST(cpio, refuses_every_truncation)
{
	struct cpio_entry e;
	size_t offset = 0, end;

	make();
	EXPECT_EQ(cpio_next(archive, len, 0, &e), 0);
	offset = e.next; /* "hello" */
	EXPECT_EQ(cpio_next(archive, len, offset, &e), 0);
	end = (size_t)(e.data - archive) + e.size;
	for (size_t cut = offset + 1; cut < end; cut++)
		EXPECT_EQ(cpio_find(archive, cut, "nosuch", &e), -EILSEQ);
	EXPECT_EQ(cpio_find(archive, end, "hello", &e), 0);
	EXPECT_EQ(e.next, end);
}

/* Seen failing, one line each, with the respective condition removed; only the
 * fuzzer sees the length of the name unchecked (a read behind the archive). */
TEST(cpio, refuses_malformed_headers)
{
	struct cpio_entry e;

	make();
	archive[5] = '2'; /* "070702" has checksums: not newc as we read it */
	EXPECT_EQ(cpio_next(archive, len, 0, &e), -EILSEQ);
	make();
	archive[6 + 8 + 3] = 'g'; /* mode */
	EXPECT_EQ(cpio_next(archive, len, 0, &e), -EILSEQ);
	make();
	archive[6 + 11 * 8 + 7] = '0'; /* a name of no bytes, not even a NUL */
	EXPECT_EQ(cpio_next(archive, len, 0, &e), -EILSEQ);
	make();
	archive[6 + 11 * 8 + 7] = '1'; /* a name without its NUL */
	EXPECT_EQ(cpio_next(archive, len, 0, &e), -EILSEQ);
	make();
	archive[6 + 11 * 8 + 7] = '4'; /* a NUL inside the name */
	EXPECT_EQ(cpio_next(archive, len, 0, &e), -EILSEQ);
	make();
	memcpy(archive + 6 + 11 * 8, "00000074", 8); /* up to the next entry's data */
	EXPECT_EQ(cpio_next(archive, len, 0, &e), -EILSEQ);
	make();
	memcpy(archive + 6 + 11 * 8, "ffffffff", 8);
	EXPECT_EQ(cpio_next(archive, len, 0, &e), -EILSEQ);
	make();
	memcpy(archive + 6 + 6 * 8, "fffffff0", 8);
	EXPECT_EQ(cpio_next(archive, len, 0, &e), -EILSEQ);
}
