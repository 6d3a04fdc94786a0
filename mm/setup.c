/* SPDX-License-Identifier: MIT */
/*
 * Memory set-up: the ranges of the device tree become the linear map, struct pages
 * and free lists. What a tree says wrongly costs that piece of memory and a line of
 * the log: a shell with less is better than a panic.
 *
 * Everything is mapped by boot's tables (EARLY_TABLES): there is no allocator to
 * ask yet. A board needs about 20 of the 56; a tree of scattered pieces, or one that
 * promises 64 GB, may need more than there are. So memory is only mapped while
 * enough are left for struct pages, which take one for each 256 MB that has a piece.
 *
 * Runs on the host, too, over trees of every board size (tests/host).
 */
#include "mm/setup.h"
#include "core/audit.h"
#include "core/early.h"
#include "core/extable.h"
#include "core/log.h"
#include "core/panic.h"
#include "kernel/errno.h"
#include "mm/kmap.h"
#include "mm/page.h"
#include "mm/region.h"
#include "mm/slab.h"

#define TABLES_FOR_STRUCT_PAGES 16

struct mem_range memory_initrd;
static struct mem_range initrd_named; /* as the tree says, for the log */
static const char *initrd_wrong;      /* what is wrong with it, or NULL */
static bool memory_is_builtin;	      /* the tree's was of no use */

/* ---- the linear map ---- */

/* How many tables map_linear takes at the most: one for each GB and each end that no
 * block of 2 MB covers. `before` is where what is mapped already ends. */
static unsigned int tables_for(const struct mem_range *m, u64 before,
			       const struct mem_range *kernel)
{
	u64 gb = (ALIGN_UP(m->end, GIB) - ALIGN_DOWN(m->start, GIB)) / GIB;

	if (before > ALIGN_DOWN(m->start, GIB))
		gb--;
	return (unsigned int)gb + !IS_ALIGNED(m->start, BLOCK_SIZE) +
	       !IS_ALIGNED(m->end, BLOCK_SIZE) +
	       (kernel->start >= m->start && kernel->start < m->end ? 2 : 0);
}

/* The kernel's text and constants stay read-only here, too. */
static void map_linear(const struct mem_range *m, const struct memory_given *g)
{
	u64 ro = g->kernel.start, rw = g->kernel_data, at = m->start;

	while (at < m->end) {
		bool text = at >= ro && at < rw;
		u64 to = at < ro ? MIN(m->end, ro) : text ? MIN(m->end, rw) : m->end;

		if (kmap_range(LINEAR_BASE + at, at, to - at,
			       text ? PTE_KERNEL_RO : PTE_KERNEL_RW))
			panic("boot's tables are too few");
		at = to;
	}
}

/* Only the ends are looked at: a hole between them is not found. Not in the linear
 * map, where what is not there must not be. */
static bool is_there(const struct mem_range *m)
{
	paddr_t ends[] = { m->start, m->end - PAGE_SIZE };
	u64 value;

	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++) {
		void *p = kmap_firmware(ends[i], PAGE_SIZE);

		if (!p || probe_read64((vaddr_t)p, &value))
			return false;
	}
	return true;
}

static void map_memory(const struct memory_given *g)
{
	u64 before = 0;

	for (unsigned int i = 0; i < mem_layout.nr_mem;) {
		const struct mem_range *m = &mem_layout.mem[i];

		if (early_tables_used + tables_for(m, before, &g->kernel) +
			    TABLES_FOR_STRUCT_PAGES > EARLY_TABLES) {
			mem_layout_drop(&mem_layout, i, "needs too many tables: not used");
		} else if (!is_there(m)) {
			mem_layout_drop(&mem_layout, i, "cannot be read: not used");
		} else {
			map_linear(m, g);
			before = m->end;
			i++;
		}
	}
}

/* ---- struct pages ---- */

/* One for each frame of each 4 MB span that has memory of m. */
static int map_struct_pages(const struct mem_range *m)
{
	const u64 span = PAGE_SIZE << MAX_ORDER;
	u64 first = ALIGN_DOWN(m->start, span) >> PAGE_SHIFT;
	u64 last = ALIGN_UP(m->end, span) >> PAGE_SHIFT;
	vaddr_t va = (vaddr_t)pfn_to_page(first);
	vaddr_t end = (vaddr_t)pfn_to_page(last);
	u64 size, off;
	paddr_t pa;

	/* A span that two ranges share is there already. */
	while (va < end && kmap_lookup(va))
		va += PAGE_SIZE;
	size = end - va;
	if (size == 0)
		return 0;
	/* As far from a block's begin as va is: then blocks can map it. */
	off = size >= BLOCK_SIZE ? va & (BLOCK_SIZE - 1) : 0;
	pa = mem_layout_take(&mem_layout, off + size,
			     size >= BLOCK_SIZE ? BLOCK_SIZE : PAGE_SIZE, "struct pages");
	if (!pa)
		return -ENOMEM;
	phys_clear(pa + off, size);
	return kmap_range(va, pa + off, size, PTE_KERNEL_RW);
}

