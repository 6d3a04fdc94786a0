/* SPDX-License-Identifier: MIT */
/*
 * The initramfs. User programs map its pages as they are, so the archive must
 * begin on a page of its own and its last page must hold nothing behind it. The
 * built-in one does; a loader's is put right here, or copied.
 */
#include "task/initramfs.h"
#include "arm64/tlb.h"
#include "core/log.h"
#include "kernel/errno.h"
#include "lib/string.h"

extern const u8 *const initramfs_builtin[2]; /* where it begins and ends: boot/words.S */

struct image initramfs;
const char *initramfs_from = "none";
struct memory_object initramfs_object = {
	.object = { .type = OBJ_MEMORY, .refs = ATOMIC_INIT(1) },
};

static bool is_archive(const u8 *p, u64 size)
{
	struct cpio_entry e;
	size_t off = 0;
	int err;

	while ((err = cpio_next(p, size, off, &e)) == 0)
		off = e.next;
	return err == -ENOENT && off > 0;
}

static int use_loaded(paddr_t phys, u64 size)
{
	u8 *p = phys_to_virt(phys);
	u64 tail = ALIGN_UP(phys + size, PAGE_SIZE) - (phys + size);

	if (!is_archive(p, size)) {
		log_err("initramfs: %llu bytes from the loader at 0x%llx: no newc archive",
			(unsigned long long)size, (unsigned long long)phys);
		return -EILSEQ;
	}
	if (!IS_ALIGNED(phys, PAGE_SIZE)) {
		/* The whole first page is reserved: move the archive down. */
		paddr_t to = ALIGN_DOWN(phys, PAGE_SIZE);

		memmove(phys_to_virt(to), p, size);
		tail = ALIGN_UP(phys + size, PAGE_SIZE) - (to + size);
		phys = to;
		p = phys_to_virt(to);
	}
	memset(p + size, 0, tail);
	initramfs = (struct image){ .data = p, .phys = phys, .size = size };
	initramfs_from = "boot loader";
	return 0;
}

/* Our own reference is never put. */
static const struct memory_ops never;

void initramfs_init(paddr_t phys, u64 size)
{
	if (size == 0 || use_loaded(phys, size)) {
		initramfs = (struct image){
			.data = initramfs_builtin[0],
			.phys = sym_to_phys(initramfs_builtin[0]),
			.size = (u64)(initramfs_builtin[1] - initramfs_builtin[0]),
		};
		initramfs_from = "built in";
	}
	memory_make(&initramfs_object.memory,
		    ALIGN_UP(initramfs.size, PAGE_SIZE) / PAGE_SIZE, &never);
	initramfs_object.memory.image = &initramfs;
	/* Programs may map it to execute: a loader, or we, wrote it as data. */
	icache_sync(initramfs.data, initramfs.size);
	log_info("initramfs: %s, %llu bytes", initramfs_from,
		 (unsigned long long)initramfs.size);
}

int initramfs_next(size_t *offset, struct cpio_entry *e)
{
	int err = cpio_next(initramfs.data, initramfs.size, *offset, e);

	if (!err)
		*offset = e->next;
	return err;
}

int initramfs_find(const char *name, struct cpio_entry *e)
{
	return cpio_find(initramfs.data, initramfs.size, name, e);
}
