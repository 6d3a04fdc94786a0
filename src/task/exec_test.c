/* SPDX-License-Identifier: MIT */
/*
 * exec from inside the kernel: what no program can see. The programs are of the
 * archive, or a system call and an exit, made here.
 */
#include "task/exec.h"
#include "core/clock.h"
#include "core/smp.h"
#include "kernel/errno.h"
#include "kernel/test.h"
#include "lib/string.h"
#include "mm/lazy.h"
#include "task/initramfs.h"

#define DEADLINE_NS (20 * NSEC_PER_SEC)

static const char *why;

/* Wait for the end and let go. The status, or a negative errno. */
static s64 finish(struct process *p)
{
	s64 status;
	int err = process_wait(p, clock_ns() + DEADLINE_NS, &status);

	if (err)
		process_kill(p, STATUS_KILLED);
	process_put(p);
	return err ? err : status;
}

static bool find(const char *name, struct spawn *s)
{
	struct cpio_entry e;

	if (initramfs_find(name, &e)) {
		test_skip("the archive lacks a program");
		return false;
	}
	s->image = &initramfs;
	s->offset = (u64)(e.data - initramfs.data);
	s->len = e.size;
	return true;
}

/* ---- the switch itself ---- */

static u32 apart, looks; /* [CPU 1, IRQs off] */

/* In an interrupt, wherever it hit: mm, active_mm and TTBR0 agree. */
static void look(void *arg)
{
	const struct task *t = current;

	looks += t->is_user;
	if (!t->active_mm || (t->mm && t->mm != t->active_mm) ||
	    ttbr0_read().base != t->active_mm->pgd)
		apart++;
}

/* Invariants 2 and 20, by a program that becomes itself again and again. Seen failing
 * with CONFIG_BUG=exec_irqs_on, and with switch_mm_other left out of exec_mm (the new
 * program faults for ever). */
TEST(exec, changes_all_three)
{
	struct spawn s = { .args = "exec\0-n\0" "100\0exit\0" "7", .args_len = 19,
			   .argc = 5, .affinity = cpu_bit(1) };
	u64 end_ns = clock_ns() + DEADLINE_NS;
	struct process *p;
	s64 status;

	if (!cpu_online(1))
		return test_skip("needs CPU 1");
	if (!find("exec", &s))
		return;
	apart = looks = 0;
	EXPECT_EQ(task_set_affinity(current, cpu_bit(0)), 0);
	EXPECT_EQ(process_spawn(&s, &p, &why), 0);
	while (process_wait(p, 0, &status) == -ETIMEDOUT && clock_ns() < end_ns)
		smp_call(cpu_bit(1), look, NULL);
	EXPECT_EQ(finish(p), 7);
	EXPECT_LT(0, looks);
	EXPECT_EQ(apart, 0);
}

/* ---- no memory ---- */

/* A64 instructions (Arm ARM C6.2). */
#define MOV(r, n) (0xd2800000 | (u32)(n) << 5 | (r))   /* movz xr, #n */
#define MOVK16(r, n) (0xf2a00000 | (u32)(n) << 5 | (r)) /* movk xr, #n, lsl 16 */
#define LOAD(r, n) MOV(r, (n) & 0xffff), MOVK16(r, (n) >> 16)
#define MOV_ALL(r) (0xaa3f03e0 | (r))		       /* mvn xr, xzr */
#define MOV_REG(to, from) (0xaa0003e0 | (u32)(from) << 16 | (to))
#define SVC 0xd4000001

#define BASE 0x400000UL

static struct {
	struct {
		u8 ident[16];
		u16 type, machine;
		u32 version;
		u64 entry, phoff, shoff;
		u32 flags;
		u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
	} eh;
	struct {
		u32 type, flags;
		u64 offset, vaddr, paddr, filesz, memsz, align;
	} ph;
	struct spawn_args args;
	char strings[8];
	u32 code[32];
} file = {
	.eh = { .ident = "\177ELF\2\1\1", .type = 2, .machine = 183, .version = 1,
		.phentsize = sizeof(file.ph), .phnum = 1 },
	.ph = { .type = 1, .flags = 5, .vaddr = BASE, .filesz = sizeof(file),
		.memsz = 3 * PAGE_SIZE, .align = PAGE_SIZE },
	.strings = "exit\0" "6",
};
#define IN_FILE(member) (BASE + offsetof(__typeof__(file), member))

