/* SPDX-License-Identifier: MIT */
/*
 * What POSIX does by name. The archive is a file system that nobody can write: calls
 * that would change it say EROFS, or that there is nothing to change. It has one root, in
 * which every program works; a folder is an entry of its own, or what names begin with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

void lodger_stat_file(struct stat *st, const struct lodger_file *f)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = (ino_t)f->offset; /* no two files have the same */
	st->st_mode = (mode_t)f->mode;
	st->st_nlink = 1;
	st->st_size = (off_t)f->size;
	st->st_blksize = USER_PAGE_SIZE;
	st->st_blocks = (blkcnt_t)((f->size + 511) / 512);
}

int stat(const char *restrict path, struct stat *restrict st)
{
	const char *name = lodger_plain_name(path);
	struct lodger_file f = { .mode = S_IFDIR | 0555 };
	size_t cursor = 0, len = strlen(name);
	int ret;

	if (!*path)
		return lodger_fail(-ENOENT);
	while (len && name[len - 1] == '/')
		len--;
	if (len == 0 || (len == 1 && name[0] == '.')) {
		lodger_stat_file(st, &f);
		return 0;
	}
	while ((ret = lodger_file_next(&cursor, &f)) == 0) {
		if (strncmp(f.name, name, len) != 0 || (f.name[len] && f.name[len] != '/'))
			continue;
		if (f.name[len])
			f = (struct lodger_file){ .mode = S_IFDIR | 0555, .offset = f.offset };
		if (name[len] && !S_ISDIR(f.mode))
			return lodger_fail(-ENOTDIR);
		lodger_stat_file(st, &f);
		return 0;
	}
	return lodger_fail(ret);
}

int access(const char *path, int mode)
{
	struct stat st;

	if (stat(path, &st))
		return -1;
	if (mode & W_OK)
		return lodger_fail(-EROFS);
	return mode & X_OK && !(st.st_mode & 0111) ? lodger_fail(-EACCES) : 0;
}

int unlink(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : lodger_fail(S_ISDIR(st.st_mode) ? -EISDIR : -EROFS);
}

int rename(const char *from, const char *to)
{
	struct stat st;

	(void)to;
	return stat(from, &st) ? -1 : lodger_fail(-EROFS);
}

int mkdir(const char *path, mode_t mode)
{
	struct stat st;

	(void)mode;
	return lodger_fail(stat(path, &st) ? -EROFS : -EEXIST);
}

char *getcwd(char *buf, size_t size)
{
	if (!buf)
		return strdup("/");
	if (size < sizeof("/")) {
		errno = size ? ERANGE : EINVAL;
		return NULL;
	}
	return strcpy(buf, "/");
}
