/* SPDX-License-Identifier: MIT */
/*
 * System registers by the names of the Arm ARM (DDI 0487), and the fields of
 * them that the kernel sets or reads. Usable from assembly.
 */
#pragma once

#include "kernel/const.h"

/* CurrentEL, SPSR_ELx.M */
#define SPSR_EL0T UL(0x0)
#define SPSR_EL1H UL(0x5)
#define SPSR_EL2H UL(0x9)
#define SPSR_USR32 UL(0x10) /* AArch32, User mode */
#define SPSR_M_MASK UL(0x1f)
#define SPSR_T UL(0x20)	    /* AArch32: T32 instructions */
#define SPSR_DAIF UL(0x3c0)
#define SPSR_I UL(0x80)
#define SPSR_F UL(0x40)

/* SCTLR_EL1 (D17.2.118). RES1 bits of Armv8.0, little endian, EL0 may use
 * CTR_EL0, cache maintenance by VA, DC ZVA and WFE; WFI traps. In AArch32: the old barriers
 * by CP15 and whole IT blocks (ITD is 0: libraries have them), but no SETEND. */
#define SCTLR_EL1_RES1 ((1 << 11) | (1 << 20) | (1 << 22) | (1 << 23) | (1 << 28) | (1 << 29))
#define SCTLR_M (1 << 0)
#define SCTLR_C (1 << 2)
#define SCTLR_SA (1 << 3)
#define SCTLR_SA0 (1 << 4)
#define SCTLR_CP15BEN (1 << 5)
#define SCTLR_SED (1 << 8)
#define SCTLR_I (1 << 12)
#define SCTLR_DZE (1 << 14)
#define SCTLR_UCT (1 << 15)
#define SCTLR_NTWE (1 << 18)
#define SCTLR_UCI (1 << 26)
#define SCTLR_EL1_OFF SCTLR_EL1_RES1
#define SCTLR_EL2_OFF 0x30c50830 /* RES1 bits of Armv8.0 (D17.2.119) */
#define SCTLR_EL1_ON                                                       \
	(SCTLR_EL1_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA |         \
	 SCTLR_SA0 | SCTLR_CP15BEN | SCTLR_SED | SCTLR_DZE | SCTLR_UCT |   \
	 SCTLR_NTWE | SCTLR_UCI)

/* MIDR_EL1.PartNum */
#define MIDR_PART(midr) ((midr) >> 4 & 0xfff)
#define MIDR_PART_CORTEX_A72 0xd08

/* ID_AA64PFR0_EL1.EL0: 2 is AArch32 as well */
#define ID_AA64PFR0_EL0(pfr0) ((pfr0) & 0xf)

/* HCR_EL2, SCR_EL3 */
#define HCR_RW (1 << 31)
#define SCR_NS (1 << 0)
#define SCR_RES1 (3 << 4)
#define SCR_HCE (1 << 8)
#define SCR_RW (1 << 10)

/* CPACR_EL1: does EL0 trap on FP/SIMD? */
#define CPACR_FPEN_EL1 (1 << 20) /* EL0 traps; EL1 (saving, loading) does not */
#define CPACR_FPEN_ALL (3 << 20)

/* MAIR_EL1: the attribute indexes that pte.h uses */
#define MAIR_NORMAL UL(0xff)	/* write back, read and write allocate */
#define MAIR_DEVICE_NGNRE UL(0x04)
#define MAIR_NORMAL_NC UL(0x44)
#define MAIR_EL1_VALUE                                                     \
	(MAIR_NORMAL << 0 | MAIR_DEVICE_NGNRE << 8 | MAIR_NORMAL_NC << 16)

/*
 * TCR_EL1: 39-bit ranges (T0SZ = T1SZ = 25), 4 KB granules, walks write-back
 * and inner shareable, A1 = 0 (the ASID is TTBR0's). IPS and AS are added at
 * run time from ID_AA64MMFR0_EL1.
 */
#define TCR_T0SZ (UL(25) << 0)
#define TCR_EPD0 (UL(1) << 7)
#define TCR_WALK0 (UL(1) << 8 | UL(1) << 10 | UL(3) << 12)
#define TCR_T1SZ (UL(25) << 16)
#define TCR_A1 (UL(1) << 22)
#define TCR_WALK1 (UL(1) << 24 | UL(1) << 26 | UL(3) << 28)
#define TCR_TG1_4K (UL(2) << 30)
#define TCR_IPS_SHIFT 32
#define TCR_AS (UL(1) << 36)
#define TCR_EL1_BASE (TCR_T0SZ | TCR_WALK0 | TCR_T1SZ | TCR_WALK1 | TCR_TG1_4K)

#define TTBR_ASID_SHIFT 48
#define TTBR_BADDR_MASK UL(0x0000fffffffffffe)

/* Generic timer */
#define CNTV_ENABLE 1

/* PMUv3 */
#define PMCR_E (1 << 0)
#define PMCR_P (1 << 1)
#define PMCR_C (1 << 2)
#define PMCR_N_SHIFT 11
#define PMU_INST_RETIRED 0x08

/* MPIDR_EL1: Aff3 and Aff2-0 */
#define MPIDR_AFFINITY UL(0xff00ffffff)

#ifndef __ASSEMBLER__
#include "kernel/types.h"

#define read_sysreg(reg)                                                   \
	({                                                                 \
		u64 v_;                                                    \
		__asm__ volatile("mrs %0, " #reg : "=r"(v_));              \
		v_;                                                        \
	})
#define write_sysreg(val, reg)                                             \
	do {                                                               \
		u64 w_ = (u64)(val);                                       \
		__asm__ volatile("msr " #reg ", %x0" : : "rZ"(w_) : "memory"); \
	} while (0)

/* Where this is, also in an inline function. */
static inline __attribute__((always_inline)) u64 code_address(void)
{
	u64 pc;

	__asm__ volatile("adr %0, ." : "=r"(pc));
	return pc;
}

/* TPIDR_EL1. Not volatile: to the running thread it is a constant. */
static inline void *thread_pointer(void)
{
	void *p;

	__asm__("mrs %0, tpidr_el1" : "=r"(p));
	return p;
}

static inline u64 mpidr_affinity(u64 mpidr)
{
	return mpidr & MPIDR_AFFINITY;
}
#endif
