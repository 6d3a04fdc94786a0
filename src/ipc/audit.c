/* SPDX-License-Identifier: MIT */
/*
 * The audit of IPC: who waits for whose reply, and who is in which list. In the stopped
 * machine: all of it is changed with interrupts off, so what is seen is consistent.
 */
#include "core/audit.h"
#include "core/smp.h"
#include "ipc/ipc.h"
#include "sched/rq.h"

static unsigned int wrong; /* [machine frozen] */

#define CHECK(cond, t, what)                                                    \
	do {                                                                    \
		if (!(cond)) {                                                  \
			wrong++;                                                \
			audit_report("ipc: %s/%u %s", (t)->name, (t)->id, what); \
		}                                                               \
	} while (0)

static bool lives(const struct task *wanted)
{
	struct task *t;

	list_for_each(t, &task_list, all)
		if (t == wanted)
			return true;
	return false;
}

static void check_frozen(void *arg)
{
	struct task *t;

	list_for_each(t, &task_list, all) {
		struct task *client = t->ipc.caller, *server = t->ipc.partner;

		CHECK(!client || (lives(client) && client->ipc_wait == IPC_REPLY &&
				  client->ipc.partner == t),
		      t, "owes a reply to who waits for none");
		CHECK(t->ipc_wait != IPC_REPLY ||
			      (server ? lives(server) && server->ipc.caller == t :
					t->ipc.at->type == OBJ_REPLY && kept_in(t)->client == t),
		      t, "waits for the reply of who owes it none");
		CHECK(t->ipc_wait != IPC_RECEIVE || *t->ipc.link == t, t,
		      "receives and is in no list");
		CHECK(t->ipc_wait != IPC_SIGNAL || (t->ipc.at->type == OBJ_NOTIFICATION &&
						    !list_empty(&t->ipc.waiter)),
		      t, "waits for a signal and is in no list");
		CHECK(t->prio >= t->base_prio, t, "runs below its own priority");
		CHECK(client || t->prio == t->base_prio, t, "has kept a priority it inherited");
	}
}

static unsigned int ipc_check(void)
{
	wrong = 0;
	smp_freeze(check_frozen, NULL);
	return wrong;
}

struct audit ipc_audit = { .name = "ipc", .run = ipc_check };
