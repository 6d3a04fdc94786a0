/* SPDX-License-Identifier: MIT */
/*
 * CONFIG_MMU_LAZY_TLB_EAGER: nobody lodges.
 *
 * A CPU that goes from a program to a kernel thread loads the empty table, as most
 * kernels do: the control for all comparisons. What every other strategy has to
 * argue does not arise: an mm without real users is loaded nowhere, because each of
 * them left it in the same step in which it stopped to be one. The price: two
 * TTBR0 writes for each visit to the kernel's threads.
 */
#pragma once

static inline struct mm *eager_enter(void)
{
	switch_mm(&init_mm);
	return &init_mm;
}
