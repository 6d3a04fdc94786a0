/* SPDX-License-Identifier: MIT */
/*
 * Offsets that assembly needs, taken from the C declarations. Compiled to
 * assembly, never linked; the build turns each "->NAME value" into a #define in
 * gen/offsets.h.
 */
#include "arm64/frame.h"
#include "sched/task.h"
#include "core/secondary.h"

#define DEFINE(name, value) __asm__ volatile("\n->" #name " %0" : : "i"(value))
#define OFFSET(name, type, member) DEFINE(name, offsetof(type, member))

void offsets(void);
void offsets(void)
{
	DEFINE(FRAME_SIZE, sizeof(struct frame));
	OFFSET(FRAME_SP, struct frame, sp);
	OFFSET(FRAME_PC, struct frame, pc);
	OFFSET(FRAME_PSTATE, struct frame, pstate);
	OFFSET(TI_PREEMPT, struct thread_info, preempt);
	OFFSET(TI_WORK, struct thread_info, work_bits);
	OFFSET(TASK_CTX, struct task, ctx);
	OFFSET(SECONDARY_THREAD, struct secondary_boot, thread);
	OFFSET(SECONDARY_STACK, struct secondary_boot, stack);
	OFFSET(SECONDARY_EL, struct secondary_boot, el);
	DEFINE(SECONDARY_IS_TAKEN, SECONDARY_TAKEN);
	DEFINE(BOOT_PEN_WORDS, BOOT_PEN_WORDS);
}
