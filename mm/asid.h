/* SPDX-License-Identifier: MIT */
/*
 * Address-space identifiers with generations: see asid.c for the scheme.
 * mm->context_id holds generation << 16 | ASID; 0: none yet.
 */
#pragma once

#include "arm64/atomic.h"
#include "core/cpu.h"

#define ASID_MASK 0xffffUL
#define ASID_GENERATION 0x10000UL
#define ASID_RESERVED 0 /* of the empty table: nothing is ever cached under it */

struct mm;

void asid_init(void);
/* The ASID under which this CPU is to load mm; IRQs off, then write TTBR0. */
u64 asid_switch_to(struct mm *mm);
/* This CPU, which has init_mm loaded, keeps none from others: it goes off. IRQs off. */
void asid_forget_cpu(void);
/* For mm_check: inconsistencies; may this CPU have asid loaded? (machine frozen) */
unsigned int asid_check(void);
bool asid_belongs_to_cpu(u32 cpu, u32 asid);
unsigned int asid_bits(void);
u64 asid_generation(void);
extern u64 asid_rollovers;
extern atomic64_t asid_generation_now; /* for the fast path of IPC */
