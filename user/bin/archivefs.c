/* SPDX-License-Identifier: MIT */
/*
 * The server of the archive's files (user/servers/files.h), for who has not the archive
 * itself. A file that begins on a page of it, as programs do (tools/mkcpio), is a clone of
 * its pages: they are shared, but for the last one, which is written to hold nothing of
 * the next file. Any other is a copy.
 *
 * Who opens a file that is known here gets the same memory, to read. So many are known; what
 * has made room for another lives on with who has it, and is made anew for who opens it.
 *
 * The archive has no folders, only names with slashes in them: a folder's list has all that
 * is below it.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "file_server.h"
#include "services.h"

#define KNOWN_MAX 128

static struct known {
	size_t offset; /* in the archive; 0: none */
	long memory;
} known[KNOWN_MAX];

/* The one place where a file can be: pages of the archive are as good as bytes to tell. */
static struct known *place_of(size_t offset)
{
	return &known[(offset / USER_PAGE_SIZE ^ offset) % KNOWN_MAX];
}

/* A handle of memory with the file in it, and zeros behind. */
static long memory_with(const struct lodger_file *f)
{
	bool clone = f->size > 0 && f->offset % USER_PAGE_SIZE == 0;
	uint64_t whole = (f->size + USER_PAGE_SIZE - 1) & -(uint64_t)USER_PAGE_SIZE;
	long memory, at;

	if (!whole)
		whole = USER_PAGE_SIZE;
	memory = clone ? sys_memory_clone(HANDLE_INITRAMFS, f->offset, whole) :
			 sys_memory_create(whole);
	if (memory < 0 || (clone && f->size == whole))
		return memory;
	at = sys_vm_map(memory, 0, whole, PROT_READ | PROT_WRITE, 0);
	if (at < 0) {
		sys_close(memory);
		return at;
	}
	if (clone)
		memset((uint8_t *)at + f->size, 0, whole - f->size);
	else
		memcpy((uint8_t *)at, f->data, f->size);
	sys_vm_unmap((uint64_t)at, whole);
	return memory;
}

static long open_file(const char *path, uint64_t *size)
{
	struct lodger_file f;
	long err = lodger_file_find(path, &f);
	struct known *k;

	if (err)
		return err;
	k = place_of(f.offset);
	if (k->offset != f.offset) {
		long memory = memory_with(&f);

		if (memory < 0)
			return memory;
		if (k->offset)
			sys_close(k->memory);
		*k = (struct known){ f.offset, memory };
	}
	*size = f.size;
	return sys_handle_duplicate(k->memory, RIGHT_READ | RIGHT_SPAWN | RIGHT_DUPLICATE, 0);
}

static long list(const char *folder, uint64_t *cursor, struct file_entry *e)
{
	struct lodger_file f;
	size_t at = *cursor, len;
	int err;

	folder += strspn(folder, "/");
	len = strlen(folder);
	while (len > 0 && folder[len - 1] == '/')
		len--;
	while ((err = lodger_file_next(&at, &f)) == 0) {
		if (!S_ISREG(f.mode) || strncmp(f.name, folder, len) != 0 ||
		    (len > 0 && f.name[len] != '/'))
			continue;
		*e = (struct file_entry){ f.name + len + (len > 0), f.size, false };
		*cursor = at;
		return 0;
	}
	return err;
}

int main(void)
{
	static const struct file_server server = { open_file, list, NULL };

	return file_server_run(&server);
}
