/* SPDX-License-Identifier: MIT */
/*
 * Every build-time choice of the kernel: what it means, what it costs. The
 * compiler includes this file in front of each kernel source.
 *
 * An option is 0/1 or a number and is used as `if (CONFIG_X)`, so that both
 * branches always compile; `#if` only where C leaves no other way.
 *
 *	make CONFIG_NR_CPUS=1 CONFIG_DEBUG_ASSERT=n
 *
 * overrides options for one build, which has a folder of its own below build/.
 * `config` in the shell prints what a kernel was built with.
 *
 * tools/kconfig.py reads this file for both, so an entry has one form: a
 * comment "NAME (range): meaning in one line", a blank line, prose that says
 * what it costs, and then #ifndef, #define, #endif. A range is y/n or
 * min..max; it is checked when the kernel is built.
 */
#pragma once

/* ---- address spaces ---- */

/*
 * MMU_LAZY_TLB_REFCOUNT (y/n): a CPU that borrows an address space counts as a reference to it
 *
 * Cost: one atomic increment and one decrement of mm_count for each borrow, on
 * a cache line that all borrowers of that address space share; and a page
 * table may outlive its last user for as long as an idle CPU lodges in it.
 */
#ifndef CONFIG_MMU_LAZY_TLB_REFCOUNT
#define CONFIG_MMU_LAZY_TLB_REFCOUNT 1
#endif

/*
 * MMU_LAZY_TLB_SHOOTDOWN (y/n): borrows are not counted; the last user's exit evicts the borrowers
 *
 * Cost: one interrupt to every other CPU that has the address space loaded, when
 * its last user goes, and the wait for them; nothing for each borrow.
 */
#ifndef CONFIG_MMU_LAZY_TLB_SHOOTDOWN
#define CONFIG_MMU_LAZY_TLB_SHOOTDOWN LAZY_NO_OTHER_CHOSEN
#endif

/*
 * MMU_LAZY_TLB_SLOT (y/n): borrows are not counted; a dead table is handed to who has it loaded
 *
 * Cost: nothing for each borrow; at an exit a look at each CPU's slot, and an
 * atomic for each hit. A table may outlive its last user by LAZY_ZOMBIE_MS,
 * after which the CPUs that still have it loaded are interrupted.
 */
#ifndef CONFIG_MMU_LAZY_TLB_SLOT
#define CONFIG_MMU_LAZY_TLB_SLOT 0
#endif

/*
 * MMU_LAZY_TLB_EAGER (y/n): nothing is borrowed; kernel threads run on the empty table
 *
 * Cost: two TTBR0 writes for each visit of the kernel's threads between a
 * program and itself. For comparison: this is what most other kernels do.
 */
#ifndef CONFIG_MMU_LAZY_TLB_EAGER
#define CONFIG_MMU_LAZY_TLB_EAGER 0
#endif

/*
 * MMU_LAZY_TLB_LAB (y/n): all of these are built in, and `mm strategy` changes them at run time
 *
 * Cost: a load and some branches in each hook; the figures of `bench lazy` are
 * measured with them. The strategy above is the one that it starts with.
 */
#ifndef CONFIG_MMU_LAZY_TLB_LAB
#define CONFIG_MMU_LAZY_TLB_LAB 0
#endif

/*
 * LAZY_ZOMBIE_MS (1..60000): milliseconds that a dead table may stay loaded with MMU_LAZY_TLB_SLOT
 *
 * Cost: one timer interrupt and one wake-up in that time while there are such
 * tables, and an interrupt to each CPU that still has one loaded at its end.
 */
#ifndef CONFIG_LAZY_ZOMBIE_MS
#define CONFIG_LAZY_ZOMBIE_MS 10
#endif

/*
 * TREE_MEMORY_PERCENT (1..100): of the memory, what a program of the shell may use
 *
 * With all its children; and init with all servers as well.
 * More than 50 lets two of them together use up all of it; less keeps one from using what
 * nobody else does.
 */
#ifndef CONFIG_TREE_MEMORY_PERCENT
#define CONFIG_TREE_MEMORY_PERCENT 75
#endif

/*
 * ASID_BITS (3..16): width of an address-space identifier, at the most
 *
 * The hardware may have only 8; the smaller of the two is used. Fewer bits are
 * for torture: every 2^n new address spaces the numbers roll over, and each
 * CPU flushes its whole TLB once.
 */
#ifndef CONFIG_ASID_BITS
#define CONFIG_ASID_BITS 16
#endif

/* ---- CPUs and scheduling ---- */

/*
 * NR_CPUS (1..8): CPUs that can be used, at the most
 *
 * Cost: per-CPU data and stacks for each, whether it is there or not. With 1,
 * locks still mask interrupts but never spin.
 */
#ifndef CONFIG_NR_CPUS
#define CONFIG_NR_CPUS 4
#endif

/*
 * SCHED_SLICE_MS (1..1000): milliseconds a thread may run before the next of its priority
 *
 * Cost: one timer interrupt a slice on a CPU with more than one runnable
 * thread of the same priority; none otherwise.
 */
#ifndef CONFIG_SCHED_SLICE_MS
#define CONFIG_SCHED_SLICE_MS 10
#endif

/* ---- user programs ---- */

/*
 * PMU_USER (y/n): user programs may read the event and cycle counters
 *
 * Cost: nothing in time. Programs can time each other more finely, which side
 * channels need too; a system with hostile programs wants n.
 */
#ifndef CONFIG_PMU_USER
#define CONFIG_PMU_USER 1
#endif

/* ---- diagnosis ---- */

/*
 * LOG_BUF_KB (4..1024): kilobytes of kernel log kept for dmesg
 *
 * Cost: that much memory. Older lines are overwritten.
 */
