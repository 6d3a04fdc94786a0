/* SPDX-License-Identifier: MIT */
/* `explain`: the words of the lazy address-space scheme, each in a few lines. */
#include "lib/string.h"
#include "shell/shell.h"

struct term {
	const char *name, *text;
};

static const struct term terms[] = {
	{ "active_mm",
	  "The address space that is loaded while a thread runs. For a thread with a\n"
	  "real one (mm) it is the same; a kernel thread has none and borrows the one\n"
	  "that it finds. When it is switched away it gives the borrowed one back." },
	{ "anonymous",
	  "A thread without a real address space: it does not care which user tables\n"
	  "are loaded, because it never touches user memory." },
	{ "asid",
	  "A number that marks TLB entries, so that entries of several address spaces\n"
	  "live side by side and a switch needs no flush. It stands in TTBR0_EL1\n"
	  "beside the table's address: one register write changes both." },
	{ "eager",
	  "The strategy CONFIG_MMU_LAZY_TLB_EAGER=y: nobody lodges. A CPU that goes to\n"
	  "a kernel thread loads the empty table: two TTBR0 writes for each visit." },
	{ "generation",
	  "Which round of ASIDs an address space's number belongs to. When the numbers\n"
	  "run out the generation grows, every TLB is flushed once, and numbers are\n"
	  "given anew; those that a CPU still has loaded are kept." },
	{ "handover",
	  "With the strategy SLOT: a dead address space becomes the duty of a CPU that\n"
	  "still has it loaded; that CPU drops one mm_count when it has left it." },
	{ "init_mm",
	  "An address space that is nobody's. It stands in where no other is there to\n"
	  "be borrowed: at boot, and on a CPU that leaves. Its counts never reach 0." },
	{ "invariant",
	  "What must hold in every build. mm check audits them all; debug builds also\n"
	  "assert them where they could break." },
	{ "lazy",
	  "Lodging: a CPU runs a thread without an address space and leaves the last\n"
	  "one loaded. TTBR0 is not written, nothing is flushed; coming back to the\n"
	  "same program is free. mm cpus shows it live." },
	{ "mm",
	  "An address space: regions, translation tables, an ASID, two counters. As a\n"
	  "field of a thread: its real one, or none." },
	{ "mm_count",
	  "Who needs the struct and its root table to exist: one for all real users\n"
	  "together, one for each lodger (if borrows are counted), one for each pin.\n"
	  "At 0 both are freed. Helpers: mmgrab, mmdrop." },
	{ "mm_users",
	  "Threads that really live in the address space. At 0 its pages and lower\n"
	  "tables go at once, whoever still lodges. Helpers: mmget, mmput." },
	{ "pgd",
	  "The physical address of the root translation table: what TTBR0_EL1 must\n"
	  "hold where the address space is loaded." },
	{ "refcount",
	  "The strategy CONFIG_MMU_LAZY_TLB_REFCOUNT=y: a lodger counts in mm_count.\n"
	  "Exit costs nothing; each borrow costs two atomic operations." },
	{ "rollover",
	  "All ASIDs are used up: a new generation begins and each CPU flushes its TLB\n"
	  "once, at its next switch to another address space." },
	{ "shootdown",
	  "The strategy CONFIG_MMU_LAZY_TLB_SHOOTDOWN=y: lodgers are not counted. When\n"
	  "the last user exits, an interrupt makes every CPU that has the address\n"
	  "space loaded move to init_mm; then it is freed." },
	{ "slot",
	  "The strategy CONFIG_MMU_LAZY_TLB_SLOT=y: lodgers are not counted. When the\n"
	  "last user exits, the table is handed to the CPUs that have it loaded; each\n"
	  "drops it at its next switch, or is made to after CONFIG_LAZY_ZOMBIE_MS." },
	{ "switch_mm",
	  "Loads a table and its ASID into TTBR0_EL1. context_switch() calls it only\n"
	  "where the next thread really lives somewhere else." },
	{ "tlbi",
	  "An instruction that removes TLB entries on all CPUs: all of them, those of\n"
	  "an ASID, or one address. mm stat counts each kind." },
	{ "ttbr0",
	  "TTBR0_EL1, the register of the lower (user) half: table and ASID. The\n"
	  "kernel lives in TTBR1_EL1 and so never needs a particular TTBR0." },
	{ "transition",
	  "The four kinds of switch: kk hands the borrowed one on; uk begins to lodge;\n"
	  "ku loads the next one unless it is already there; uu likewise." },
	{ "zombie",
	  "An address space whose last user is gone (mm_users is 0) while a CPU still\n"
	  "lodges in it. Only root table and struct are left. It goes when the last\n"
	  "lodger leaves; there are never more zombies than CPUs." },
};

static void complete_term(struct completions *c, int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < ARRAY_SIZE(terms); i++)
		complete_add(c, terms[i].name);
}

static int cmd_explain(struct shell *sh, int argc, char **argv)
{
	struct completions c = { .prefix = "" };

	if (argc > 2)
		return shell_usage(sh);
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(terms); i++) {
		if (strcmp(terms[i].name, argv[1]) != 0)
			continue;
		out_printf(&sh->out, "%s\n", terms[i].text);
		return 0;
	}
	if (argc == 2)
		shell_fail(sh, -ENOENT, "no entry for '%s'; there are:", argv[1]);
	complete_term(&c, 1, argv);
	complete_list_begin(&c, &sh->out, sh->edit.cols);
	complete_term(&c, 1, argv);
	complete_list_end(&c);
	return argc == 2 ? -ENOENT : 0;
}

COMMAND(explain) = {
	.name = "explain",
	.usage = "[TERM]",
	.brief = "what the words of lazy address spaces mean",
	.help = "example: explain zombie",
	.run = cmd_explain,
	.complete = complete_term,
};
