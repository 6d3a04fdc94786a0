/* SPDX-License-Identifier: MIT */
/* The server of the terminal (user/servers/console.h): whole lines of several clients. */
#include "console.h"

#include <errno.h>
#include <string.h>

#include "services.h"

/* What of a line is there. A client is known only while it has begun one. */
static struct line {
	uint64_t badge;
	unsigned int len; /* 0: free */
	uint64_t used_ns; /* when it grew last */
	char text[CONSOLE_LINE_MAX]; /* the newline to come included */
} lines[CONSOLE_CLIENTS_MAX];

static void end(struct line *l)
{
	unsigned int done = 0;

	l->text[l->len++] = '\n';
	while (done < l->len) {
		long n = sys_write(HANDLE_TERMINAL, l->text + done, l->len - done);

		if (n <= 0)
			break; /* without a terminal nobody misses it */
		done += (unsigned int)n;
	}
	l->len = 0;
}

static struct line *oldest(void)
{
	struct line *old = NULL;

	for (int i = 0; i < CONSOLE_CLIENTS_MAX; i++)
		if (lines[i].len && (!old || lines[i].used_ns < old->used_ns))
			old = &lines[i];
	return old;
}

/* The line that this client has begun, or room for one. */
static struct line *line_of(uint64_t badge)
{
	struct line *l = NULL;

	for (int i = 0; i < CONSOLE_CLIENTS_MAX; i++) {
		if (lines[i].len && lines[i].badge == badge)
			return &lines[i];
		if (!lines[i].len)
			l = &lines[i];
	}
	if (!l) {
		l = oldest();
		end(l);
	}
	l->badge = badge;
	return l;
}

static void put(struct line *l, char c)
{
	bool control = ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;

	if (l->len == CONSOLE_LINE_MAX - 1)
		end(l);
	l->text[l->len++] = control ? '?' : c;
}

static void add(uint64_t badge, const char *text, uint64_t bytes)
{
	struct line *l = line_of(badge);

	if (!bytes && l->len)
		end(l);
	for (uint64_t i = 0; i < bytes; i++) {
		if (text[i] == '\n')
			end(l);
		else
			put(l, text[i]);
	}
	l->used_ns = lodger_clock_ns();
}

/* End the lines of who is silent: how long until the next one is. */
static uint64_t end_silent(void)
{
	uint64_t now = lodger_clock_ns();
	struct line *l;

	while ((l = oldest()) != NULL) {
		if (now - l->used_ns < CONSOLE_SILENCE_NS)
			return CONSOLE_SILENCE_NS - (now - l->used_ns);
		end(l);
	}
	return WAIT_FOREVER;
}

static long answer(const struct ipc_message *m)
{
	if (m->word[0] != CONSOLE_WRITE || m->word[1] > CONSOLE_TEXT_MAX)
		return -EINVAL;
	add(m->badge, (const char *)&m->word[2], m->word[1]);
	return 0;
}

int main(void)
{
	struct ipc_message m;
	long err = sys_ipc_receive(HANDLE_SERVICE, &m);

	while (err >= 0 || err == -ETIMEDOUT) {
		uint64_t ret = err < 0 ? 0 : (uint64_t)answer(&m);

		m = (struct ipc_message){ { ret }, 0, 0, 0 };
		err = sys_ipc(SYS_ipc_reply_receive, HANDLE_SERVICE, &m, end_silent());
	}
	return EXIT_ERROR;
}
