/* SPDX-License-Identifier: MIT */
/* How the terminal is read, in the words of POSIX; see sys/termios.h. */
#include <termios.h>
#include <unistd.h>

#include "private.h"
#include "syscall.h"

#define LINE_LFLAG (ISIG | ICANON | ECHO | ECHOE | ECHOK)

/* What this process has set; a program starts with lines. */
static struct termios now = {
	.c_iflag = ICRNL,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = CS8 | CREAD | CLOCAL,
	.c_lflag = LINE_LFLAG,
	.c_cc = { [VINTR] = 3, [VEOF] = 4, [VERASE] = 0x7f, [VKILL] = 0x15, [VMIN] = 1 },
};

int tcgetattr(int fd, struct termios *t)
{
	if (!isatty(fd))
		return -1;
	*t = now;
	return 0;
}

int tcsetattr(int fd, int action, const struct termios *t)
{
	uint64_t mode = TERMINAL_LINE;
	long ret;

	(void)action;
	if (!isatty(fd))
		return -1;
	if (!(t->c_lflag & ICANON)) {
		mode = TERMINAL_RAW;
		if (t->c_lflag & ISIG)
			mode |= TERMINAL_SIGNALS;
		if (t->c_cc[VMIN] == 0)
			mode |= TERMINAL_TIMED | TERMINAL_TENTHS((uint64_t)t->c_cc[VTIME]);
	}
	ret = sys_terminal_mode(HANDLE_TERMINAL, mode);
	if (ret < 0)
		return lodger_fail(ret);
	now.c_iflag = mode ? t->c_iflag & ICRNL : ICRNL;
	now.c_lflag = mode ? t->c_lflag & ISIG : LINE_LFLAG;
	now.c_cc[VMIN] = t->c_cc[VMIN] ? 1 : 0;
	now.c_cc[VTIME] = t->c_cc[VTIME];
	lodger_terminal_icrnl = mode && t->c_iflag & ICRNL;
	return 0;
}

void cfmakeraw(struct termios *t)
{
	t->c_iflag = 0;
	t->c_oflag &= ~(tcflag_t)OPOST;
	t->c_lflag = 0;
	t->c_cflag = (t->c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
	t->c_cc[VMIN] = 1;
	t->c_cc[VTIME] = 0;
}
