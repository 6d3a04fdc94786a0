/* SPDX-License-Identifier: MIT */
/* Ways to die, and what the kernel must say of each. */
#pragma once

#include "lodger.h"

/* Exception classes from EL0 (Arm ARM, ESR_EL1.EC) */
#define EC_UNDEFINED 0x00
#define EC_SYSTEM_TRAP 0x18
#define EC_INSTRUCTION_ABORT 0x20
#define EC_PC_ALIGNMENT 0x22
#define EC_DATA_ABORT 0x24
#define EC_SP_ALIGNMENT 0x26
#define EC_BKPT32 0x38
#define EC_BRK 0x3c

#define SURVIVES (-1) /* the deed must come back */
#define MAY_SURVIVE 0x100 /* added: QEMU does not check this, boards do */

struct kind {
	const char *name;
	void (*run)(void);
	int expected; /* exception class, perhaps + MAY_SURVIVE; or SURVIVES */
};

/* machine.c, or machine32.c in an AArch32 program */
void load(uint64_t addr);
void store(uint64_t addr);
void jump(uint64_t addr);
extern uint32_t code_in_data[]; /* a return */
extern const struct kind machine_kinds[];
extern const unsigned int nr_machine_kinds;
