/* SPDX-License-Identifier: MIT */
/* Memory: free, slab. */
#include "shell/shell.h"

#include "mm/kmap.h"
#include "mm/layout.h"
#include "mm/page.h"
#include "mm/slab.h"

static void show_ranges(struct record *r)
{
	static const struct column columns[] = {
		{ "start", "START", 12 },
		{ "end", "END", 12 },
		{ "bytes", "SIZE", 6 },
		{ "what", "WHAT", -1 },
	};
	struct table t;

	record_table(r, "ranges", &t, columns, ARRAY_SIZE(columns));
	for (unsigned int i = 0; i < mem_layout.nr_mem; i++) {
		const struct mem_range *m = &mem_layout.mem[i];

		table_row(&t, v_hex(m->start), v_hex(m->end),
			  v_bytes(m->end - m->start), v_str("memory"));
	}
	for (unsigned int i = 0; i < mem_layout.nr_reserved; i++) {
		const struct mem_range *m = &mem_layout.reserved[i];

		table_row(&t, v_hex(m->start), v_hex(m->end),
			  v_bytes(m->end - m->start), v_str(m->what));
	}
	table_end(&t);
}

static int cmd_free(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "order", "ORDER", 5 },
		{ "bytes", "BLOCK", 6 },
		{ "free", "FREE", 7 },
	};
	struct page_stats s;
	struct record r;
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	page_get_stats(&s);
	record_begin(&r, &sh->out, 14);
	record_field(&r, "total", v_bytes(s.total_pages * PAGE_SIZE));
	record_field(&r, "used", v_bytes((s.total_pages - s.free_pages -
					  s.cached_pages) * PAGE_SIZE));
	record_field(&r, "free", v_bytes(s.free_pages * PAGE_SIZE));
	record_field(&r, "stocks", v_bytes(s.cached_pages * PAGE_SIZE));
	record_field(&r, "stacks_kept", v_bytes(kstack_kept() * KSTACK_SIZE));
	record_field(&r, "kernel_tables", v_bytes(kmap_table_pages * PAGE_SIZE));
	record_field(&r, "total_pages", v_u64(s.total_pages));
	record_field(&r, "free_pages", v_u64(s.free_pages + s.cached_pages));
	record_field(&r, "allocs", v_u64(s.allocs));
	record_field(&r, "failures", v_u64(s.failures));
	record_table(&r, "blocks", &t, columns, ARRAY_SIZE(columns));
	for (u64 order = 0; order <= MAX_ORDER; order++)
		table_row(&t, v_u64(order), v_bytes(PAGE_SIZE << order),
			  v_u64(s.free_blocks[order]));
	table_end(&t);
	show_ranges(&r);
	record_end(&r);
	return 0;
}

COMMAND(free) = {
	.name = "free",
	.usage = "[--json|--csv]",
	.brief = "memory in use and free, and where it is",
	.help = "stocks are single pages that the CPUs keep at hand; they are free too.\n"
		"stacks_kept: of ended threads, for the next ones. kernel_tables: they map\n"
		"stacks, and stay.\n"
		"example: free --json",
	.flags = CMD_LISTING,
	.run = cmd_free,
};

static int cmd_slab(struct shell *sh, int argc, char **argv)
{
	static const struct column columns[] = {
		{ "name", "NAME", -16 },    { "size", "SIZE", 6 },
		{ "per_slab", "/PAGE", 5 }, { "pages", "PAGES", 6 },
		{ "active", "ACTIVE", 8 },  { "allocs", "ALLOCS", 10 },
		{ "failures", "FAILED", 7 },
	};
	struct cache_info c;
	struct table t;

	if (argc > 1)
		return shell_usage(sh);
	table_begin(&t, &sh->out, columns, ARRAY_SIZE(columns));
	for (unsigned int i = 0; cache_get_info(i, &c); i++)
		table_row(&t, v_str(c.name), v_u64(c.size), v_u64(c.per_slab),
			  v_u64(c.slabs), v_u64(c.active), v_u64(c.allocs),
			  v_u64(c.failures));
	table_end(&t);
	return 0;
}

COMMAND(slab) = {
	.name = "slab",
	.usage = "[--json|--csv]",
	.brief = "caches of kernel objects",
	.help = "ACTIVE is what is handed out now.\nexample: watch -d slab",
	.flags = CMD_LISTING,
	.run = cmd_slab,
};
