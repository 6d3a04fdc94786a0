/* SPDX-License-Identifier: MIT */
/* From what the loader says of memory to an allocator. Boot only. */
#pragma once

#include "kernel/types.h"
#include "mm/layout.h"

struct memory_given {
	const struct fdt *tree;	   /* reservations, initrd, and memory, */
	const struct fdt *builtin; /* unless only this one's can be used */
	struct mem_range blob;	   /* where `tree` lies; empty: in the kernel */
	struct mem_range kernel;   /* where the image lies, */
	paddr_t kernel_data;	   /* and what of it is written */
	paddr_t devices;	   /* from here to 4 GB there is no memory */
};

/* Fill mem_layout, map memory and its struct pages, hand what is free to the page
 * allocator. Panics only if there is no memory at all that a kernel could use. */
void memory_init(const struct memory_given *given);
/* The initrd, whole pages of its own; empty: none that can be used. */
extern struct mem_range memory_initrd;
/* Lines for the log: what there is, and what is odd about what was said. */
void memory_log(void);
