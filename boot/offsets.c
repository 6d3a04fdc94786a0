/* SPDX-License-Identifier: MIT */
/*
 * Offsets that assembly needs, taken from the C declarations. Compiled to
 * assembly, never linked; the build turns each "->NAME value" into a #define in
 * gen/offsets.h.
 */
#include "arm64/frame.h"
#include "ipc/endpoint.h"
#include "ipc/handle.h"
#include "ipc/notification.h"
#include "mm/lazy.h"
#include "sched/rq.h"
#include "core/secondary.h"

#define DEFINE(name, value) __asm__ volatile("\n->" #name " %0" : : "i"(value))
#define OFFSET(name, type, member) DEFINE(name, offsetof(type, member))
/* Two that are loaded or stored by one instruction, as such pairs need. */
#define PAIR(name, type, first, second)                                          \
	_Static_assert(offsetof(type, second) == offsetof(type, first) +         \
						 sizeof(((type *)0)->second),    \
		       #first " and " #second);                                  \
	OFFSET(name, type, first)

void offsets(void);
void offsets(void)
{
	DEFINE(FRAME_SIZE, sizeof(struct frame));
	OFFSET(FRAME_SP, struct frame, sp);
	PAIR(FRAME_PC, struct frame, pc, pstate);
	OFFSET(FRAME_PSTATE, struct frame, pstate);
	OFFSET(TI_PREEMPT, struct thread_info, preempt);
	PAIR(TI_WORK, struct thread_info, work_bits, busy);
	OFFSET(TI_BUSY, struct thread_info, busy);
	OFFSET(TI_GAVE_WAY, struct thread_info, gave_way);
	DEFINE(TI_INTERRUPT_BIT, 8 * (offsetof(struct thread_info, work.interrupt) -
				      offsetof(struct thread_info, work_bits)));
	OFFSET(TI_INTERRUPT, struct thread_info, work.interrupt);
	DEFINE(ONLY_GAVE_WAY_LOG2, 8 * (offsetof(struct thread_info, gave_way) -
					offsetof(struct thread_info, work_bits)));
	OFFSET(TASK_FP, struct task, fp);
	OFFSET(TASK_CTX, struct task, ctx);
	OFFSET(TASK_CTX_PC, struct task, ctx.pc);
	OFFSET(TI_CPU, struct thread_info, cpu);
	OFFSET(TASK_RQ, struct task, rq);
	PAIR(TASK_USER_TPIDR, struct task, user_tpidr, user_sp);
	OFFSET(TASK_MM, struct task, mm);
	OFFSET(TASK_WAIT_WORD, struct task, wait_word);
	OFFSET(TASK_IPC_SLOW, struct task, ipc_slow);
	DEFINE(ASLEEP_IN_RECEIVE, TASK_SLEEPING | IPC_RECEIVE << 8);
	DEFINE(ASLEEP_IN_REPLY, TASK_SLEEPING | IPC_REPLY << 8);
	DEFINE(ASLEEP_IN_SIGNAL, TASK_SLEEPING | IPC_SIGNAL << 8);
	OFFSET(TASK_PRIO, struct task, prio);
	OFFSET(TASK_BASE_PRIO, struct task, base_prio);
	PAIR(TASK_RUN_START, struct task, run_start_ticks, runtime_ticks);
	OFFSET(TASK_SWITCHES, struct task, switches);
	OFFSET(TASK_ON_RQ, struct task, on_rq);
	OFFSET(TASK_RQ_NODE, struct task, rq_node);
	OFFSET(TASK_SLICE_LEFT, struct task, slice_left_ticks);
	OFFSET(TASK_AFFINITY, struct task, affinity);
	OFFSET(TASK_WAITER, struct task, ipc.waiter);
	OFFSET(TASK_INTERRUPT, struct task, ipc.interrupt);
	PAIR(SIGNAL_TO, struct signal, to, bits);
	OFFSET(TASK_FRAME, struct task, frame);
	OFFSET(TASK_HANDLES, struct task, handles);
	OFFSET(TASK_FIRST_HANDLES, struct task, first_handles);
	OFFSET(TASK_PARTNER, struct task, ipc.partner);
	OFFSET(TASK_CALLER, struct task, ipc.caller);
	PAIR(TASK_AT, struct task, ipc.at, ipc.next);
	OFFSET(TASK_NEXT, struct task, ipc.next);
	OFFSET(TASK_LINK, struct task, ipc.link);
	OFFSET(TASK_LIST_CPU, struct task, ipc.cpu);
	PAIR(RQ_READY, struct rq, ready, nr_queued);
	OFFSET(RQ_CURR, struct rq, curr);
	OFFSET(RQ_LAZY, struct rq, lazy);
	PAIR(RQ_TIMER, struct rq, timer, slice_ticks);
	OFFSET(RQ_SLICE_TICKS, struct rq, slice_ticks);
	OFFSET(RQ_SLICE, struct rq, slice);
	OFFSET(RQ_LIST, struct rq, list);
	OFFSET(TIMER_ARMED, struct timer_cpu, armed_ticks);
	OFFSET(HANDLES_CHUNKS, struct handle_table, chunks);
	DEFINE(HANDLE_SIZE_LOG2, __builtin_ctz(sizeof(struct handle)));
	DEFINE(HANDLES_PER_CHUNK, HANDLES_PER_CHUNK);
	DEFINE(HANDLES_PER_CHUNK_LOG2, __builtin_ctz(HANDLES_PER_CHUNK));
	DEFINE(CALL_BIT, __builtin_ctz(RIGHT_CALL));
	DEFINE(SIGNAL_BIT, __builtin_ctz(RIGHT_SIGNAL));
	DEFINE(RECEIVE_BIT, __builtin_ctz(RIGHT_RECEIVE));
	PAIR(HANDLE_OBJECT, struct handle, object, badge);
	OFFSET(OBJECT_REFS, struct object, refs);
	OFFSET(NOTIFICATION_LOCK, struct notification, lock);
	OFFSET(NOTIFICATION_BITS, struct notification, bits);
	OFFSET(NOTIFICATION_WAITERS, struct notification, waiters);
	OFFSET(EP_OBJECT, struct endpoint, object);
	OFFSET(EP_WAITING, struct endpoint, waiting);
	OFFSET(EP_SENDERS, struct endpoint, senders.root);
	OFFSET(MM_CONTEXT_ID, struct mm, context_id);
	OFFSET(MM_PGD, struct mm, pgd);
	OFFSET(LAZY_LOADED, struct lazy_cpu, slot.loaded);
	PAIR(LAZY_SWITCH_UU, struct lazy_cpu, switch_uu, ttbr0_writes);
	OFFSET(LAZY_BARRIERS, struct lazy_cpu, barriers);
	OFFSET(SECONDARY_THREAD, struct secondary_boot, thread);
	OFFSET(SECONDARY_STACK, struct secondary_boot, stack);
	OFFSET(SECONDARY_EL, struct secondary_boot, el);
	DEFINE(SECONDARY_IS_TAKEN, SECONDARY_TAKEN);
	DEFINE(BOOT_PEN_WORDS, BOOT_PEN_WORDS);
}
