/* SPDX-License-Identifier: MIT */
/* See file_server.h. */
#include "file_server.h"

#include <errno.h>
#include <string.h>

#include "attached.h"
#include "files.h"
#include "services.h"

static struct attached clients[ATTACHED_MAX];

/* A path of the client's, in buf. */
static long get_path(const struct attached *a, uint64_t len, char *buf)
{
	if (!a)
		return -ENOTCONN;
	if (len >= FILES_MEMORY || len > a->size)
		return -EINVAL;
	memcpy(buf, a->at, len);
	buf[len] = '\0';
	return strlen(buf) == len ? 0 : -EINVAL;
}

static long open_file(const struct file_server *s, const char *path, struct ipc_message *reply)
{
	long h = s->open(path, &reply->word[1]);

	if (h < 0)
		return h;
	reply->send = (uint64_t)h;
	return 0;
}

static long list(const struct file_server *s, const char *path, uint64_t cursor,
		 struct attached *a, struct ipc_message *reply)
{
	struct file_entry e;
	long err = s->list(path, &cursor, &e);
	size_t len = err ? 0 : strlen(e.name);

	if (err || len > a->size)
		return err ? err : -EINVAL;
	memcpy(a->at, e.name, len);
	reply->word[1] = len;
	reply->word[2] = cursor;
	reply->word[3] = e.size;
	reply->word[4] = e.folder;
	return 0;
}

static const struct file_server *s; /* [I] once it runs */

static long answer(const struct ipc_message *m, struct ipc_message *reply)
{
	static char path[FILES_MEMORY];
	long came = ipc_handle(m->came, 0), err;
	struct attached *a;

	if (m->word[0] == FILES_ATTACH && came)
		return attached_add(clients, m->badge, came, FILES_MEMORY);
	if (came)
		sys_close(came);
	if (m->badge & FILE_SERVER_PAGER)
		return s->page_in ? s->page_in(m->badge, m->word[1]) : -EINVAL;
	if (m->word[0] != FILES_OPEN && m->word[0] != FILES_LIST)
		return -EINVAL;
	a = attached_find(clients, m->badge);
	err = get_path(a, m->word[1], path);
	if (err)
		return err;
	return m->word[0] == FILES_OPEN ? open_file(s, path, reply) :
					  list(s, path, m->word[2], a, reply);
}

int file_server_run(const struct file_server *server)
{
	s = server;
	return lodger_serve(1, answer);
}
