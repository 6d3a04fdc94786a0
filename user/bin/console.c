/* SPDX-License-Identifier: MIT */
/*
 * The server of the terminal (user/servers/console.h): whole lines of several clients, and
 * what is typed, for one at a time. While one thread waits for that, the other serves.
 */
#include "console.h"

#include <errno.h>
#include <string.h>

#include "services.h"

static struct lodger_lock lock;	 /* of the lines */
static struct lodger_lock input; /* of who reads */

/* What of a line is there. A client is known only while it has begun one. */
static struct line {
	uint64_t badge;
	unsigned int len; /* 0: free */
	uint64_t used_ns; /* when it grew last */
	char text[CONSOLE_LINE_MAX]; /* the newline to come included */
} lines[CONSOLE_CLIENTS_MAX];

static void show(struct line *l)
{
	unsigned int done = 0;

	while (done < l->len) {
		long n = sys_write(HANDLE_TERMINAL, l->text + done, l->len - done);

		if (n <= 0)
			break; /* without a terminal nobody misses it */
		done += (unsigned int)n;
	}
	l->len = 0;
}

static void end(struct line *l)
{
	l->text[l->len++] = '\n';
	show(l);
}

static struct line *oldest(void)
{
	struct line *old = NULL;

	for (int i = 0; i < CONSOLE_CLIENTS_MAX; i++)
		if (lines[i].len && (!old || lines[i].used_ns < old->used_ns))
			old = &lines[i];
	return old;
}

/* The line that this client has begun, or NULL. */
static struct line *line_of(uint64_t badge)
{
	for (int i = 0; i < CONSOLE_CLIENTS_MAX; i++)
		if (lines[i].len && lines[i].badge == badge)
			return &lines[i];
	return NULL;
}

static struct line *new_line(uint64_t badge)
{
	struct line *l = NULL;

	for (int i = 0; i < CONSOLE_CLIENTS_MAX && !l; i++)
		if (!lines[i].len)
			l = &lines[i];
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
	struct line *l = line_of(badge) ?: new_line(badge);

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
	uint64_t now = lodger_clock_ns(), left = WAIT_FOREVER;
	struct line *l;

	lodger_lock(&lock);
	while (left == WAIT_FOREVER && (l = oldest()) != NULL) {
		if (now - l->used_ns < CONSOLE_SILENCE_NS)
			left = CONSOLE_SILENCE_NS - (now - l->used_ns);
		else
			end(l);
	}
	lodger_unlock(&lock);
	return left;
}

static long write_text(const struct ipc_message *m)
{
	if (m->word[1] > CONSOLE_TEXT_MAX)
		return -EINVAL;
	lodger_lock(&lock);
	add(m->badge, (const char *)&m->word[2], m->word[1]);
	lodger_unlock(&lock);
	return 0;
}

/* We are in the foreground as long as we owe the reply to a client that is. */
static long read_text(uint64_t badge, struct ipc_message *reply)
{
	struct line *question;
	long n;

	if (!lodger_trylock(&input))
		return -EBUSY;
	lodger_lock(&lock);
	question = line_of(badge);
	if (question)
		show(question);
	lodger_unlock(&lock);
	n = sys_read(HANDLE_TERMINAL, &reply->word[2], CONSOLE_TEXT_MAX);
	lodger_unlock(&input);
	if (n < 0)
		return n;
	reply->word[1] = (uint64_t)n;
	return 0;
}

static long answer(const struct ipc_message *m, struct ipc_message *reply)
{
	switch (m->word[0]) {
	case CONSOLE_WRITE:
		return write_text(m);
	case CONSOLE_READ:
		return read_text(m->badge, reply);
	default:
		return -EINVAL;
	}
}

static int serve(void *arg)
{
	struct ipc_message m;
	long err = sys_ipc_receive(HANDLE_SERVICE, &m);

	(void)arg;
	while (err >= 0 || err == -ETIMEDOUT) {
		struct ipc_message reply = { 0 };

		if (err >= 0)
			reply.word[0] = (uint64_t)answer(&m, &reply);
		m = reply;
		err = sys_ipc(SYS_ipc_reply_receive, HANDLE_SERVICE, &m, end_silent());
	}
	return EXIT_ERROR;
}

int main(void)
{
	static struct lodger_thread other;

	if (lodger_thread_create(&other, serve, NULL))
		return EXIT_ERROR;
	return serve(NULL);
}
