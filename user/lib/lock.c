/* SPDX-License-Identifier: MIT */
/*
 * Recursive locks, and picolibc's hooks on them: malloc and stdio take theirs
 * through __retarget_lock_*, so both are safe among threads.
 *
 * The kernel has no call to wait for a word of memory, and what these locks
 * guard is short: a waiter first gives way to the others of its priority, then
 * sleeps in short steps, so that an owner that must wait for a CPU gets one.
 *
 * The owner is known by its thread pointer, which no two live threads share
 * and which is never zero. Only the owner ever stores or clears its own value:
 * a relaxed load that finds it is therefore certain.
 */
#include <stdlib.h>
#include <sys/lock.h>

#include "private.h"
#include "syscall.h"

#define YIELDS_BEFORE_SLEEP 32
#define SLEEP_NS (50 * NSEC_PER_USEC)

static uintptr_t self(void)
{
	uintptr_t tp;

#ifdef __arm__
	__asm__("mrc	p15, 0, %0, c13, c0, 3" : "=r"(tp)); /* TPIDRURO */
#else
	__asm__("mrs	%0, tpidr_el0" : "=r"(tp));
#endif
	return tp;
}

bool lodger_trylock(struct lodger_lock *l)
{
	uintptr_t free = 0;

	if (__atomic_load_n(&l->owner, __ATOMIC_RELAXED) != self() &&
	    !__atomic_compare_exchange_n(&l->owner, &free, self(), false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	l->depth++;
	return true;
}

void lodger_lock(struct lodger_lock *l)
{
	for (unsigned int tries = 0; !lodger_trylock(l); tries++) {
		if (tries < YIELDS_BEFORE_SLEEP)
			sys_yield();
		else
			sys_sleep(SLEEP_NS);
	}
}

void lodger_unlock(struct lodger_lock *l)
{
	if (--l->depth == 0)
		__atomic_store_n(&l->owner, 0, __ATOMIC_RELEASE);
}

/*
 * The hooks. picolibc never looks inside struct __lock; the one it expects to
 * find is the recursive lock of the library itself, malloc's included. Its
 * newer versions have no hook to try a lock, and its older ones never call it.
 */
struct __lock {
	struct lodger_lock lock;
};

struct __lock __lock___libc_recursive_mutex;

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
	struct __lock *l = calloc(1, sizeof(*l));

	/* No memory: the library's own lock is coarser, but as right. */
	*lock = l ? l : &__lock___libc_recursive_mutex;
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
	if (lock != &__lock___libc_recursive_mutex)
		free(lock);
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
	lodger_lock(&lock->lock);
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
	lodger_unlock(&lock->lock);
}

/* A recursive lock serves where a plain one is asked for. */
void __retarget_lock_init(_LOCK_T *lock)
{
	__retarget_lock_init_recursive(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
	__retarget_lock_close_recursive(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
	lodger_lock(&lock->lock);
}

void __retarget_lock_release(_LOCK_T lock)
{
	lodger_unlock(&lock->lock);
}
