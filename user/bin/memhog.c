/* SPDX-License-Identifier: MIT */
/*
 * Takes memory and touches every page of it: each must come as zeros, and each
 * must keep what is written until the end. Whatever it got goes back when it
 * exits, or when the kernel ends it because there is no more.
 */
#include <stdio.h>

#include "lodger.h"
#include "syscall.h"

#define MB 0x100000UL
#define MAX_MB 0x10000UL
#define WORDS (USER_PAGE_SIZE / sizeof(uint64_t))

/* Another value for each page, none of them zero. */
static uint64_t mark(unsigned long page)
{
	return ~page;
}

static void touch(uint64_t *memory, unsigned long pages)
{
	for (unsigned long page = 0; page < pages; page++) {
		uint64_t *p = memory + page * WORDS;

		for (unsigned long i = 0; i < WORDS; i++)
			if (p[i])
				lodger_die("%p is not zero but 0x%lx",
					   (void *)&p[i], p[i]);
		p[0] = p[WORDS - 1] = mark(page);
	}
}

static void check(const uint64_t *memory, unsigned long pages)
{
	for (unsigned long page = 0; page < pages; page++) {
		const uint64_t *p = memory + page * WORDS;

		if (p[0] != mark(page) || p[WORDS - 1] != mark(page))
			lodger_die("%p has lost what was written",
				   (const void *)p);
	}
}

int main(int argc, char **argv)
{
	const char *usage = "memhog megabytes";
	unsigned long mb, pages;
	long ret;

	lodger_help(argc, argv, usage);
	if (argc != 2)
		lodger_usage(usage);
	mb = lodger_number("megabytes", argv[1], 1, MAX_MB);
	pages = mb * (MB / USER_PAGE_SIZE);
	ret = sys_vm_map(HANDLE_NONE, 0, mb * MB, PROT_READ | PROT_WRITE, 0);
	if (ret < 0)
		lodger_die("%lu MB: %s", mb, lodger_strerror((int)-ret));
	touch((uint64_t *)ret, pages);
	check((uint64_t *)ret, pages);
	printf("memhog: %lu MB, every page zero when it came, then written\n",
	       mb);
	return EXIT_OK;
}