static void map_all_struct_pages(void)
{
	for (unsigned int i = 0; i < mem_layout.nr_mem;)
		if (map_struct_pages(&mem_layout.mem[i]))
			mem_layout_drop(&mem_layout, i,
					"has no room for struct pages: not used");
		else
			i++;
}

/* ---- the initrd ---- */

/* Programs map its pages as they are, and the rest of the last one is cleared
 * (src/task/initramfs.c): nothing else may be in them. Where firmware has packed it
 * beside the device tree, it is moved. */
static void give_initrd_pages(void)
{
	struct mem_range *r = &memory_initrd;
	u64 size = r->end - r->start;
	paddr_t to;

	if (size == 0 || mem_layout_has_pages(&mem_layout, r))
		return;
	to = mem_layout_take(&mem_layout, ALIGN_UP(size, PAGE_SIZE), PAGE_SIZE, "initrd");
	if (!to) {
		initrd_wrong = "shares a page, and there is no room for a copy";
		memory_initrd = (struct mem_range){ 0 };
		return;
	}
	phys_copy(to, r->start, size);
	*r = (struct mem_range){ to, to + size, r->what };
}

/* ---- all of it ---- */

static void lay_out(const struct memory_given *g, const struct fdt *memory)
{
	mem_layout_from_fdt(&mem_layout, memory, g->tree);
	mem_layout_cut(&mem_layout, g->devices, 4 * GIB - g->devices,
		       "is where devices are: not used");
	mem_layout_reserve(&mem_layout, 0, PAGE_SIZE, "spin-table");
	mem_layout_reserve(&mem_layout, g->kernel.start, g->kernel.end - g->kernel.start,
			   "kernel");
	mem_layout_reserve(&mem_layout, g->blob.start, g->blob.end - g->blob.start,
			   "device tree");
	map_memory(g);
}

void memory_init(const struct memory_given *g)
{
	struct mem_range r;

	lay_out(g, g->tree);
	memory_is_builtin = mem_layout.nr_mem == 0;
	if (memory_is_builtin)
		lay_out(g, g->builtin);
	initrd_wrong = mem_layout_initrd(&mem_layout, g->tree, &initrd_named);
	if (!initrd_wrong) {
		memory_initrd = initrd_named;
		mem_layout_reserve(&mem_layout, memory_initrd.start,
				   memory_initrd.end - memory_initrd.start, "initrd");
	}
	map_all_struct_pages();
	give_initrd_pages();
	if (!mem_layout_free_range(&mem_layout, 0, &r))
		panic("the device tree names no memory that can be used");
	for (unsigned int i = 0; mem_layout_free_range(&mem_layout, i, &r); i++)
		page_add_range(r.start, r.end);
	kmap_linear_ready = true;
	slab_init();
	region_init();
	audit_register(&buddy_audit);
	audit_register(&slab_audit);
}

void memory_log(void)
{
	struct page_stats s;

	for (unsigned int i = 0; i < mem_layout.nr_odd; i++)
		log_warn("memory: 0x%llx + 0x%llx %s",
			 (unsigned long long)mem_layout.odd[i].start,
			 (unsigned long long)mem_layout.odd[i].size, mem_layout.odd[i].what);
	if (memory_is_builtin)
		log_warn("memory: the device tree names none that can be used; taking the "
			 "built-in tree's");
	for (unsigned int i = 0; i < mem_layout.nr_mem; i++)
		log_info("memory: 0x%llx-0x%llx", (unsigned long long)mem_layout.mem[i].start,
			 (unsigned long long)mem_layout.mem[i].end - 1);
	page_get_stats(&s);
	log_info("memory: %llu MB free", (unsigned long long)(s.free_pages >> 8));
	if (initrd_wrong)
		log_err("initrd: 0x%llx-0x%llx %s: not used",
			(unsigned long long)initrd_named.start,
			(unsigned long long)initrd_named.end, initrd_wrong);
}
