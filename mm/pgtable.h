/* SPDX-License-Identifier: MIT */
/*
 * The user half's translation tables of one mm. All under mm->lock, except the
 * teardown of a dead one. The callers count rss_pages; table_pages is kept here.
 */
#pragma once

#include "mm/mm.h"

/* Descriptor of va: 0 if not mapped. */
pte_t user_pte_get(struct mm *mm, vaddr_t va);
/* Set a descriptor that was invalid: 0 or -ENOMEM (a table is missing). */
int user_pte_set(struct mm *mm, vaddr_t va, pte_t pte) __must_check;
/* The same, if need be in the place of another one: broken before made (Arm ARM D8.14.1). */
int user_pte_replace(struct mm *mm, vaddr_t va, pte_t pte) __must_check;
/* The first valid descriptor in [*va, end): *va becomes its address; NULL and end if
 * there is none. */
pte_t *user_pte_next(struct mm *mm, vaddr_t *va, vaddr_t end);
/*
 * Clear descriptors in [*va, end), stopping after `max` valid ones, which are put
 * into old[]. *va becomes where to go on. Returns how many. No TLB maintenance.
 */
unsigned int user_pte_clear(struct mm *mm, vaddr_t *va, vaddr_t end, pte_t *old,
			    unsigned int max);
/* Last user gone: clear the root, invalidate, free everything below it. */
void user_tables_free(struct mm *mm);

/* Complete the removal of descriptors on all CPUs: DSB, TLBI, DSB. */
void tlb_flush_page(struct mm *mm, vaddr_t va);
void tlb_flush_mm(struct mm *mm);
