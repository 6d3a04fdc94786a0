/* SPDX-License-Identifier: MIT */
/*
 * The server of names: init says which service is called by which handle, and whoever asks
 * for a name gets a copy of that handle. Each copy has a badge of its own, so that a service
 * can tell who calls. Who asks too early, when the machine has just started, is answered
 * when init has said the name, or that there are no more. It has nothing but these handles
 * and its endpoint.
 */
#include <errno.h>
#include <string.h>

#include "services.h"

#define SERVICES_MAX 32
#define WAITING_MAX 16
#define FROM_INIT 0 /* badge; everybody else has one (src/task/services.c) */

static struct entry {
	uint64_t name[3];
	long handle; /* 0: free */
} entries[SERVICES_MAX];

static bool complete; /* there are no others */

/* Who has asked for a name that is not known yet. */
static struct waiting {
	long reply;
	bool waits;
	uint64_t name[3];
} waiting[WAITING_MAX];

static struct entry *find(const uint64_t name[3])
{
	for (int i = 0; i < SERVICES_MAX; i++)
		if (entries[i].handle && !memcmp(entries[i].name, name, sizeof(entries[i].name)))
			return &entries[i];
	return NULL;
}

static long bind(const uint64_t name[3], long handle)
{
	struct entry *e = find(name);

	if (!handle)
		return -EINVAL;
	for (int i = 0; !e && i < SERVICES_MAX; i++)
		if (!entries[i].handle)
			e = &entries[i];
	if (!e)
		return -ENOMEM;
	if (e->handle)
		sys_close(e->handle);
	memcpy(e->name, name, sizeof(e->name));
	e->handle = handle;
	return 0;
}

/* Whoever was asked before us, or init, has given others: each starts where the time is. */
static uint64_t next_badge;

/* A handle for who asks: 0, -ENOENT, or what duplicating says. */
static long give(const uint64_t name[3], struct ipc_message *reply)
{
	struct entry *e = find(name);
	long h = e ? sys_handle_duplicate(e->handle, RIGHT_CALL | RIGHT_DUPLICATE, next_badge++) :
		     -ENOENT;

	if (h < 0)
		return h;
	reply->send = (uint64_t)h;
	return 0;
}

/* Who asks is kept until the name is known: then the 0 is not sent to anybody. */
static long wait_for(const uint64_t name[3])
{
	struct waiting *w = waiting;

	while (w->waits)
		if (++w == waiting + WAITING_MAX)
			return -EAGAIN;
	memcpy(w->name, name, sizeof(w->name));
	w->waits = !sys_reply_keep(w->reply);
	return w->waits ? 0 : -EAGAIN;
}

static void answer_waiting(void)
{
	for (struct waiting *w = waiting; w < waiting + WAITING_MAX; w++) {
		struct ipc_message m = { 0 };

		if (!w->waits || !(complete || find(w->name)))
			continue;
		m.word[0] = (uint64_t)give(w->name, &m);
		lodger_reply(SYS_ipc_reply_to, w->reply, &m);
		w->waits = false;
	}
}

static long from_init(const struct ipc_message *m, long came)
{
	long ret = 0;

	if (m->word[0] == NAMES_COMPLETE)
		complete = true;
	else
		ret = bind(&m->word[1], came);
	answer_waiting();
	return ret;
}

static long answer(const struct ipc_message *m, struct ipc_message *reply)
{
	long came = ipc_handle(m->came, 0), ret;

	switch (m->word[0]) {
	case NAMES_BIND:
	case NAMES_COMPLETE:
		ret = m->badge == FROM_INIT ? from_init(m, came) : -EPERM;
		break;
	case NAMES_FIND:
		ret = complete || find(&m->word[1]) ? give(&m->word[1], reply) :
						      wait_for(&m->word[1]);
		break;
	default:
		ret = -EINVAL;
	}
	if (came && (ret || m->word[0] != NAMES_BIND))
		sys_close(came);
	return ret;
}

int main(void)
{
	next_badge = (lodger_ticks() & 0xffffffffff) << 20;
	for (int i = 0; i < WAITING_MAX; i++)
		waiting[i].reply = sys_reply_create();
	return lodger_serve(1, answer);
}
