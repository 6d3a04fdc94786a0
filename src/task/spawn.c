/* SPDX-License-Identifier: MIT */
/*
 * From a program to a running process: make the process, have its address space
 * filled (program.c), hand out its first handles, start its first thread. Nothing
 * happens to anybody else if any step fails.
 */
#include "task/spawn.h"
#include "kernel/errno.h"
#include "mm/slab.h"
#include "task/initramfs.h"
#include "task/program.h"
#include "task/services.h"

struct object terminal_object = { .type = OBJ_TERMINAL, .refs = ATOMIC_INIT(1) };

static int give_handle(struct process *p, int expected, struct object *o, u32 rights)
{
	int h;

	object_get(o);
	h = handle_add(&p->handles, o, rights);
	if (h < 0) {
		object_put(o);
		return h;
	}
	ENSURE(h == expected);
	return 0;
}

/* What the parent has under that number, if it may be given on and is to be. */
static int inherit(struct process *p, int number, struct handle_table *from, bool wanted)
{
	int err = wanted ? handle_derive(from, (u64)number, &p->handles, ~0U, 0) : -EBADF;

	if (err == -EBADF || err == -EPERM)
		err = handle_reserve(&p->handles); /* it names nothing */
	ENSURE(err < 0 || err == number);
	return MIN(err, 0);
}

static int give_handles(struct process *p, const struct spawn *s)
{
	struct handle_table *from = s->from ?: &kernel_handles;
	int err = give_handle(p, HANDLE_SELF, &p->object,
			      RIGHT_WAIT | RIGHT_KILL | RIGHT_DUPLICATE);

	if (!err)
		err = inherit(p, HANDLE_TERMINAL, from, !(s->flags & SPAWN_NO_TERMINAL));
	if (!err)
		err = inherit(p, HANDLE_INITRAMFS, from, !(s->flags & SPAWN_NO_INITRAMFS));
	if (!err)
		err = inherit(p, HANDLE_NAMES, from, !(s->flags & SPAWN_NO_NAMES));
	for (unsigned int i = 0; i < s->nr_handles && err >= 0; i++)
		err = handle_derive(from, s->handles[i], &p->handles, ~0U, 0);
	return MIN(err, 0);
}

/* Who pays: with a limit, or for the kernel, which starts a tree by it, an account of its
 * own; else the parent's. Referenced, or NULL. */
static struct account *get_account(const struct spawn *s)
{
	struct page_stats stats;
	u64 limit = s->memory_pages;

	if (s->account && !limit) {
		account_get(s->account);
		return s->account;
	}
	if (!limit) {
		page_get_stats(&stats);
		limit = stats.total_pages / 100 * CONFIG_TREE_MEMORY_PERCENT;
	}
	return account_create(s->account, limit);
}

int process_spawn(const struct spawn *s, struct process **out, const char **why)
{
	struct thread_start start = { .affinity = s->affinity, .prio = s->prio };
	struct account *account;
	struct elf_image *elf;
	struct mm *mm;
	struct process *p;
	struct thread *t;
	int err = program_check(s, &elf, why);

	if (err)
		return err;
	account = get_account(s);
	err = account ? process_create(s->args, s->parent_pid, account, &p) : -ENOMEM;
	account_put(account);
	if (err) {
		kfree(elf);
		return err;
	}
	p->foreground = s->foreground;
	err = give_handles(p, s);
	if (!err)
		err = program_load(p->mm, &p->handles, s, elf, p->pid, &start, why);
	kfree(elf);
	if (err)
		goto abandon;
	mm = p->mm; /* once it runs, the process may lose it at any time */
	err = thread_create(p, &start, &t);
	if (err)
		goto abandon;
	mmput(mm); /* the thread has an mm_users of its own; this is mm_alloc's */
	object_put(&t->object);
	*out = p;
	return 0;

abandon:
	process_abandon(p);
	return err;
}
