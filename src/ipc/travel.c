/* SPDX-License-Identifier: MIT */
/*
 * Handles that go along with a message. The sender packs them before it takes ipc_lock, who
 * receives the message gets the parcel with it, and unpacks it once its wait is over. Where
 * it puts them it has reserved before (ipc_accept).
 */
#include "abi/lodger.h"
#include "ipc/endpoint.h"
#include "ipc/handle.h"
#include "ipc/ipc.h"
#include "kernel/errno.h"
#include "lib/string.h"

/* What comes with it, and is there room for it? [ipc_lock] */
bool ipc_has_room(const struct task *to, const struct task *from)
{
	return !from->ipc.out || from->ipc.out->count <= to->ipc.nr_room;
}

/* Pack what x10 says. 0, or -EBADF, -ENOMEM. */
int ipc_pack(struct task *t, u64 numbers)
{
	int err = parcel_pack(t->handles, numbers, &t->ipc.out);

	if (!err && t->ipc.out) {
		t->ipc_slow = 1;
		t->ipc.nr_sent = t->ipc.out->count;
		memcpy(t->ipc.sent, t->ipc.out->from, sizeof(t->ipc.sent));
	}
	return err;
}

/* As many numbers as t is to have; what fails is tried again next time. 0, -EMFILE, -ENOMEM,
 * -ESRCH. */
static int make_room(struct task *t)
{
	while (t->ipc.nr_room < t->ipc.accept) {
		int h = handle_reserve(t->handles);

		if (h < 0)
			return h;
		t->ipc.room[t->ipc.nr_room++] = (u32)h;
	}
	while (t->ipc.nr_room > t->ipc.accept)
		handle_unreserve(t->handles, (int)t->ipc.room[--t->ipc.nr_room]);
	return 0;
}

/* The calling thread's wait is over: what it sent comes back or is gone, what came is its. */
void ipc_settle(struct task *t)
{
	struct parcel *in = t->ipc.in;

	/* x11 to x18 too: nothing else of a caller or of the kernel goes to EL0. */
	memset(&t->frame->x[IPC_X_HANDLES], 0, 9 * sizeof(u64));
	if (t->ipc.out)
		parcel_return(t->handles, t->ipc.out);
	else if (t->ipc.nr_sent)
		parcel_sent(t->handles, t->ipc.sent, t->ipc.nr_sent);
	if (in) {
		u32 used = in->count;

		t->frame->x[IPC_X_HANDLES] = parcel_unpack(t->handles, in, t->ipc.room);
		t->ipc.nr_room -= used;
		memmove(t->ipc.room, t->ipc.room + used, t->ipc.nr_room * sizeof(u32));
	}
	t->ipc.in = t->ipc.out = NULL;
	t->ipc.nr_sent = 0;
	t->ipc_slow = 0;
	(void)make_room(t);
}

int ipc_accept(u64 handles)
{
	int err;

	if (handles > IPC_HANDLES)
		return -EINVAL;
	current->ipc.accept = (u32)handles;
	err = make_room(current);
	if (err)
		current->ipc.accept = current->ipc.nr_room;
	return err;
}
