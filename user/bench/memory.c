/* SPDX-License-Identifier: MIT */
/* What memory costs: mapping, touching, protecting it, and copies that share their pages. */
#include "bench.h"
#include "lodger.h"
#include "syscall.h"

#define RW (PROT_READ | PROT_WRITE)

static uint64_t map(unsigned long pages)
{
	long addr = sys_vm_map(HANDLE_NONE, 0, pages * USER_PAGE_SIZE,
			       PROT_READ | PROT_WRITE, 0);

	if (addr < 0)
		lodger_die("map: %s", lodger_strerror((int)-addr));
	return (uint64_t)addr;
}

static void touch(uint64_t addr)
{
	*(volatile char *)addr = 1;
}

int64_t run_fault(unsigned long count)
{
	uint64_t addr = map(count + 1);
	uint64_t start, cost;

	touch(addr); /* also makes the tables, which the others share */
	start = now();
	for (unsigned long i = 1; i <= count; i++)
		touch(addr + i * USER_PAGE_SIZE);
	cost = now() - start;
	sys_vm_unmap(addr, (count + 1) * USER_PAGE_SIZE);
	return (int64_t)cost;
}

/* Costs of the three calls for a page, touched or not. */
struct map_costs {
	uint64_t map, protect, unmap;
};

static struct map_costs map_costs(unsigned long count, bool touched)
{
	struct map_costs c = { UINT64_MAX, UINT64_MAX, UINT64_MAX };

	for (unsigned long i = 0; i < count; i++) {
		long at = bracket_call(SYS_vm_map, HANDLE_NONE, 0, USER_PAGE_SIZE,
				       PROT_READ | PROT_WRITE, &c.map);

		if (at < 0)
			lodger_die("map: %s", lodger_strerror((int)-at));
		if (touched)
			touch((uint64_t)at);
		if (bracket_call(SYS_vm_protect, (uint64_t)at, USER_PAGE_SIZE, PROT_READ, 0,
				 &c.protect) ||
		    bracket_call(SYS_vm_unmap, (uint64_t)at, USER_PAGE_SIZE, 0, 0, &c.unmap))
			lodger_die("a page that was mapped is not there");
	}
	return c;
}

int64_t run_map(unsigned long count)
{
	return counts_instructions ? exact(map_costs(count, false).map, count) : -1;
}

int64_t run_unmap(unsigned long count)
{
	return counts_instructions ? exact(map_costs(count, false).unmap, count) : -1;
}

int64_t run_protect_touched(unsigned long count)
{
	return counts_instructions ? exact(map_costs(count, true).protect, count) : -1;
}

int64_t run_unmap_touched(unsigned long count)
{
	return counts_instructions ? exact(map_costs(count, true).unmap, count) : -1;
}

int64_t run_map_touch(unsigned long count)
{
	uint64_t start = now();

	for (unsigned long i = 0; i < count; i++) {
		uint64_t addr = map(1);

		touch(addr);
		sys_vm_unmap(addr, USER_PAGE_SIZE);
	}
	return (int64_t)(now() - start);
}

/* ---- memory objects ---- */

#define CLONED 64 /* pages */

static long checked(long h)
{
	if (h < 0)
		lodger_die("memory object: %s", lodger_strerror((int)-h));
	return h;
}

/* An object of CLONED pages that are all there, mapped at *at. */
static long object_with_pages(uint64_t *at)
{
	long h = checked(sys_memory_create(CLONED * USER_PAGE_SIZE));

	*at = (uint64_t)checked(sys_vm_map(h, 0, CLONED * USER_PAGE_SIZE, RW, 0));
	for (uint64_t i = 0; i < CLONED; i++)
		touch(*at + i * USER_PAGE_SIZE);
	return h;
}

static void give_back(long h, uint64_t at)
{
	sys_vm_unmap(at, CLONED * USER_PAGE_SIZE);
	sys_close(h);
}

/* Who writes to a page that a clone has as well gets a copy of it. */
int64_t run_cow(unsigned long count)
{
	uint64_t at, start, cost;
	long h = object_with_pages(&at), clone;

	clone = checked(sys_memory_clone(h, 0, CLONED * USER_PAGE_SIZE));
	touch(at);
	start = now();
	for (unsigned long i = 1; i <= count; i++)
		touch(at + i * USER_PAGE_SIZE);
	cost = now() - start;
	sys_close(clone);
	give_back(h, at);
	return (int64_t)cost;
}

static int64_t clone_of(uint64_t pages, unsigned long count)
{
	uint64_t at, best = UINT64_MAX;
	long h;

	if (!counts_instructions)
		return -1;
	h = object_with_pages(&at);
	for (unsigned long i = 0; i < count; i++) {
		long clone = bracket_call(SYS_memory_clone, (uint64_t)h, 0,
					  pages * USER_PAGE_SIZE, 0, &best);

		sys_close(checked(clone));
		for (uint64_t page = 0; page < pages; page++)
			touch(at + page * USER_PAGE_SIZE); /* it is to be taken out again */
	}
	give_back(h, at);
	return exact(best, count);
}

int64_t run_clone_1(unsigned long count)
{
	return clone_of(1, count);
}

int64_t run_clone_64(unsigned long count)
{
	return clone_of(CLONED, count);
}
