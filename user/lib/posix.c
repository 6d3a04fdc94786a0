/* SPDX-License-Identifier: MIT */
/*
 * The file descriptors that picolibc's stdio stands on, so that fopen, fgets
 * and fread work as anywhere. 0, 1 and 2 are the terminal, whatever is closed;
 * every other one is an open file of the archive, read-only, with a position.
 *
 * Locking: files_lock guards which slots are taken and every position. A read
 * copies under it, which is short: the data is memory.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"
#include "syscall.h"

#define FD_FIRST 3
#define OPEN_FILES_MAX 16

struct open_file {
	struct lodger_file file; /* data != NULL: open */
	size_t position;	 /* bytes; may be beyond the end */
};

static struct lodger_lock files_lock;
static struct open_file open_files[OPEN_FILES_MAX]; /* [files_lock] */

static bool is_terminal(int fd)
{
	return fd >= 0 && fd < FD_FIRST;
}

/* The caller holds files_lock. */
static struct open_file *file_of_locked(int fd)
{
	struct open_file *o;

	if (fd < FD_FIRST || fd - FD_FIRST >= OPEN_FILES_MAX)
		return NULL;
	o = &open_files[fd - FD_FIRST];
	return o->file.data ? o : NULL;
}

int open(const char *name, int flags, ...)
{
	struct lodger_file f;
	struct stat st;
	int ret = -EMFILE;

	if (stat(name, &st))
		return errno == ENOENT && flags & O_CREAT ? lodger_fail(-EROFS) : -1;
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return lodger_fail(-EEXIST);
	if (S_ISDIR(st.st_mode)) /* what is in it nobody can ask */
		return lodger_fail(-EISDIR);
	if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC)
		return lodger_fail(-EROFS);
	if (lodger_file_find(name, &f)) /* a link, a device */
		return lodger_fail(-EACCES);
	lodger_lock(&files_lock);
	for (int i = 0; i < OPEN_FILES_MAX; i++) {
		if (open_files[i].file.data)
			continue;
		open_files[i].file = f;
		open_files[i].position = 0;
		ret = i + FD_FIRST;
		break;
	}
	lodger_unlock(&files_lock);
	return ret < 0 ? lodger_fail(ret) : ret;
}

int close(int fd)
{
	struct open_file *o;

	if (is_terminal(fd))
		return 0;
	lodger_lock(&files_lock);
	o = file_of_locked(fd);
	if (o)
		o->file.data = NULL;
	lodger_unlock(&files_lock);
	return o ? 0 : lodger_fail(-EBADF);
}

ssize_t read(int fd, void *buf, size_t len)
{
	struct open_file *o;
	long n = -EBADF;

	if (is_terminal(fd)) {
		n = lodger_terminal_read(buf, len);
		return n < 0 ? lodger_fail(n) : n;
	}
	lodger_lock(&files_lock);
	o = file_of_locked(fd);
	if (o) {
		size_t left = o->position < o->file.size ?
				      o->file.size - o->position : 0;

		if (len > left)
			len = left;
		memcpy(buf, o->file.data + o->position, len);
		o->position += len;
		n = (long)len;
	}
	lodger_unlock(&files_lock);
	return n < 0 ? lodger_fail(n) : n;
}

ssize_t write(int fd, const void *buf, size_t len)
{
	long n;

	if (!is_terminal(fd))
		return lodger_fail(-EBADF);
	lodger_terminal_flush(); /* what printf has begun comes first */
	if (len > IO_MAX)
		len = IO_MAX;
	n = sys_write(HANDLE_TERMINAL, buf, len);
	return n < 0 ? lodger_fail(n) : n;
}

off_t lseek(int fd, off_t offset, int whence)
{
	struct open_file *o;
	off_t base = 0;
	long ret = -EBADF;

	if (is_terminal(fd))
		return lodger_fail(-ESPIPE);
	lodger_lock(&files_lock);
	o = file_of_locked(fd);
	if (o) {
		if (whence == SEEK_CUR)
			base = (off_t)o->position;
		else if (whence == SEEK_END)
			base = (off_t)o->file.size;
		if ((whence != SEEK_SET && whence != SEEK_CUR &&
		     whence != SEEK_END) ||
		    __builtin_add_overflow(base, offset, &ret) || ret < 0)
			ret = -EINVAL;
		else
			o->position = (size_t)ret;
	}
	lodger_unlock(&files_lock);
	return ret < 0 ? lodger_fail(ret) : ret;
}

int fstat(int fd, struct stat *st)
{
	struct open_file *o = NULL;

	if (is_terminal(fd)) {
		memset(st, 0, sizeof(*st));
		st->st_mode = S_IFCHR | 0600;
		st->st_nlink = 1;
		return 0;
	}
	lodger_lock(&files_lock);
	o = file_of_locked(fd);
	if (o)
		lodger_stat_file(st, &o->file);
	lodger_unlock(&files_lock);
	return o ? 0 : lodger_fail(-EBADF);
}

int isatty(int fd)
{
	struct stat st;

	if (is_terminal(fd))
		return 1;
	if (fstat(fd, &st) == 0)
		errno = ENOTTY;
	return 0;
}
