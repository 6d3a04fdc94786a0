/* SPDX-License-Identifier: MIT */
/*
 * `crash-kernel`: do what a kernel must never do, one kind at a time, to see that
 * it is caught and what the report looks like. (`run crash` is the same for a
 * program, which only that program has to pay for.)
 *
 * Each kind is a function of its own, neither inlined nor merged into its last
 * call, so that a backtrace names it.
 * Writes put back what was there and code is a mere return: if the protection
 * fails nothing is harmed, and the command says so.
 */
#include "kernel/assert.h"
#include "lib/string.h"
#include "mm/kmap.h"
#include "mm/page.h"
#include "sched/task.h"
#include "sched/watchdogd.h"
#include "shell/shell.h"

#define INSN_RET 0xd65f03c0
#define STACK_EATEN 256 /* by a call of crash_stack(), at the least */

typedef void code_fn(void);

/* What the compiler must not see through. */
static volatile bool all_is_well;
static code_fn *volatile jump_to;

static u32 some_data[] = { INSN_RET };
static const u32 some_constant[] = { INSN_RET };

static void touch(vaddr_t va)
{
	volatile u32 *p = HIDE_ORIGIN((volatile u32 *)va);

	*p = *p;
}

/* The other mapping of something in the kernel image. */
static vaddr_t linear(const void *sym)
{
	return (vaddr_t)phys_to_virt(sym_to_phys(sym));
}

static __noinline void crash_nothing(void)
{
	barrier();
}

static __noinline void crash_null(void)
{
	touch(0);
}

static __noinline void crash_jump(void)
{
	jump_to = (code_fn *)KIMAGE_BASE; /* below the image: nothing is there */
	jump_to();
	barrier(); /* no jump in place of the call */
}

static __noinline u32 crash_stack(u32 depth)
{
	static volatile u32 enough = ~0U;
	volatile u8 eaten[STACK_EATEN];

	if (depth == enough)
		return 0;
	eaten[depth % STACK_EATEN] = (u8)depth;
	return crash_stack(depth + 1) + eaten[depth % STACK_EATEN];
}

static __noinline void crash_stack_overflow(void)
{
	crash_stack(0);
	barrier();
}

static __noinline void crash_guard(void)
{
	vaddr_t stack = ALIGN_DOWN((vaddr_t)__builtin_frame_address(0), KSTACK_SIZE);

	touch(stack - sizeof(u64));
}

static __noinline void crash_assert(void)
{
	ENSURE(all_is_well);
}

static __noinline void crash_brk(void)
{
	if (!all_is_well) /* or else the compiler knows that nothing comes after it */
		__builtin_trap();
}

static __noinline void crash_text(void)
{
	touch((vaddr_t)crash_nothing);
}

static __noinline void crash_text_linear(void)
{
	touch(linear(crash_nothing));
}

static __noinline void crash_const(void)
{
	touch((vaddr_t)some_constant);
}

static __noinline void crash_const_linear(void)
{
	touch(linear(some_constant));
}

static void execute(const void *code)
{
	jump_to = (code_fn *)code;
	jump_to();
	barrier(); /* no jump in place of the call */
}

static __noinline void crash_exec_data(void)
{
	execute(some_data);
	barrier();
}

static __noinline void crash_exec_const(void)
{
	execute(some_constant);
	barrier();
}

static __noinline void crash_exec_stack(void)
{
	volatile u32 code[] = { INSN_RET };

	execute((const void *)code);
}

static __noinline void crash_exec_linear(void)
{
	execute((const void *)linear(crash_nothing));
	barrier();
}

static __noinline void crash_unaligned(void)
{
	static u64 words[2];

	/* Plain accesses may be unaligned; atomic ones may not (B2.5.2). */
	__atomic_add_fetch((u64 *)HIDE_ORIGIN((vaddr_t)words + 1), 1,
			   __ATOMIC_RELAXED);
}

static __noinline void crash_lock_order(void)
{
	static struct spinlock outer = SPINLOCK_INIT(RANK_CONSOLE);
	static struct spinlock inner = SPINLOCK_INIT(RANK_TTY);

	spin_lock(&outer);
	spin_lock(&inner);
	spin_unlock(&inner);
	spin_unlock(&outer);
}

/* On this CPU. The others go on until they want something of it. */
static __noinline void crash_hang(void)
{
	local_irq_disable();
	while (!all_is_well)
		cpu_yield_hint();
	local_irq_enable();
}

static const struct kind {
	const char *name, *brief;
	code_fn *fn;
} kinds[] = {
	{ "null", "touch address 0", crash_null },
	{ "jump", "call where nothing is", crash_jump },
	{ "stack", "recurse without end", crash_stack_overflow },
	{ "guard", "touch what is below the stack", crash_guard },
	{ "assert", "an assertion that does not hold", crash_assert },
	{ "brk", "a trap of the compiler", crash_brk },
	{ "text", "write to code", crash_text },
	{ "text-linear", "the same, in the map of all memory", crash_text_linear },
	{ "const", "write to a constant", crash_const },
	{ "const-linear", "the same, in the map of all memory", crash_const_linear },
	{ "exec-data", "call data", crash_exec_data },
	{ "exec-const", "call a constant", crash_exec_const },
	{ "exec-stack", "call the stack", crash_exec_stack },
	{ "exec-linear", "call code in the map of all memory", crash_exec_linear },
	{ "unaligned", "an atomic access across its size", crash_unaligned },
	{ "hang", "loop with interrupts off", crash_hang },
	{ "lock-order", "take two locks in the wrong order", crash_lock_order },
};

static const struct kind *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static int list_kinds(struct shell *sh)
{
	static const struct column columns[] = {
		{ "kind", "KIND", -12 }, { "brief", "WHAT", -1 },
	};
	struct table t;

	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		table_row(&t, v_str(kinds[i].name), v_str(kinds[i].brief));
	table_end(&t);
	return 0;
}

static int cmd_crash_kernel(struct shell *sh, int argc, char **argv)
{
	const struct kind *k;

	if (argc == 1)
		return list_kinds(sh);
	k = find(argv[1]);
	if (!k)
		return shell_fail(sh, -ENOENT, "no kind '%s'; crash-kernel alone "
				  "lists them", argv[1]);
	if (argc != 3 || strcmp(argv[2], "--yes") != 0)
		return shell_fail(sh, -EPERM, "this ends the system, all programs "
				  "with it: say crash-kernel %s --yes", k->name);
	if (k->fn == crash_lock_order && !CONFIG_DEBUG_ASSERT)
		return shell_fail(sh, -ENOSYS, "this kernel would not notice: built "
				  "without CONFIG_DEBUG_ASSERT");
	if (k->fn == crash_hang && !watchdogd_runs())
		return shell_fail(sh, -ENOSYS, "nobody would notice: boot with watchdog=N "
				  "on the kernel's command line");
	k->fn();
	return shell_fail(sh, -EFAULT, "still here: nothing has caught it");
}

static void complete_crash(struct completions *c, int argc, char **argv)
{
	if (argc == 1)
		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
			complete_add(c, kinds[i].name);
}

COMMAND(crash_kernel) = {
	.name = "crash-kernel",
	.usage = "[KIND --yes]",
	.brief = "DANGER: break the kernel on purpose, to see it panic",
	.help = "Without KIND it lists what there is. Nothing is saved, nothing goes on:\n"
		"the machine must be reset. With `semihosting` QEMU ends, exit status 101.\n"
		"example: crash-kernel null --yes",
	.flags = CMD_LISTING,
	.run = cmd_crash_kernel,
	.complete = complete_crash,
};
