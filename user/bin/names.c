/* SPDX-License-Identifier: MIT */
/*
 * The server of names: init says which service is called by which handle, and whoever asks
 * for a name gets a copy of that handle. Each copy has a badge of its own, so that a service
 * can tell who calls. It has nothing but these handles and its endpoint.
 */
#include <errno.h>
#include <string.h>

#include "services.h"

#define SERVICES_MAX 32
#define FROM_INIT 0 /* badge; everybody else has one (src/task/services.c) */

static struct entry {
	uint64_t name[3];
	long handle; /* 0: free */
} entries[SERVICES_MAX];

static bool complete; /* there are no others */

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

static long answer(const struct ipc_message *m, struct ipc_message *reply)
{
	long came = ipc_handle(m->came, 0), ret;
	struct entry *e;

	if (m->word[0] == NAMES_BIND) {
		ret = m->badge == FROM_INIT ? bind(&m->word[1], came) : -EPERM;
		if (ret && came)
			sys_close(came);
		return ret;
	}
	if (came)
		sys_close(came);
	if (m->word[0] == NAMES_COMPLETE) {
		complete |= m->badge == FROM_INIT;
		return m->badge == FROM_INIT ? 0 : -EPERM;
	}
	if (m->word[0] != NAMES_FIND)
		return -EINVAL;
	e = find(&m->word[1]);
	if (!e)
		return complete ? -ENOENT : -EAGAIN;
	ret = sys_handle_duplicate(e->handle, RIGHT_CALL | RIGHT_DUPLICATE, next_badge++);
	if (ret < 0)
		return ret;
	reply->send = (uint64_t)ret;
	return 0;
}

int main(void)
{
	next_badge = (lodger_ticks() & 0xffffffffff) << 20;
	return lodger_serve(1, answer);
}
