/* SPDX-License-Identifier: MIT */
/* Exception syndromes in words (Arm ARM D17.2.37). */
#include "arm64/esr.h"
#include "kernel/compiler.h"

const char *esr_class_name(unsigned int ec)
{
	static const struct {
		u8 ec;
		const char *name;
	} names[] = {
		{ ESR_EC_UNKNOWN, "undefined instruction" },
		{ ESR_EC_WFX, "trapped WFI or WFE" },
		{ ESR_EC_CP15, "CP15 access from AArch32" },
		{ ESR_EC_CP15_64, "CP15 access from AArch32" },
		{ ESR_EC_CP14, "CP14 access from AArch32" },
		{ ESR_EC_CP14_LDC, "CP14 access from AArch32" },
		{ ESR_EC_FP, "FP/SIMD access" },
		{ ESR_EC_CP14_64, "CP14 access from AArch32" },
		{ ESR_EC_ILLEGAL, "illegal execution state" },
		{ ESR_EC_SVC32, "SVC from AArch32" },
		{ ESR_EC_SVC64, "SVC" },
		{ ESR_EC_SMC64, "SMC" },
		{ ESR_EC_SYS64, "privileged system register or instruction" },
		{ ESR_EC_IABT_LOW, "instruction abort" },
		{ ESR_EC_IABT_CUR, "instruction abort in the kernel" },
		{ ESR_EC_PC_ALIGN, "misaligned program counter" },
		{ ESR_EC_DABT_LOW, "data abort" },
		{ ESR_EC_DABT_CUR, "data abort in the kernel" },
		{ ESR_EC_SP_ALIGN, "misaligned stack pointer" },
		{ ESR_EC_FP64, "floating-point exception" },
		{ ESR_EC_SERROR, "SError" },
		{ 0x30, "hardware breakpoint" },
		{ 0x32, "single step" },
		{ 0x34, "watchpoint" },
		{ ESR_EC_BKPT32, "BKPT from AArch32" },
		{ ESR_EC_BRK64, "BRK instruction" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].ec == ec)
			return names[i].name;
	return "exception of an unknown class";
}

const char *esr_fsc_name(unsigned int fsc)
{
	switch (fsc & FSC_TYPE) {
	case 0x00:
		return "address size fault";
	case FSC_TRANSLATION:
		return "nothing mapped there";
	case FSC_ACCESS_FLAG:
		return "access flag fault";
	case FSC_PERMISSION:
		return "not permitted";
	case 0x10:
		return "external abort";
	case 0x14:
		return "external abort on a table walk";
	case 0x20:
		return "misaligned";
	default:
		return "fault of another kind";
	}
}
