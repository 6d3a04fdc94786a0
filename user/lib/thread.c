/* SPDX-License-Identifier: MIT */
/*
 * Threads: the kernel starts one at an address with a stack pointer and a
 * thread pointer; everything around that is made here.
 *
 * A thread lives in one block of memory:
 *
 *	block              + PAGE            top - tls_room()        top
 *	| guard, no access | stack, grows down | thread-local variables |
 *
 * A stack that overflows stores into the guard, and the process ends with a
 * fault instead of damaging its neighbour. Blocks of joined threads are kept
 * for the next ones, a few of them: making one costs two system calls and a
 * few page faults, using one again costs nothing.
 *
 * A block must outlive its thread, so it is given back by the one that joins,
 * after the kernel has said that the thread is gone.
 */
#include "private.h"
#include "syscall.h"

#define BLOCK_SIZE (USER_PAGE_SIZE + LODGER_STACK_SIZE)
#define SPARE_MAX 8

static struct lodger_lock spare_lock;
static uintptr_t spare[SPARE_MAX]; /* [spare_lock] blocks to be used again */
static unsigned int nr_spare;	   /* [spare_lock] */

/* What the thread pointer and the variables behind it take; keeps 16. */
static uintptr_t tls_room(void)
{
	uintptr_t align = _tls_align() > 16 ? _tls_align() : 16;

	return (TCB_OFFSET + _tls_size() + align - 1) & -align;
}

/* A new block, or -errno. */
static int64_t block_make(void)
{
	int64_t block = sys_vm_map(HANDLE_NONE, 0, BLOCK_SIZE,
				PROT_READ | PROT_WRITE, 0);
	int64_t ret = block < 0 ? block :
		   sys_vm_protect((uint64_t)block, USER_PAGE_SIZE, 0);

	if (block >= 0 && ret) {
		sys_vm_unmap((uint64_t)block, BLOCK_SIZE);
		block = ret;
	}
	return block;
}

static int64_t block_get(void)
{
	uintptr_t block = 0;

	lodger_lock(&spare_lock);
	if (nr_spare)
		block = spare[--nr_spare];
	lodger_unlock(&spare_lock);
	return block ? (int64_t)block : block_make();
}

static void block_put(uintptr_t block)
{
	lodger_lock(&spare_lock);
	if (nr_spare < SPARE_MAX) {
		spare[nr_spare++] = block;
		block = 0;
	}
	lodger_unlock(&spare_lock);
	if (block)
		sys_vm_unmap(block, BLOCK_SIZE);
}

static void thread_main(void *arg)
{
	struct lodger_thread *t = arg;

	t->result = t->run(t->arg);
	lodger_terminal_flush();
	sys_thread_exit();
}

int lodger_thread_create(struct lodger_thread *t, int (*run)(void *), void *arg)
{
	uintptr_t tp;
	int64_t block = block_get();

	if (block < 0)
		return (int)block;
	tp = (uintptr_t)block + BLOCK_SIZE - tls_room();
	_init_tls((char *)tp + TCB_OFFSET);
	*t = (struct lodger_thread){
		.run = run, .arg = arg, .block = (uintptr_t)block,
	};
	t->handle = (int)sys_thread_create(thread_main, tp, t, tp);
	if (t->handle < 0) {
		block_put(t->block);
		return t->handle;
	}
	return 0;
}

int lodger_thread_join(struct lodger_thread *t, int *result)
{
	long ret = sys_wait(t->handle, WAIT_FOREVER, NULL); /* a thread's status is 0 */

	if (ret)
		return (int)ret;
	sys_close(t->handle);
	block_put(t->block);
	if (result)
		*result = t->result;
	return 0;
}

void lodger_yield(void)
{
	sys_yield();
}

void lodger_sleep_ns(uint64_t ns)
{
	sys_sleep(ns);
}
