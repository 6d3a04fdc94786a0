/* SPDX-License-Identifier: MIT */
/*
 * The heap that malloc grows by sbrk.
 *
 * It is a fixed range of addresses of which ever more is mapped, a chunk at a
 * time. Mapped is not used: the kernel provides a page when it is first
 * touched, so a generous chunk costs address space only. When the kernel
 * refuses, malloc returns NULL. Memory is not handed back before the end of
 * the process: free() keeps it for the next malloc().
 */
#include <unistd.h>

#include "private.h"
#include "syscall.h"

#define HEAP_START 0x10000000UL /* above any program of ours, below */
#define HEAP_END   0x40000000UL /* 1 GB: one second-level table for all */
#define HEAP_CHUNK 0x40000UL

static struct lodger_lock heap_lock;
static uintptr_t heap_break = HEAP_START;  /* [heap_lock] end of what is used */
static uintptr_t heap_mapped = HEAP_START; /* [heap_lock] end of what is mapped */

static long heap_map(uintptr_t end)
{
	uintptr_t len = (end - heap_mapped + HEAP_CHUNK - 1) & -HEAP_CHUNK;
	long ret = sys_vm_map(HANDLE_NONE, heap_mapped, len,
			      PROT_READ | PROT_WRITE, 0);

	if (ret < 0)
		return ret;
	heap_mapped += len;
	return 0;
}

void *sbrk(ptrdiff_t increment)
{
	uintptr_t old;
	long ret = 0;

	lodger_lock(&heap_lock);
	old = heap_break;
	if (increment < 0 ? (uintptr_t)-increment > old - HEAP_START :
			    (uintptr_t)increment > HEAP_END - old)
		ret = -ENOMEM;
	else if (old + increment > heap_mapped)
		ret = heap_map(old + increment);
	if (!ret)
		heap_break = old + increment;
	lodger_unlock(&heap_lock);
	if (ret) {
		errno = (int)-ret;
		return (void *)-1;
	}
	return (void *)old;
}
