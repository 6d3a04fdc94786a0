/* SPDX-License-Identifier: MIT */
/* vm: what is where in the address space of a process, and how much of it is there. */
#include "shell/cmd_mm.h"
#include "shell/views.h"

#include "mm/region.h"

static const char *prot_text(u32 prot)
{
	static const char *const texts[8] = { "---", "r--", "-w-", "rw-",
					      "--x", "r-x", "-wx", "rwx" };

	return texts[prot & 7];
}

static const char *const kind_names[] = {
	[REGION_ZEROS] = "zeros on demand",
	[REGION_PROGRAM] = "program, then zeros",
	[REGION_MEMORY] = "memory object",
	[REGION_ARCHIVE] = "memory object: archive",
	[REGION_DEVICE] = "memory object: device",
	[REGION_PAGED] = "memory object: paged",
};

void show_regions(struct record *r, struct mm *mm)
{
	static const struct column columns[] = {
		{ "start", "START", 14 },  { "end", "END", 14 },
		{ "bytes", "SIZE", 6 },	   { "prot", "PROT", -4 },
		{ "present", "PRESENT", 7 }, { "shared", "SHARED", 6 },
		{ "kind", "WHAT IS THERE", -1 },
	};
	struct region_info region = { 0 };
	u64 bytes = 0, present = 0, shared = 0, nr = 0;
	bool alive = mmget_not_zero(mm); /* else its regions are gone, or going */
	struct table t;

	record_table(r, "regions", &t, columns, ARRAY_SIZE(columns));
	while (alive && !shell_interrupted() && region_get_info(mm, region.end, &region)) {
		table_row(&t, v_hex(region.start), v_hex(region.end),
			  v_bytes(region.end - region.start),
			  v_str(prot_text(region.prot)), v_u64(region.present),
			  v_u64(region.shared), v_str(kind_names[region.kind]));
		bytes += region.end - region.start;
		present += region.present;
		shared += region.shared;
		nr++;
	}
	table_end(&t);
	if (alive)
		mmput(mm);
	record_group(r, "total");
	record_field(r, "regions", v_u64(nr));
	record_field(r, "bytes", v_bytes(bytes));
	record_field(r, "present", v_u64(present));
	record_field(r, "shared", v_u64(shared));
	record_group_end(r);
}

static int cmd_vm(struct shell *sh, int argc, char **argv)
{
	struct process_info info = { 0 };
	struct process *p = NULL;
	struct mm *mm = NULL;
	struct record r;
	u64 pid;
	int err;

	if (argc != 2)
		return shell_usage(sh);
	err = shell_number(sh, argv[1], "a PID", &pid);
	if (err)
		return err;
	if (pid <= UINT32_MAX)
		p = process_find((u32)pid);
	if (p) {
		process_get_info(p, &info);
		process_put(p);
	}
	if (info.mm_id)
		mm = mm_find(info.mm_id);
	if (!mm)
		return shell_fail(sh, -ESRCH, "no process %s; ps shows them", argv[1]);
	record_begin(&r, &sh->out, 11);
	record_field(&r, "pid", v_u64(info.pid));
	record_field(&r, "name", v_str(info.name));
	record_field(&r, "mm", v_u64(info.mm_id));
	record_field(&r, "rss_pages", v_u64(info.rss_pages));
	record_field(&r, "table_pages", v_u64(info.table_pages));
	record_field(&r, "account", v_bytes(info.account_used * PAGE_SIZE));
	record_field(&r, "account_max", v_bytes(info.account_limit * PAGE_SIZE));
	show_regions(&r, mm);
	record_end(&r);
	mmdrop(mm);
	return 0;
}

static void complete_process(struct completions *c, int argc, char **argv)
{
	struct process *p;
	u32 pid = 0;

	if (argc > 1)
		return;
	while ((p = process_next(&pid))) {
		complete_add_u64(c, p->pid);
		process_put(p);
	}
}

COMMAND(vm) = {
	.name = "vm",
	.usage = "PID [--json|--csv]",
	.brief = "what is in the address space of a process, and how much is there",
	.help = "PRESENT is how many pages of a region are there by now, SHARED how many of\n"
		"these are not the process's own: the archive's, or a memory object's, whose\n"
		"kind is archive, device (registers) or paged (a program supplies them).\n"
		"--- is a guard: nobody may touch it. `mm show` has the address space's side.\n"
		"account is what it uses together with those who share its limit.\n"
		"example: run spin & ps | grep spin; vm 1",
	.flags = CMD_LISTING,
	.run = cmd_vm,
	.complete = complete_process,
};
