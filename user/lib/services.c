/* SPDX-License-Identifier: MIT */
/* See services.h. */
#include <errno.h>
#include <string.h>

#include "services.h"

#define ANSWER_NS (2 * NSEC_PER_SEC)
#define POLL_NS (5 * NSEC_PER_MSEC)

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
	uint64_t end_ns = lodger_clock_ns() + ANSWER_NS;
	struct ipc_message m;
	long err;

	do {
		m = (struct ipc_message){ { NAMES_FIND }, 0, 0, 0 };
		err = lodger_name_pack(&m.word[1], name);
		if (!err)
			err = sys_ipc_accept(1);
		if (!err)
			err = sys_ipc(SYS_ipc_call, HANDLE_NAMES, &m, ANSWER_NS);
		if (!err)
			err = (long)m.word[0];
		if (err == -EAGAIN) /* the machine has just started */
			lodger_sleep_ns(POLL_NS);
	} while (err == -EAGAIN && lodger_clock_ns() < end_ns);
	return err ? (int)err : (int)ipc_handle(m.came, 0);
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
		err = sys_ipc_reply_receive(HANDLE_SERVICE, &m);
		if (err == -EMFILE) { /* who asked has no room for the handle, and waits on */
			sys_close(ipc_handle(reply.send, 0));
			m = (struct ipc_message){ { (uint64_t)-EMFILE }, 0, 0, 0 };
			err = sys_ipc_reply_receive(HANDLE_SERVICE, &m);
		}
	}
	return EXIT_ERROR;
}
