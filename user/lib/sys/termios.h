/* SPDX-License-Identifier: MIT */
/*
 * The part of POSIX's <termios.h> (which picolibc has only the outside of) that the
 * terminal here can do: lines, or bytes as they are typed. As POSIX has it, tcsetattr does
 * what it can, and tcgetattr tells what that was:
 *
 *	ICANON	edited lines, with ECHO, ISIG and ICRNL; without it never with ECHO
 *	ISIG	Ctrl-C ends the program; else it is read (the third unread one ends it still)
 *	ICRNL	Return is read as '\n'
 *	VMIN	0: read returns 0 after VTIME tenths of a second; else it waits for a byte
 *
 * All else is fixed. The terminal returns to lines when the program has ended.
 */
#pragma once

typedef unsigned int tcflag_t;
typedef unsigned char cc_t;

#define NCCS 8
struct termios {
	tcflag_t c_iflag, c_oflag, c_cflag, c_lflag;
	cc_t c_cc[NCCS];
};

/* c_iflag */
#define BRKINT 0x001
#define IGNBRK 0x002
#define IGNPAR 0x004
#define PARMRK 0x008
#define INPCK 0x010
#define ISTRIP 0x020
#define INLCR 0x040
#define IGNCR 0x080
#define ICRNL 0x100
#define IXON 0x200
#define IXOFF 0x400
#define IXANY 0x800
/* c_oflag */
#define OPOST 0x1
#define ONLCR 0x2
/* c_cflag */
#define CSIZE 0x30
#define CS5 0x00
#define CS6 0x10
#define CS7 0x20
#define CS8 0x30
#define CREAD 0x40
#define PARENB 0x80
#define CSTOPB 0x100
#define CLOCAL 0x200
/* c_lflag */
#define ISIG 0x01
#define ICANON 0x02
#define ECHO 0x04
#define ECHOE 0x08
#define ECHOK 0x10
#define ECHONL 0x20
#define NOFLSH 0x40
#define TOSTOP 0x80
#define IEXTEN 0x100
/* c_cc */
enum { VINTR, VEOF, VERASE, VKILL, VMIN, VTIME, VEOL, VQUIT };

/* The same, all three: what was typed ahead is kept. */
enum { TCSANOW, TCSADRAIN, TCSAFLUSH };

/* 0, or -1 and errno: EBADF, ENOTTY; EIO: not in the foreground. */
int tcgetattr(int fd, struct termios *t);
int tcsetattr(int fd, int action, const struct termios *t);
/* What *t must say for bytes as they come, Ctrl-C among them. */
void cfmakeraw(struct termios *t);
