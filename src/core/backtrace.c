/* SPDX-License-Identifier: MIT */
/*
 * Backtraces by frame records (AAPCS64 6.2.3): x29 points at the caller's x29
 * and return address. The chain is untrusted: a record must lie above the last
 * one, in the same stack, or the walk ends.
 */
#include "core/backtrace.h"
#include "arm64/esr.h"
#include "arm64/pte.h"
#include "core/console.h"
#include "core/ksyms.h"
#include "core/extable.h"
#include "core/thread.h"

#define FRAMES_MAX 32

extern char boot_stack_bottom[], boot_stack_top[];

/* The end of the stack that fp lies in, 0 if in none. */
static u64 stack_end(u64 fp)
{
	if (fp % 8)
		return 0;
	if (fp >= (u64)boot_stack_bottom && fp < (u64)boot_stack_top)
		return (u64)boot_stack_top;
	if (fp >= KSTACK_BASE && fp < KIMAGE_BASE &&
	    fp % KSTACK_STRIDE >= KSTACK_SIZE)
		return ALIGN_UP(fp + 1, KSTACK_STRIDE);
	return 0;
}

/* The symbol, or NULL. Names are unique by address. */
static const char *print_symbol(u64 pc)
{
	u64 off;
	const char *name = ksym_lookup(pc, &off);

	if (name)
		console_printf("  %016llx  %s+0x%llx\n", (unsigned long long)pc, name,
			       (unsigned long long)off);
	else
		console_printf("  %016llx\n", (unsigned long long)pc);
	return name;
}

void backtrace_print(u64 fp, u64 pc, u64 lr)
{
	u64 end = stack_end(fp), saved;
	const char *inner;

	console_printf("backtrace (innermost first):\n");
	inner = print_symbol(pc);
	/* Who called a leaf, or jumped to nowhere, is not in a record yet but in
	 * x30. Later x30 points into the function itself, and says nothing; on
	 * the way in and out it is what the record has. */
	if (lr && ksym_lookup(lr - 4, NULL) != inner &&
	    (!end || probe_read64(fp + 8, &saved) || saved != lr))
		print_symbol(lr - 4);
	for (int i = 0; i < FRAMES_MAX && end && fp + 16 <= end; i++) {
		u64 next, ret;

		if (probe_read64(fp, &next) || probe_read64(fp + 8, &ret) ||
		    ret == 0)
			break;
		print_symbol(ret - 4);
		if (next <= fp || stack_end(next) != end)
			break;
		fp = next;
	}
}

void backtrace_here(void)
{
	/* The caller's record, not our own: that may be gone by then, as the last
	 * call of a function need not be one. */
	const u64 *record = __builtin_frame_address(0);

	backtrace_print(record[0], record[1] - 4, 0);
}

void frame_print(const struct frame *f, u64 esr, u64 far)
{
	unsigned int ec = esr_class(esr);

	console_printf("ESR 0x%08llx (%s", (unsigned long long)esr,
		       esr_class_name(ec));
	if (ec >= ESR_EC_IABT_LOW && ec <= ESR_EC_DABT_CUR &&
	    ec != ESR_EC_PC_ALIGN)
		console_printf(", %s%s", esr_fsc_name(esr & ESR_ISS_FSC),
			       ec >= ESR_EC_DABT_LOW
				       ? (esr & ESR_ISS_WNR ? ", write" : ", read")
				       : "");
	console_printf(")  FAR 0x%016llx\n", (unsigned long long)far);
	for (int i = 0; i < 30; i += 3)
		console_printf("%sx%d %016llx %sx%d %016llx %sx%d %016llx\n",
			       i < 10 ? " " : "", i, (unsigned long long)f->x[i],
			       i + 1 < 10 ? " " : "", i + 1,
			       (unsigned long long)f->x[i + 1],
			       i + 2 < 10 ? " " : "", i + 2,
			       (unsigned long long)f->x[i + 2]);
	console_printf("x30 %016llx  sp %016llx  pc %016llx  pstate %08llx\n",
		       (unsigned long long)f->x[30], (unsigned long long)f->sp,
		       (unsigned long long)f->pc, (unsigned long long)f->pstate);
}
