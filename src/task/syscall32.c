/* SPDX-License-Identifier: MIT */
/*
 * System calls of AArch32 programs: the same calls with the same meaning, in other
 * registers (include/abi/lodger.h). Structures are the same for both widths.
 *
 * src/ipc finds a thread's message in its frame, as x0..x11. For the time of the call that is
 * another frame, on the stack. The fast path would leave that stack as it is and go to EL0
 * with the message in the registers: it must leave such a thread to us, which is what
 * ipc_slow says; as it must where a signal is waited for (src/ipc/notification.c).
 */
#include "ipc/ipc.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "sched/uaccess.h"
#include "task/syscall.h"

#define X_NUMBER 7

/* The arguments, by bits, that have 64 bits and so two registers. */
static const u8 wide_arguments[SYS_ipc_call] = {
	[SYS_sleep] = BIT(0),
	[SYS_wait] = BIT(1),
	[SYS_handle_duplicate] = BIT(2),
	[SYS_signal] = BIT(1),
	[SYS_notification_wait] = BIT(1),
	[SYS_timer_create] = BIT(1),
	[SYS_timer_set] = BIT(1),
	[SYS_memory_paged] = BIT(1),
	[SYS_device_interrupt] = BIT(3),
};

static u64 pair(const struct frame *f, unsigned int low)
{
	return (u32)f->x[low] | f->x[low + 1] << 32;
}

/* r0 the handle, r1 the struct, r2 and r3 the timeout. The struct is written back before
 * anything happens: whether it can be is known then, unless somebody else unmaps it. */
static s64 message(struct frame *f, u64 nr)
{
	u64 handle = (u32)f->x[0], at = (u32)f->x[1], timeout_ns = pair(f, 2);
	struct frame own = { 0 };
	struct ipc_message m;

	if (copy_from_user(&m, at, sizeof(m)) || copy_to_user(at, &m, sizeof(m)))
		return -EFAULT;
	memcpy(own.x, m.word, sizeof(m.word));
	own.x[IPC_X_STATUS] = nr;
	own.x[IPC_X_HANDLE] = handle;
	own.x[IPC_X_HANDLES] = m.send;
	own.x[IPC_X_TIMEOUT] = timeout_ns;
	current->frame = &own;
	current->ipc_slow = 1; /* until ipc_syscall is done */
	ipc_syscall(&own);
	current->frame = f;
	memcpy(m.word, own.x, sizeof(m.word));
	m.badge = own.x[IPC_X_BADGE];
	m.send = 0;
	m.came = own.x[IPC_X_HANDLES];
	return copy_to_user(at, &m, sizeof(m)) ? -EFAULT : (s64)own.x[IPC_X_STATUS];
}

static s64 call(const struct frame *f, u64 nr)
{
	s64 (*fn)(u64, u64, u64, u64, u64) = (void *)syscall_table[nr];
	unsigned int reg = 0;
	u64 a[5];

	for (unsigned int i = 0; i < ARRAY_SIZE(a); i++) {
		bool wide = wide_arguments[nr] & BIT(i);

		a[i] = wide ? pair(f, reg) : (u32)f->x[reg];
		reg += wide ? 2 : 1;
	}
	switch (nr) {
	case SYS_thread_pointer:
		task_set_tpidrro(a[0]);
		return 0;
	/* Those of the table are for boot/entry.S alone. */
	case SYS_yield:
		return sched_yield();
	case SYS_signal:
		return sys_signal(a[0], a[1]);
	case SYS_notification_wait:
		return sys_notification_wait(a[0], a[1]);
	default:
		return fn(a[0], a[1], a[2], a[3], a[4]);
	}
}

void syscall32(struct frame *f)
{
	u64 nr = (u32)f->x[X_NUMBER];
	s64 result = nr < SYS_ipc_call	   ? call(f, nr) :
		     nr < NR_SYSCALLS_IPC ? message(f, nr) :
					    -ENOSYS;

	f->x[0] = (u32)result;
	f->x[1] = (u64)result >> 32;
}
