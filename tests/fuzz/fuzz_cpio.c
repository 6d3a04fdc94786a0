/* SPDX-License-Identifier: MIT */
/* cpio: every entry lies inside the archive, and every walk gets on. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "lib/cpio.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct cpio_entry e, found;
	size_t offset = 0;
	int err;

	while (!(err = cpio_next(data, size, offset, &e))) {
		MUST(inside(e.name, 1, data, size));
		MUST(inside(e.name, strlen(e.name) + 1, data, size));
		MUST(e.name[0] != '/' && strncmp(e.name, "./", 2) != 0);
		MUST(inside(e.data, e.size, data, size));
		MUST(e.data >= data + offset + 110);
		MUST(e.next > offset && e.next <= size);
		MUST(e.data + e.size <= data + e.next);
		if (CPIO_IS_FILE(e.mode)) {
			/* Found by its name: this one, or one before it. */
			MUST(cpio_find(data, size, e.name, &found) == 0);
			MUST(found.next <= e.next);
			MUST(strcmp(found.name, e.name) == 0);
		}
		offset = e.next;
	}
	MUST(err == -ENOENT || err == -EILSEQ);
	/* A name that no entry can have leads to the same end. */
	MUST(cpio_find(data, size, "/", &found) == err);
	return 0;
}
