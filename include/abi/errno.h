/* SPDX-License-Identifier: MIT */
/*
 * Error numbers of the kernel and of its system calls, which return -errno.
 * The values are those of newlib and picolibc, so that a C library can hand
 * them on as they are.
 */
#pragma once

#ifndef EPERM
#define EPERM 1		/* the handle lacks the right */
#define ENOENT 2	/* no such name */
#define ESRCH 3		/* no such process or thread */
#define EINTR 4		/* the wait was broken off: the caller is to die */
#define EIO 5		/* the device or the terminal refused */
#define ENXIO 6		/* no such device or address */
#define E2BIG 7		/* arguments too long */
#define ENOEXEC 8	/* not a program that can be run here */
#define EBADF 9		/* no such handle, or of another type */
#define EAGAIN 11	/* not now: try again */
#define ENOMEM 12	/* out of memory */
#define EACCES 13	/* it is there, but not for this */
#define EFAULT 14	/* a bad user address */
#define EBUSY 16	/* in use */
#define EEXIST 17	/* there already */
#define ENODEV 19	/* no such device */
#define EINVAL 22	/* an argument is wrong */
#define EMFILE 24	/* handle table full */
#define ENOSPC 28	/* no room */
#define EPIPE 32	/* the other side is gone */
#define ERANGE 34	/* a number is out of range */
#define ENOSYS 88	/* no such system call */
#define ETIMEDOUT 116	/* the deadline passed */
#define EILSEQ 138	/* malformed data */
#define EOVERFLOW 139	/* a value does not fit */
#endif
