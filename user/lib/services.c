/* SPDX-License-Identifier: MIT */
/* See services.h. */
#include <errno.h>
#include <string.h>

#include "services.h"

#define ANSWER_NS (2 * NSEC_PER_SEC)

int lodger_name_pack(uint64_t word[3], const char *name)
{
	if (strlen(name) >= SERVICE_NAME_MAX)
		return -EINVAL;
	memset(word, 0, SERVICE_NAME_MAX);
	memcpy(word, name, strlen(name));
	return 0;
}

void lodger_name_unpack(char name[SERVICE_NAME_MAX], const uint64_t word[3])
{
	memcpy(name, word, SERVICE_NAME_MAX);
	name[SERVICE_NAME_MAX - 1] = '\0';
}

int lodger_service(const char *name)
{
	struct ipc_message m = { { NAMES_FIND }, 0, 0, 0 };
	long err = lodger_name_pack(&m.word[1], name);

	if (!err)
		err = sys_ipc_accept(1);
	if (!err)
		err = sys_ipc(SYS_ipc_call, HANDLE_NAMES, &m, ANSWER_NS);
	if (!err)
		err = (long)m.word[0];
	return err ? (int)err : (int)ipc_handle(m.came, 0);
}

long lodger_reply(long how, long h, struct ipc_message *m)
{
	long handle = ipc_handle(m->send, 0);
	long err = sys_ipc(how, h, m, WAIT_FOREVER);

	if (err == -EMFILE) { /* who asked has no room for the handle, and waits on */
		sys_close(handle);
		*m = (struct ipc_message){ { (uint64_t)-EMFILE }, 0, 0, 0 };
		err = sys_ipc(how, h, m, WAIT_FOREVER);
	}
	return err;
}

int lodger_serve(unsigned int handles,
		 long (*answer)(const struct ipc_message *m, struct ipc_message *reply))
{
	struct ipc_message m = { 0 };
	long err = sys_ipc_accept(handles);

	if (!err)
		err = sys_ipc_receive(HANDLE_SERVICE, &m);
	while (err >= 0) {
		struct ipc_message reply = { 0 };
		long ret = answer(&m, &reply);

		if (ret)
			reply = (struct ipc_message){ { (uint64_t)ret }, 0, 0, 0 };
		m = reply;
		err = lodger_reply(SYS_ipc_reply_receive, HANDLE_SERVICE, &m);
	}
	return EXIT_ERROR;
}
