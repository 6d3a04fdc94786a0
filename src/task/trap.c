/* SPDX-License-Identifier: MIT */
/*
 * Exceptions, in C: what boot/entry.S saved comes here. A fault of a user program
 * is served or ends its process with a decoded line; one of the kernel is served
 * where it copies from or to user memory, and is a panic everywhere else.
 */
#include "arm64/esr.h"
#include "arm64/frame.h"
#include "core/extable.h"
#include "core/ksyms.h"
#include "core/log.h"
#include "core/panic.h"
#include "kernel/bug.h"
#include "kernel/errno.h"
#include "lib/format.h"
#include "mm/kmap.h"
#include "task/process.h"
#include "task/syscall.h"

void trap_el0_sync(struct frame *f, u64 esr, u64 far);
void trap_el1_sync(struct frame *f, u64 esr, u64 far);
void trap_bad(struct frame *f, u64 vector, u64 esr, u64 far);
void trap_stack_overflow(struct frame *f, u64 esr, u64 far);

static u32 abort_access(u64 esr)
{
	unsigned int ec = esr_class(esr);

	if (ec == ESR_EC_IABT_LOW || ec == ESR_EC_IABT_CUR)
		return FAULT_EXEC;
	/* Cache maintenance reports as a write, but needs only to read. */
	return esr & ESR_ISS_WNR && !(esr & ESR_ISS_CM) ? FAULT_WRITE : FAULT_READ;
}

/* A fault that a page can cure? 0, or why not. */
static int serve_fault(struct mm *mm, u64 esr, u64 far)
{
	u32 type = esr & FSC_TYPE;

	if (type != FSC_TRANSLATION && type != FSC_PERMISSION)
		return -EFAULT;
	/* A permission fault is only curable if the page or its rights are not what they
	 * were: mm_handle_fault says whether the region allows the access at all, and that
	 * there is none outside the user range. */
	return mm_handle_fault(mm, far, abort_access(esr));
}

static void __noinline __noreturn user_dies(const struct frame *f, u64 esr, u64 far, int err)
{
	static const char *const access_name[] = { [FAULT_READ] = "read",
						   [FAULT_WRITE] = "write",
						   [FAULT_EXEC] = "execute" };
	unsigned int ec = esr_class(esr);
	struct process *p = current_process();
	char where[80] = "";

	if (ec == ESR_EC_DABT_LOW || ec == ESR_EC_IABT_LOW)
		fmt_snprintf(where, sizeof(where), ": %s at 0x%llx, %s",
			     access_name[abort_access(esr)], (unsigned long long)far,
			     err == -ENOMEM ? "out of memory" :
			     err == -EPIPE ? "its pager has ended" :
			     err == -ETIMEDOUT ? "its pager has not answered" :
			     err == -EIO ? "its pager has no such page" :
			     err == -EACCES ? "not permitted" :
					      esr_fsc_name(esr & ESR_ISS_FSC));
	if (mm_is_32(current->mm))
		log_warn("%s/%u: %s%s; %s pc 0x%x sp 0x%x lr 0x%x: ended", p->name, p->pid,
			 esr_class_name(ec), where, f->pstate & SPSR_T ? "T32" : "A32",
			 (u32)f->pc, (u32)f->x[FRAME_SP32], (u32)f->x[FRAME_LR32]);
	else
		log_warn("%s/%u: %s%s; pc 0x%llx sp 0x%llx lr 0x%llx: ended", p->name, p->pid,
			 esr_class_name(ec), where, (unsigned long long)f->pc,
			 (unsigned long long)f->sp, (unsigned long long)f->x[30]);
	process_exit(STATUS_FAULT + ec);
}

void trap_el0_sync(struct frame *f, u64 esr, u64 far)
{
	unsigned int ec = esr_class(esr);
	int err = -EFAULT;

	if (likely(ec == ESR_EC_DABT_LOW || ec == ESR_EC_IABT_LOW)) {
		err = serve_fault(current->mm, esr, far);
		if (!err || err == -EINTR) /* it is to die: on the way to EL0 */
			return;
	} else if (ec == ESR_EC_FP) {
		fp_trap();
		return;
	} else if (ec == ESR_EC_SVC32) {
		syscall32(f);
		return;
	}
	user_dies(f, esr, far, err);
}

void trap_el1_sync(struct frame *f, u64 esr, u64 far)
{
	unsigned int ec = esr_class(esr);
	u64 fixup = extable_find(f->pc);

	if (ec == ESR_EC_UNKNOWN && fixup) { /* a semihosting call, unheard */
		f->pc = fixup;
		return;
	}
	if (ec == ESR_EC_DABT_CUR && fixup) {
		/* Only code that may sleep copies from user memory, so IRQs were
		 * on; they are again while the page is fetched. */
		struct mm *mm = BUG(fault_fills_borrowed) ? current->active_mm :
							    current->mm;

		if (mm && far < USER_VA_END && !(f->pstate & SPSR_I)) {
			int err;

			local_irq_enable();
			err = serve_fault(mm, esr, far);
			local_irq_disable();
			if (!err)
				return;
		}
		f->pc = fixup;
		return;
	}
	if (ec == ESR_EC_DABT_CUR && kstack_is_guard(far))
		panic_frame(f, esr, far, "kernel stack overflow in %s", current->name);
	if (ec == ESR_EC_DABT_CUR && far < USER_VA_END && !current->mm)
		panic_frame(f, esr, far,
			    "%s has no address space, yet touches a user address",
			    current->name);
	panic_frame(f, esr, far, "%s in %s", esr_class_name(ec), current->name);
}

void trap_bad(struct frame *f, u64 vector, u64 esr, u64 far)
{
	panic_frame(f, esr, far, "unexpected exception, vector %llu",
		    (unsigned long long)vector);
}

void trap_stack_overflow(struct frame *f, u64 esr, u64 far)
{
	panic_frame(f, esr, far, "kernel stack overflow in %s", current->name);
}