static struct image image = { .data = (const u8 *)&file, .size = sizeof(file) };

/*
 * What a program gets for system call nr when its nth allocation from there on
 * fails. It says & 0xff; if it got a handle, it waits for that first.
 */
static s64 call_failing(u32 n, u32 nr, const u64 args[4])
{
	const u32 code[] = {
		LOAD(0, args[0]), LOAD(1, args[1]), LOAD(2, args[2]), LOAD(3, args[3]),
		MOV(8, nr), SVC,
		MOV_REG(19, 0), MOV_ALL(1), MOV(2, 0), MOV(8, SYS_wait), SVC,
		MOV_REG(0, 19), MOV(8, SYS_exit), SVC,
	};
	/* Below us on our CPU, it does not run before we wait. */
	const struct spawn s = { .image = &image, .len = sizeof(file), .args = "test",
				 .args_len = 5, .argc = 1, .affinity = cpu_bit(0) };
	struct process *p;
	int err;

	memcpy(file.code, code, sizeof(code));
	file.eh.phoff = offsetof(__typeof__(file), ph);
	file.eh.entry = IN_FILE(code);
	file.args = (struct spawn_args){ IN_FILE(strings), 7, 2, 0, 0, 0, 0 };
	err = process_spawn(&s, &p, &why);
	if (err)
		return err;
	err = mm_handle_fault(p->mm, BASE, FAULT_EXEC); /* all that it will touch */
	if (err)
		process_kill(p, STATUS_KILLED);
	else
		list_first(&p->threads, struct thread, node)->task->ti.failpoint = n;
	return finish(p);
}

/* How many allocations failed, one after the other, before *last was said. */
static u32 failures(u32 nr, const u64 args[4], s64 *last)
{
	u32 n = 0;

	do
		*last = call_failing(++n, nr, args);
	while (*last == (-ENOMEM & 0xff));
	return n - 1;
}

/*
 * Every failure leaves the caller to say so. Behind the last one the failpoint is still
 * armed when the program goes on: then it may end by a page that it does not get.
 * Seen failing with mmput left out of exec_prepare, and kfree(args) out of sys_exec.
 */
TEST(exec, failing_at_each_allocation)
{
	const u64 args[4] = { HANDLE_INITRAMFS, 0, 0, IN_FILE(args) };
	struct spawn s = { 0 };
	u64 exit_args[4];
	s64 last;
	u32 n;

	if (!find("exit", &s))
		return;
	EXPECT_EQ(task_set_affinity(current, cpu_bit(0)), 0);
	memcpy(exit_args, args, sizeof(args));
	exit_args[1] = s.offset;
	exit_args[2] = s.len;
	n = failures(SYS_exec, exit_args, &last);
	EXPECT(last == 6 || last >= STATUS_FAULT);
	EXPECT_EQ(call_failing(0, SYS_exec, exit_args), 6);
	/* args, elf, mm, root, two segments, archive, stack, a page, three tables */
	EXPECT_LE(CONFIG_FAILPOINTS ? 12 : 0, n);
	n = failures(SYS_spawn, exit_args, &last);
	EXPECT_EQ(last, HANDLE_FIRST);
	/* the same, and process, handles, thread, task, kernel stack, FP state */
	EXPECT_LE(CONFIG_FAILPOINTS ? 17 : 0, n);
	n = failures(SYS_vm_protect, (u64[4]){ BASE + PAGE_SIZE, PAGE_SIZE, PROT_READ }, &last);
	EXPECT_EQ(last, 0);
	EXPECT_EQ(n, CONFIG_FAILPOINTS ? 2 : 0); /* regions for the edges */
}