#ifndef CONFIG_LOG_BUF_KB
#define CONFIG_LOG_BUF_KB 32
#endif

/*
 * DEBUG_ASSERT (y/n): check the invariants of address spaces, locks and queues as they are used
 *
 * Cost: some instructions at most lock, switch and reference operations, so
 * the figures in docs/benchmarks.md are of n. Tests run both; the audits (`mm
 * check`) work either way.
 */
#ifndef CONFIG_DEBUG_ASSERT
#define CONFIG_DEBUG_ASSERT 0
#endif

/*
 * DEBUG_LAZY_ROOTS (y/n): before a root table is freed every CPU's TTBR0 is asked; a hit is a panic
 *
 * Cost: an interrupt to every CPU at the end of each address space, and a detour
 * through lazyd where that is not possible.
 */
#ifndef CONFIG_DEBUG_LAZY_ROOTS
#define CONFIG_DEBUG_LAZY_ROOTS 0
#endif

/*
 * DEBUG_LAZY_EPD0 (y/n): while a CPU lodges, every access to a user address faults
 *
 * TCR_EL1.EPD0 and the reserved ASID while lazy: no walks of the borrowed table, no
 * hits of what it left in the TLB. Armv8.0 has no PAN, so otherwise a stray
 * access of a kernel thread may succeed in silence.
 *
 * Cost: two system registers written and an ISB at the beginning and the end of
 * each lodging, which is what lodging is meant to save.
 */
#ifndef CONFIG_DEBUG_LAZY_EPD0
#define CONFIG_DEBUG_LAZY_EPD0 0
#endif

/*
 * DEBUG_LAZY_LEDGER (y/n): each address space remembers who took and dropped its references
 *
 * Cost: 1.3 KB an address space, and an entry written at each reference; `mm who ID
 * --ledger` shows the last 24.
 */
#ifndef CONFIG_DEBUG_LAZY_LEDGER
#define CONFIG_DEBUG_LAZY_LEDGER 0
#endif

/*
 * BUG (name): plants one known mistake of lazy address spaces, which a test has to find
 *
 *   none                   no mistake
 *   drop_before_switch     a borrow is returned while TTBR0 still has it
 *   drop_twice             ... and once more
 *   forgotten_grab         user -> kernel takes no reference
 *   no_shootdown           a root is freed without asking who has it loaded
 *   no_handover            SLOT's last user counts no CPU
 *   slot_before_ttbr0      the slot names the next mm before TTBR0 does
 *   asid_not_reserved      a rollover forgets the ASIDs that are loaded
 *   no_teardown_tlbi       tables are freed with their entries in TLBs
 *   fault_fills_borrowed   a kernel thread's fault populates what it lodges in
 *   mm_through_active_mm   user copies ask active_mm whether there is a user context
 *   exec_irqs_on           exec changes mm, active_mm and TTBR0 in steps
 *   hotplug_mask_first     a CPU leaves the online mask before its address space
 *   find_resurrects        who finds an mm by its number takes a reference to a dead one
 *   on_cpu_no_release      a thread's registers may be seen saved too early
 *   no_migration_dsb       a thread moves while its TLBIs are not complete
 *
 * docs/bugs.md says which test finds which; `make test-bugs` tries them all.
 *
 * Cost: a kernel that is wrong.
 */
#ifndef CONFIG_BUG
#define CONFIG_BUG 0
#endif

/*
 * SELFTEST (y/n): build the in-kernel tests in, for the shell's `test` command
 *
 * Cost: image size, about as much as the kernel itself.
 */
#ifndef CONFIG_SELFTEST
#define CONFIG_SELFTEST 0
#endif

/*
 * FAILPOINTS (y/n): allocations can be made to fail on purpose
 *
 * Cost: a load and a branch in each allocation.
 */
#ifndef CONFIG_FAILPOINTS
#define CONFIG_FAILPOINTS 1
#endif

/*
 * CHAINLOADER_WAIT_S (1..60): seconds that the chainloader waits for a kernel over the line
 *
 * Cost: so much later the card's kernel is booted, if nobody sends one. It is in
 * boot/chainloader, not in the kernel.
 */
#ifndef CONFIG_CHAINLOADER_WAIT_S
#define CONFIG_CHAINLOADER_WAIT_S 3
#endif

/* ---- choices that exclude each other ---- */

#define LAZY_NO_OTHER_CHOSEN                                               \
	(!CONFIG_MMU_LAZY_TLB_REFCOUNT && !CONFIG_MMU_LAZY_TLB_SLOT &&     \
	 !CONFIG_MMU_LAZY_TLB_EAGER)
#define LAZY_STRATEGIES_CHOSEN                                             \
	(CONFIG_MMU_LAZY_TLB_REFCOUNT + CONFIG_MMU_LAZY_TLB_SHOOTDOWN +    \
	 CONFIG_MMU_LAZY_TLB_SLOT + CONFIG_MMU_LAZY_TLB_EAGER)
#if LAZY_STRATEGIES_CHOSEN > 1
#error "one strategy for lazy address spaces, not several: to choose SHOOTDOWN, SLOT or EAGER set CONFIG_MMU_LAZY_TLB_REFCOUNT=n as well, and only that one"
#endif
#if LAZY_STRATEGIES_CHOSEN == 0
#error "without any strategy a freed page table could stay loaded: set one of CONFIG_MMU_LAZY_TLB_REFCOUNT=y, _SHOOTDOWN=y, _SLOT=y, _EAGER=y"
#endif
#if (1 << CONFIG_ASID_BITS) <= CONFIG_NR_CPUS + 1
#error "each CPU may keep an ASID, and one more must be free: set CONFIG_ASID_BITS higher or CONFIG_NR_CPUS lower"
#endif
