/* SPDX-License-Identifier: MIT */
/*
 * Killing a process with all its descendants: what nobody is left of to go on starting
 * others. One pass over the processes by pid, each marked if its parent is.
 *
 * It is enough because
 *
 *	a child's pid is above its parent's	so the parent is marked, or not, before the
 *						pass comes to the child;
 *	process_lock is held from the first	nobody is added to the table or leaves it
 *	to the last				meanwhile;
 *	who is marked is `dying`, and whose	a child is in the table before the pass, and
 *	parent is dying does not come into	found by it, or never begins (enlist in
 *	the table				process.c).
 *
 * So however fast a program multiplies, after the pass nothing of it will be started.
 *
 * A child whose parent has ended has nobody above it to be marked. It knows the `root` of
 * its tree, though, which is the one that the kernel has started: the shell's program,
 * init. Killing that pid takes the orphans of the tree, too, even if the root itself has
 * ended; killing one in the middle does not take what its dead children have left.
 */
#include "kernel/errno.h"
#include "task/process.h"

/* All from top up to p have been looked at in this pass. [process_lock] */
static bool belongs(const struct process *p, u32 top)
{
	const struct process *parent;

	if (p->pid == top || p->root_pid == top)
		return true;
	if (p->parent_pid < top) /* as of most others: no look-up */
		return false;
	parent = process_from_locked(p->parent_pid);
	return parent->pid == p->parent_pid && parent->in_tree;
}

int process_kill_tree(u32 top, s64 status)
{
	struct process *p;
	int found = 0, ended = 0;

	spin_lock(&process_lock);
	for (p = process_from_locked(top); p; p = process_from_locked((u64)p->pid + 1)) {
		p->in_tree = belongs(p, top);
		if (!p->in_tree)
			continue;
		found++;
		ended += process_kill_locked(p, status);
	}
	spin_unlock(&process_lock);
	return found ? ended : -ESRCH;
}
