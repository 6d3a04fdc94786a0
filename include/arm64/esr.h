/* SPDX-License-Identifier: MIT */
/* ESR_ELx, the exception syndrome (Arm ARM D17.2.37). Usable from assembly. */
#pragma once

#define ESR_EC_SHIFT 26
#define ESR_EC_UNKNOWN 0x00
#define ESR_EC_WFX 0x01
#define ESR_EC_CP15 0x03
#define ESR_EC_CP15_64 0x04
#define ESR_EC_CP14 0x05
#define ESR_EC_CP14_LDC 0x06
#define ESR_EC_FP 0x07
#define ESR_EC_CP14_64 0x0c
#define ESR_EC_ILLEGAL 0x0e
#define ESR_EC_SVC32 0x11
#define ESR_EC_SVC64 0x15
#define ESR_EC_SMC64 0x17
#define ESR_EC_SYS64 0x18
#define ESR_EC_IABT_LOW 0x20
#define ESR_EC_IABT_CUR 0x21
#define ESR_EC_PC_ALIGN 0x22
#define ESR_EC_DABT_LOW 0x24
#define ESR_EC_DABT_CUR 0x25
#define ESR_EC_SP_ALIGN 0x26
#define ESR_EC_FP64 0x2c
#define ESR_EC_SERROR 0x2f
#define ESR_EC_BKPT32 0x38
#define ESR_EC_BRK64 0x3c

/* ISS of aborts */
#define ESR_ISS_FSC 0x3f
#define ESR_ISS_WNR (1 << 6)
#define ESR_ISS_CM (1 << 8)
#define ESR_ISS_FNV (1 << 10)
#define FSC_TYPE 0x3c	/* less the level */
#define FSC_TRANSLATION 0x04
#define FSC_ACCESS_FLAG 0x08
#define FSC_PERMISSION 0x0c

#ifndef __ASSEMBLER__
#include "kernel/types.h"

static inline unsigned int esr_class(u64 esr)
{
	return esr >> ESR_EC_SHIFT & 0x3f;
}

/* What an exception class means, in a few words; never NULL. */
const char *esr_class_name(unsigned int ec);
/* What a fault status code means, in a few words; never NULL. */
const char *esr_fsc_name(unsigned int fsc);
#endif
