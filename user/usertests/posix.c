/* SPDX-License-Identifier: MIT */
/* What POSIX promises to other people's programs (user/lib/posix.c and beside it). */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "usertests.h"

/* The call fails, and says so. */
#define CHECK_ERRNO(call, expected)              \
	do {                                     \
		errno = 0;                       \
		CHECK_EQ(call, -1);              \
		CHECK_EQ(errno, expected);       \
	} while (0)

/* Fails when open promises what a read-only archive cannot keep. */
static void open_errors(const char *part)
{
	int fds[17], n = 0;

	(void)part;
	CHECK_ERRNO(open("no such file", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("no such file", O_WRONLY), ENOENT);
	CHECK_ERRNO(open("no such file", O_WRONLY | O_CREAT, 0644), EROFS);
	CHECK_ERRNO(open("motd", O_WRONLY), EROFS);
	CHECK_ERRNO(open("motd", O_RDWR), EROFS);
	CHECK_ERRNO(open("motd", O_RDONLY | O_TRUNC), EROFS);
	CHECK_ERRNO(open("motd", O_RDONLY | O_CREAT | O_EXCL, 0644), EEXIST);
	CHECK_ERRNO(open("/", O_RDONLY), EISDIR);
	CHECK_ERRNO(open("motd/x", O_RDONLY), ENOENT);
	while (n < 17 && (fds[n] = open("./motd", O_RDONLY | O_CREAT, 0644)) >= 0)
		n++;
	CHECK_EQ(n, 16);
	CHECK_EQ(errno, EMFILE);
	while (n > 0)
		CHECK_EQ(close(fds[--n]), 0);
	CHECK_ERRNO(close(fds[0]), EBADF);
	CHECK_ERRNO(close(-1), EBADF);
}

/* Fails when a position is lost, or a descriptor that is none is taken for one. */
static void positions(const char *part)
{
	char a[4] = "", b[4] = "";
	struct stat st;
	int fd = open("motd", O_RDONLY);

	(void)part;
	CHECK(fd >= 3);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK(S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_size > 8);
	CHECK_EQ(read(fd, a, 4), 4);
	CHECK_EQ(lseek(fd, -2, SEEK_CUR), 2);
	CHECK_EQ(read(fd, b, 2), 2);
	CHECK(memcmp(a + 2, b, 2) == 0);
	CHECK_EQ(lseek(fd, 5, SEEK_END), st.st_size + 5);
	CHECK_EQ(read(fd, b, 1), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERRNO(lseek(fd, 0, 3), EINVAL);
	CHECK_ERRNO(lseek(0, 0, SEEK_SET), ESPIPE);
	CHECK_ERRNO(lseek(77, 0, SEEK_SET), EBADF);
	CHECK_ERRNO(write(fd, "x", 1), EBADF);
	CHECK_ERRNO(write(77, "x", 1), EBADF);
	CHECK_ERRNO(read(77, b, 1), EBADF);
	CHECK_ERRNO(fstat(77, &st), EBADF);
	errno = 0;
	CHECK(!isatty(fd) && errno == ENOTTY);
	CHECK(!isatty(77) && errno == EBADF);
	CHECK(isatty(0) && isatty(1) && isatty(2));
	CHECK_EQ(fstat(1, &st), 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(fileno(stdin) + 10 * fileno(stdout) + 100 * fileno(stderr), 210);
	CHECK_EQ(close(fd), 0);
}

/* Fails when a name means one thing to stat and another to open, access or unlink. */
static void names(const char *part)
{
	struct stat st, same;
	char cwd[4] = "";

	(void)part;
	CHECK_EQ(stat("motd", &st), 0);
	CHECK_EQ(stat("/motd", &same), 0);
	CHECK(S_ISREG(st.st_mode) && st.st_ino == same.st_ino && st.st_size == same.st_size);
	CHECK_EQ(stat(".", &st), 0);
	CHECK(S_ISDIR(st.st_mode));
	CHECK_ERRNO(stat("mot", &st), ENOENT);
	CHECK_ERRNO(stat("motd/", &st), ENOTDIR);
	CHECK_EQ(access("motd", R_OK), 0);
	CHECK_EQ(access("usertests", R_OK | X_OK), 0);
	CHECK_ERRNO(access("motd", X_OK), EACCES);
	CHECK_ERRNO(access("motd", W_OK), EROFS);
	CHECK_ERRNO(access("no such file", F_OK), ENOENT);
	CHECK_ERRNO(unlink("motd"), EROFS);
	CHECK_ERRNO(unlink("."), EISDIR);
	CHECK_ERRNO(unlink("no such file"), ENOENT);
	CHECK_ERRNO(rename("motd", "x"), EROFS);
	CHECK_ERRNO(rename("no such file", "x"), ENOENT);
	CHECK_ERRNO(mkdir("x", 0755), EROFS);
	CHECK_ERRNO(mkdir("motd", 0755), EEXIST);
	CHECK(getcwd(cwd, sizeof(cwd)) == cwd && strcmp(cwd, "/") == 0);
	errno = 0;
	CHECK(!getcwd(cwd, 1) && errno == ERANGE);
}

/* Fails when time stands still, or two clocks disagree. */
static void clocks(const char *part)
{
	struct timeval before, after;
	struct tms t;
	clock_t began = times(&t);
	int64_t us;

	(void)part;
	CHECK(t.tms_utime <= began);
	CHECK_EQ(gettimeofday(&before, NULL), 0);
	CHECK_EQ(usleep(20000), 0);
	CHECK_EQ(gettimeofday(&after, NULL), 0);
	us = (after.tv_sec - before.tv_sec) * 1000000L + after.tv_usec - before.tv_usec;
	CHECK(us >= 20000 && us < 60000000);
	CHECK(times(NULL) - began >= CLOCKS_PER_SEC / 50);
	CHECK(time(NULL) >= before.tv_sec && clock() > 0);
}

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	caught = sig;
}

/* Fails when a signal to oneself does not do what signal() said, or reaches others. */
static void signals(const char *part)
{
	if (part) {
		CHECK_EQ(kill(getpid(), SIGTERM), 0);
		test_fail(__FILE__, __LINE__, "still here");
	}
	CHECK_EQ(kill(getpid(), 0), 0);
	CHECK_ERRNO(kill(getpid() + 1, 0), ESRCH);
	CHECK_ERRNO(kill(getpid(), 999), EINVAL);
	CHECK(signal(SIGTERM, on_signal) == SIG_DFL);
	CHECK_EQ(kill(getpid(), SIGTERM), 0);
	CHECK_EQ(caught, SIGTERM);
	CHECK(signal(SIGTERM, SIG_IGN) == SIG_DFL); /* one signal, one handler */
	CHECK_EQ(kill(0, SIGTERM), 0);
	CHECK_EQ(raise(SIGTERM), 0);
	CHECK_EQ(test_child_status("posix.signals", "default"), 128 + SIGTERM);
}

/* Fails when the environment does not arrive, or more of it is believed than there is. */
static void environment(const char *part)
{
	static const char strings[] = "exit\0A=1";
	struct spawn_args args = { .args = (uintptr_t)strings, .args_len = sizeof(strings),
				   .argc = 1, .envc = 2 };
	struct lodger_file f;
	long child;

	if (part) {
		CHECK(strcmp(getenv("COLOUR"), "a=b") == 0);
		CHECK(strcmp(getenv("EMPTY"), "") == 0 && !getenv("GONE"));
		CHECK_EQ(lodger_info->envc, 2);
		return;
	}
	CHECK(lodger_info->envc == 0 && environ[0] == NULL);
	CHECK_EQ(setenv("GONE", "1", 1), 0);
	CHECK_EQ(setenv("COLOUR", "a=b", 1), 0);
	CHECK_EQ(setenv("EMPTY", "", 1), 0);
	CHECK_EQ(unsetenv("GONE"), 0);
	CHECK_EQ(test_child_status("posix.environment", "child"), EXIT_OK);

	CHECK_EQ(lodger_file_find("exit", &f), 0);
	CHECK_EQ(sys_spawn(HANDLE_INITRAMFS, f.offset, f.size, &args), -EINVAL);
	args.envc = 0;
	CHECK_EQ(sys_spawn(HANDLE_INITRAMFS, f.offset, f.size, &args), -EINVAL);
	args.envc = UINT64_MAX;
	CHECK_EQ(sys_spawn(HANDLE_INITRAMFS, f.offset, f.size, &args), -E2BIG);
	args.envc = 1;
	child = sys_spawn(HANDLE_INITRAMFS, f.offset, f.size, &args);
	CHECK(child > 0);
	CHECK_EQ(lodger_wait((int)child, WAIT_FOREVER, NULL), 0);
}

/* Fails when a mode that means nothing is taken, or by whom it does not belong to. */
static void terminal_mode(const char *part)
{
	struct termios t;

	(void)part;
	CHECK_EQ(sys_terminal_mode(HANDLE_SELF, TERMINAL_LINE), -EBADF);
	CHECK_EQ(sys_terminal_mode(HANDLE_TERMINAL, TERMINAL_SIGNALS), -EINVAL);
	CHECK_EQ(sys_terminal_mode(HANDLE_TERMINAL, TERMINAL_TENTHS(1)), -EINVAL);
	CHECK_EQ(sys_terminal_mode(HANDLE_TERMINAL, TERMINAL_RAW | 8), -EINVAL);
	CHECK_EQ(sys_terminal_mode(HANDLE_TERMINAL, UINT64_MAX), -EINVAL);
	CHECK_ERRNO(tcgetattr(77, &t), EBADF);
	CHECK_EQ(tcgetattr(0, &t), 0);
	CHECK(t.c_lflag & ICANON && t.c_iflag & ICRNL);
}

const struct test posix_tests[] = {
	{ "posix.open_errors", open_errors },
	{ "posix.positions", positions },
	{ "posix.names", names },
	{ "posix.clocks", clocks },
	{ "posix.signals", signals },
	{ "posix.environment", environment },
	{ "posix.terminal_mode", terminal_mode },
	{ NULL, NULL },
};
