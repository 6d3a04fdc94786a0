/* SPDX-License-Identifier: MIT */
/*
 * The calling process, and its clock, as POSIX has them. Other processes have handles here
 * (lodger.h), no numbers, so kill() reaches nobody else. There is no clock of the day, and
 * none of a process's time on a CPU: both are the time that has passed, since the counter
 * was at zero and since this program began.
 */
#include <signal.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "private.h"

pid_t getpid(void)
{
	return (pid_t)lodger_info->pid;
}

/* What signal() has said is done, else the process ends with status 128 + sig. */
int kill(pid_t pid, int sig)
{
	void (*handler)(int);

	if (pid != getpid() && pid != 0)
		return lodger_fail(-ESRCH);
	if (sig < 0 || sig >= NSIG)
		return lodger_fail(-EINVAL);
	if (sig == 0)
		return 0;
	handler = signal(sig, SIG_DFL);
	if (handler == SIG_DFL || sig == SIGKILL)
		_exit(128 + sig);
	if (handler == SIG_IGN)
		signal(sig, SIG_IGN);
	else
		handler(sig); /* as in ISO C: once */
	return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	uint64_t ns = lodger_clock_ns();

	(void)zone;
	tv->tv_sec = (time_t)(ns / NSEC_PER_SEC);
	tv->tv_usec = (suseconds_t)(ns % NSEC_PER_SEC / NSEC_PER_USEC);
	return 0;
}

static clock_t clocks(uint64_t ns)
{
	return (clock_t)(ns / (NSEC_PER_SEC / CLOCKS_PER_SEC));
}

clock_t times(struct tms *t)
{
	uint64_t now_ns = lodger_clock_ns();

	if (t)
		*t = (struct tms){ .tms_utime = clocks(now_ns - lodger_started_ns) };
	return clocks(now_ns);
}

unsigned int sleep(unsigned int seconds)
{
	lodger_sleep_ns(seconds * NSEC_PER_SEC);
	return 0;
}

int usleep(useconds_t us)
{
	lodger_sleep_ns(us * NSEC_PER_USEC);
	return 0;
}
