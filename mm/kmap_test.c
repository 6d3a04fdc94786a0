/* SPDX-License-Identifier: MIT */
/*
 * The kernel's half: who may do what where, and that an unmapped page is gone for
 * every CPU. Tables below are never freed, so tests stay where there are some.
 */
#include "core/early.h"
#include "core/extable.h"
#include "core/failpoint.h"
#include "core/smp.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "mm/kmap.h"
#include "mm/layout.h"
#include "mm/page.h"

extern char _text[], __data_start[];

/* The last page below the table of the first devices: never reached by them. */
#define SPARE_VA (IOREMAP_BASE + 2 * BLOCK_SIZE - PAGE_SIZE)

static pte_t rights(vaddr_t va)
{
	return kmap_lookup(va) & (PTE_VALID | PTE_AP_USER | PTE_AP_RO | PTE_PXN |
				  PTE_UXN | PTE_ATTR_MASK);
}

#define RX (PTE_VALID | PTE_UXN | PTE_AP_RO)
#define RO (PTE_VALID | PTE_UXN | PTE_PXN | PTE_AP_RO)
#define RW (PTE_VALID | PTE_UXN | PTE_PXN)

/* Seen failing with PTE_KERNEL_RW for the text in map_linear (main.c), and with
 * PTE_PXN left out of PTE_KERNEL_RO. */
TEST(kmap, nothing_is_writable_and_executable)
{
	const vaddr_t head = KIMAGE_VADDR, text = (vaddr_t)_text, data = (vaddr_t)__data_start;
	u64 phys = sym_to_phys((void *)head);

	for (vaddr_t p = head; p < head + kimage_size; p += PAGE_SIZE) {
		pte_t want = p >= data ? RW : p == head || p >= text ? RX : RO;
		pte_t e = rights(p);

		/* Stacks in the image have unmapped guards. */
		EXPECT(e == want || (want == RW && !e));
	}
	for (unsigned int i = 0; i < mem_layout.nr_mem; i++) {
		u64 pa = mem_layout.mem[i].start;

		while (pa < mem_layout.mem[i].end) {
			bool constant = pa >= phys && pa < phys + (data - head);

			EXPECT_EQ(rights(LINEAR_BASE + pa), constant ? RO : RW);
			pa += pa < 16 * MIB ? PAGE_SIZE : BLOCK_SIZE;
		}
	}
}

static u32 readable; /* CPUs that could read */

static void read_call(void *arg)
{
	u32 value;

	if (probe_read32(SPARE_VA, &value) == 0 && value == 0x10d6e5)
		__atomic_add_fetch(&readable, 1, __ATOMIC_RELAXED);
}

static u32 readers(void)
{
	readable = 0;
	smp_call(CPU_MASK_ALL, read_call, NULL);
	return readable;
}

/* Each CPU's TLB has the page when it is unmapped. Seen failing with the TLBI left
 * out of kmap_unmap (all four CPUs could still read). */
TEST(kmap, unmapped_is_unmapped_on_every_cpu)
{
	struct page *p = page_alloc(0, PAGE_KERNEL);
	u32 before, after, cpus_up = 0;

	EXPECT(p);
	for_each_online_cpu(c)
		cpus_up++;
	*(u32 *)page_to_virt(p) = 0x10d6e5;
	EXPECT_EQ(kmap_lookup(SPARE_VA), 0);
	EXPECT_EQ(kmap_range(SPARE_VA, page_to_phys(p), PAGE_SIZE, PTE_KERNEL_RO), 0);
	EXPECT_EQ(pte_addr(kmap_lookup(SPARE_VA)), page_to_phys(p));
	before = readers();
	kmap_unmap(SPARE_VA, PAGE_SIZE);
	after = readers();
	page_free(p);
	EXPECT_EQ(before, cpus_up);
	EXPECT_EQ(after, 0);
	EXPECT_EQ(kmap_lookup(SPARE_VA), 0);
}

/* Seen failing with new_table's answer ignored. */
TEST(kmap, no_memory_for_a_table)
{
	vaddr_t va = IOREMAP_BASE + 400 * BLOCK_SIZE; /* its table is missing */
	int err;

	if (!CONFIG_FAILPOINTS)
		return test_skip("built without CONFIG_FAILPOINTS");
	EXPECT_EQ(kmap_lookup(va), 0);
	failpoint_arm(1);
	err = kmap_range(va, 0, PAGE_SIZE, PTE_KERNEL_RO);
	EXPECT(failpoint_disarm());
	EXPECT_EQ(err, -ENOMEM);
	EXPECT_EQ(kmap_lookup(va), 0);
}

/* Seen failing (boot's stacks already) with stacks KSTACK_SIZE apart: no guards. */
TEST(kmap, stacks_have_guards)
{
	vaddr_t stack[3];
	u32 wrong = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(stack); i++) {
		stack[i] = (vaddr_t)kstack_alloc();
		EXPECT(stack[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(stack); i++) {
		vaddr_t s = stack[i];

		wrong += !(s & KSTACK_SIZE) || s % KSTACK_SIZE; /* see entry.S */
		for (u64 off = 0; off < KSTACK_SIZE; off += PAGE_SIZE) {
			wrong += rights(s + off) != RW;
			wrong += kmap_lookup(s - KSTACK_SIZE + off) != 0;
			wrong += kstack_is_guard(s + off);
			wrong += !kstack_is_guard(s - PAGE_SIZE - off);
		}
		for (unsigned int j = 0; j < i; j++)
			wrong += stack[j] == s;
		kstack_free((void *)s);
	}
	EXPECT_EQ(wrong, 0);
	kstack_drain();
	for (unsigned int i = 0; i < ARRAY_SIZE(stack); i++)
		EXPECT_EQ(kmap_lookup(stack[i]), 0);
}

/* Seen failing with slot_free left out behind no_page: the second try finds no
 * slot where the first did, and gets another stack. */
TEST(kmap, no_memory_for_a_stack)
{
	void *first, *again;

	if (!CONFIG_FAILPOINTS)
		return test_skip("built without CONFIG_FAILPOINTS");
	kstack_drain();
	first = kstack_alloc();
	kstack_free(first);
	kstack_drain();
	failpoint_arm(1);
	again = kstack_alloc();
	EXPECT(failpoint_disarm());
	EXPECT(first && !again);
	again = kstack_alloc();
	kstack_free(again);
	EXPECT_EQ((u64)again, (u64)first);
}
