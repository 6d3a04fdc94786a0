/* SPDX-License-Identifier: MIT */
/*
 * Exceptions: vectors, what is saved, the ways back.
 *
 * A system call is a function call to its caller (include/abi/lodger.h): x19-x30
 * are preserved by the C code itself, x1-x18 come back as zero. So only what
 * a switch or a nested exception would destroy is saved: the return address, the
 * program counter and PSTATE. Everything else (faults, interrupts) saves all.
 *
 * The frame lies at the top of the thread's kernel stack; SP_EL1 points above it
 * whenever the thread is at EL0. SP_EL0 stays in its register; the context switch
 * keeps it (sched/switch.S).
 */
#include "abi/lodger.h"
#include "arm64/asm.h"
#include "arm64/esr.h"
#include "abi/errno.h"
#include "sched/fast.h"

	/* x0..x29 of the interrupted, but for x16 and x17; sp already lowered. */
	.macro	save_other_regs
	stp	x0, x1, [sp, #16 * 0]
	stp	x2, x3, [sp, #16 * 1]
	stp	x4, x5, [sp, #16 * 2]
	stp	x6, x7, [sp, #16 * 3]
	stp	x8, x9, [sp, #16 * 4]
	stp	x10, x11, [sp, #16 * 5]
	stp	x12, x13, [sp, #16 * 6]
	stp	x14, x15, [sp, #16 * 7]
	stp	x18, x19, [sp, #16 * 9]
	stp	x20, x21, [sp, #16 * 10]
	stp	x22, x23, [sp, #16 * 11]
	stp	x24, x25, [sp, #16 * 12]
	stp	x26, x27, [sp, #16 * 13]
	stp	x28, x29, [sp, #16 * 14]
	mrs	x22, elr_el1
	mrs	x23, spsr_el1
	.endm

	.macro	save_regs
	stp	x16, x17, [sp, #16 * 8]
	save_other_regs
	.endm

	/* All of EL0: what ret_to_user goes back with. The vector has saved x16 and x17. */
	.macro	save_el0
	str	x30, [sp, #16 * 15]
	save_other_regs
	mrs	x21, sp_el0
	stp	x21, x22, [sp, #FRAME_SP]
	str	x23, [sp, #FRAME_PSTATE]
	mov	x29, xzr		/* backtraces end here */
	.endm

	.macro	restore_x0_x29
	ldp	x0, x1, [sp, #16 * 0]
	ldp	x2, x3, [sp, #16 * 1]
	ldp	x4, x5, [sp, #16 * 2]
	ldp	x6, x7, [sp, #16 * 3]
	ldp	x8, x9, [sp, #16 * 4]
	ldp	x10, x11, [sp, #16 * 5]
	ldp	x12, x13, [sp, #16 * 6]
	ldp	x14, x15, [sp, #16 * 7]
	ldp	x16, x17, [sp, #16 * 8]
	ldp	x18, x19, [sp, #16 * 9]
	ldp	x20, x21, [sp, #16 * 10]
	ldp	x22, x23, [sp, #16 * 11]
	ldp	x24, x25, [sp, #16 * 12]
	ldp	x26, x27, [sp, #16 * 13]
	ldp	x28, x29, [sp, #16 * 14]
	.endm

	/* An exception from EL1. Stacks are 16 KB above a guard of 16 KB, both
	 * aligned, so bit 14 of a good sp is set (a frame that begins exactly at
	 * the top has its address below it). Checked without a free register. */
	.macro	el1_entry handler
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	add	sp, sp, x0		/* sp' = sp + x0 */
	sub	x0, sp, x0		/* x0' = sp */
	tbz	x0, #14, el1_stack_overflow
	sub	x0, sp, x0		/* x0'' = x0 */
	sub	sp, sp, x0		/* sp'' = sp */
	b	\handler
	.endm

	.macro	bad_entry n
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	str	x30, [sp, #16 * 15]
	mov	x30, #\n
	b	bad_exception
	.endm

	.text
	.balign	2048
	.globl	vectors
vectors:
	/* EL1 with SP_EL0: never used */
	bad_entry 0
	bad_entry 1
	bad_entry 2
	bad_entry 3
	/* EL1 with SP_EL1 */
	el1_entry el1_sync
	el1_entry el1_irq
	bad_entry 6
	bad_entry 7
	/* EL0, AArch64 */
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x16, x17, [sp, #16 * 8]
	mrs	x17, esr_el1
	lsr	x16, x17, #ESR_EC_SHIFT
	cmp	x16, #ESR_EC_SVC64
	b.ne	el0_sync
	mrs	x16, elr_el1
	mrs	x17, spsr_el1
	stp	x16, x17, [sp, #FRAME_PC]
	str	x30, [sp, #16 * 15]
	cmp	x8, #SYS_ipc_call	/* above all others */
	b.hs	el0_other_syscall
	msr	daifclr, #2
	adr	x16, syscall_table	/* the image is far below 1 MB */
	ldr	x16, [x16, x8, lsl #3]
	blr	x16
	b	ret_from_syscall
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	b	el0_irq
	bad_entry 10
	bad_entry 11
	/* EL0, AArch32 */
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x16, x17, [sp, #16 * 8]
	b	el0_sync
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	b	el0_irq
	bad_entry 14
	bad_entry 15

/* A message (src/ipc), or no number at all. Flags: x8 - SYS_ipc_call. IRQs off. */
el0_other_syscall:
	b.eq	ipc_fast_call
	cmp	x8, #SYS_ipc_reply_receive
	b.eq	ipc_fast_reply_receive
	cmp	x8, #NR_SYSCALLS_IPC
	b.hs	1f
	.globl	ipc_slow
ipc_slow:
	save_el0
	mov	x0, sp
	msr	daifclr, #2
	bl	ipc_syscall
	b	ret_to_user

1:	mov	x0, #-ENOSYS
	/* fall through */
/*
 * x0 = result. IRQs off from the look at the pending work to the ERET, so that
 * work that an interrupt adds is not missed.
 */
	.globl	ret_from_syscall
ret_from_syscall:
	msr	daifset, #2
	mrs	x16, tpidr_el1
	ldr	w17, [x16, #TI_WORK]
	cbnz	w17, syscall_exit_work
syscall_exit:
	ldp	x16, x17, [sp, #FRAME_PC]
	ldr	x30, [sp, #16 * 15]
	add	sp, sp, #FRAME_SIZE
	msr	elr_el1, x16
	msr	spsr_el1, x17
	zero_x1_x18
	eret

	.balign	16
	.globl	zeros
zeros:
	.quad	0, 0

syscall_exit_work:
	str	x0, [sp]
	bl	user_exit_work
	ldr	x0, [sp]
	b	syscall_exit

/* Faults from EL0. */
el0_sync:
	save_el0
	mov	x0, sp
	mrs	x1, esr_el1
	mrs	x2, far_el1
	msr	daifclr, #2
	bl	trap_el0_sync
	b	ret_to_user

/* C keeps x19-x28: they are saved only if there is more to do than to go back. */
el0_irq:
	stp	x0, x1, [sp, #16 * 0]
	stp	x2, x3, [sp, #16 * 1]
	stp	x4, x5, [sp, #16 * 2]
	stp	x6, x7, [sp, #16 * 3]
	stp	x8, x9, [sp, #16 * 4]
	stp	x10, x11, [sp, #16 * 5]
	stp	x12, x13, [sp, #16 * 6]
	stp	x14, x15, [sp, #16 * 7]
	stp	x16, x17, [sp, #16 * 8]
	str	x18, [sp, #16 * 9]
	stp	x29, x30, [sp, #8 * 29]
	mrs	x16, elr_el1
	mrs	x17, spsr_el1
	stp	x16, x17, [sp, #FRAME_PC]
	mov	x29, xzr
	bl	irq_entry
	mrs	x16, tpidr_el1
	ldr	w17, [x16, #TI_WORK]
	cbnz	w17, 1f
	ldp	x16, x17, [sp, #FRAME_PC]
	msr	elr_el1, x16
	msr	spsr_el1, x17
	ldp	x0, x1, [sp, #16 * 0]
	ldp	x2, x3, [sp, #16 * 1]
	ldp	x4, x5, [sp, #16 * 2]
	ldp	x6, x7, [sp, #16 * 3]
	ldp	x8, x9, [sp, #16 * 4]
	ldp	x10, x11, [sp, #16 * 5]
	ldp	x12, x13, [sp, #16 * 6]
	ldp	x14, x15, [sp, #16 * 7]
	ldp	x16, x17, [sp, #16 * 8]
	ldr	x18, [sp, #16 * 9]
	ldp	x29, x30, [sp, #8 * 29]
	add	sp, sp, #FRAME_SIZE
	eret
1:	tbnz	w17, #TI_INTERRUPT_BIT, interrupt_signal
	.globl	irq_exit_work
irq_exit_work:
	stp	x19, x20, [sp, #8 * 19]
	stp	x21, x22, [sp, #8 * 21]
	stp	x23, x24, [sp, #8 * 23]
	stp	x25, x26, [sp, #8 * 25]
	stp	x27, x28, [sp, #8 * 27]
	mrs	x16, sp_el0
	str	x16, [sp, #FRAME_SP]
	/* fall through */

/* A whole frame at sp goes back to EL0. */
	.globl	ret_to_user
ret_to_user:
	msr	daifset, #2
	mrs	x19, tpidr_el1
	ldr	w20, [x19, #TI_WORK]
	cbz	w20, 1f
	bl	user_exit_work
	.globl	ret_by_frame
ret_by_frame:
1:	ldp	x21, x22, [sp, #FRAME_SP]
	ldr	x23, [sp, #FRAME_PSTATE]
	msr	sp_el0, x21
	msr	elr_el1, x22
	msr	spsr_el1, x23
	ldr	x30, [sp, #16 * 15]
	restore_x0_x29
	add	sp, sp, #FRAME_SIZE
	eret

/*
 * From EL1. The frame's sp field holds the interrupted SP_EL1, for backtraces;
 * x29 and x30 are left as a frame record that links to the interrupted code.
 */
	.macro	el1_save
	str	x30, [sp, #16 * 15]
	save_regs
	add	x21, sp, #FRAME_SIZE
	stp	x21, x22, [sp, #FRAME_SP]
	str	x23, [sp, #FRAME_PSTATE]
	.endm

el1_sync:
	el1_save
	mov	x0, sp
	mrs	x1, esr_el1
	mrs	x2, far_el1
	bl	trap_el1_sync
	b	el1_return

el1_irq:
	el1_save
	bl	irq_entry
	/* Preempt kernel code that allows it. */
	mrs	x19, tpidr_el1
	ldr	w20, [x19, #TI_PREEMPT]
	cbnz	w20, el1_return
	ldrb	w20, [x19, #TI_WORK]	/* need_resched */
	cbz	w20, el1_return
	bl	preempt_schedule_irq
el1_return:
	ldp	x22, x23, [sp, #FRAME_PC]
	msr	elr_el1, x22
	msr	spsr_el1, x23
	ldr	x30, [sp, #16 * 15]
	restore_x0_x29
	add	sp, sp, #FRAME_SIZE
	eret

/* sp is in a guard: report on the emergency stack of this CPU. x0 = the bad sp,
 * sp = bad sp + old x0. EL0 is not coming back: its thread registers are free. */
el1_stack_overflow:
	msr	tpidrro_el0, x0
	sub	x0, sp, x0
	msr	tpidr_el0, x0		/* old x0 */
	mrs	x0, mpidr_el1
	and	x0, x0, #7
	tbz	x0, #2, 1f
	add	x0, x0, #4
1:	add	x0, x0, #5		/* n's top: behind its hole and n more */
	lsl	x0, x0, #12
	mov	sp, x0
	adr_l	x0, emergency_stacks
	add	sp, sp, x0
	mrs	x0, tpidr_el0
	sub	sp, sp, #FRAME_SIZE
	str	x30, [sp, #16 * 15]
	save_regs
	mrs	x21, tpidrro_el0
	add	x21, x21, #FRAME_SIZE
	stp	x21, x22, [sp, #FRAME_SP]
	str	x23, [sp, #FRAME_PSTATE]
	mov	x0, sp
	mrs	x1, esr_el1
	mrs	x2, far_el1
	bl	trap_stack_overflow
	b	.

/* x30 = which vector. */
bad_exception:
	save_regs
	add	x21, sp, #FRAME_SIZE
	stp	x21, x22, [sp, #FRAME_SP]
	str	x23, [sp, #FRAME_PSTATE]
	mov	x0, sp
	mov	x1, x30
	mrs	x2, esr_el1
	mrs	x3, far_el1
	bl	trap_bad
	b	.

	/* A page for each CPU, by MPIDR_EL1.Aff0. Bit 14 of them is set as well, so
	 * that a load that may fault can do so while the report is written: four,
	 * a hole, four. */
	.section .bss.emergency, "aw", %nobits
	.balign	32768
emergency_stacks:
	.skip	32768
	.if	CONFIG_NR_CPUS > 4
	.skip	32768
	.endif
