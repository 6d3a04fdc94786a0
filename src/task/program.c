/* SPDX-License-Identifier: MIT */
/*
 * From a program file to an address space: check the file, lay out the segments, the
 * archive and the stack, write the block that the program starts with. Nothing is
 * read from the file before elf_parse has accepted it.
 */
#include "task/program.h"
#include "core/clock.h"
#include "core/pmu.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/initramfs.h"

/* Below the end of the user range: no address of the stack is near it. */
#define STACK_GAP 0x10000

/* A segment of a file in a memory object: all of it is copied now. */
static int copy_segment(struct mm *mm, const struct elf_segment *g, const struct spawn *s,
			u8 *buf)
{
	vaddr_t at = g->vaddr;
	int err = mm_map_anon(mm, &at, g->memsz, PROT_READ | PROT_WRITE);

	for (u64 done = 0; done < g->filesz && !err;) {
		u64 n = MIN(g->filesz - done, PAGE_SIZE);

		err = memory_read(s->memory, s->offset + g->file_off + done, buf, n);
		if (!err)
			err = mm_poke(mm, g->vaddr + g->skip + done, buf, n);
		done += n;
	}
	return err ? err : mm_protect(mm, g->vaddr, g->memsz, g->prot);
}

static int map_segments(struct mm *mm, const struct elf_image *elf,
			const struct spawn *s)
{
	u8 *buf = s->memory ? kmalloc(PAGE_SIZE) : NULL;
	int err = s->memory && !buf ? -ENOMEM : 0;

	for (unsigned int i = 0; i < elf->nr_segments && !err; i++) {
		const struct elf_segment *g = &elf->segment[i];

		if (s->memory)
			err = copy_segment(mm, g, s, buf);
		else
			err = mm_map_image(mm, g->vaddr, g->memsz, g->prot, s->image,
					   s->offset + g->file_off, g->filesz, g->skip);
	}
	kfree(buf);
	return err;
}

/* The initial stack: start_info, argv[], envp[], the strings; *sp is the address of the
 * first, and the stack pointer. */
static int build_stack(struct mm *mm, const struct spawn *s, u32 pid,
		       vaddr_t archive, vaddr_t *sp)
{
	size_t width = mm_is_32(mm) ? sizeof(u32) : sizeof(u64);
	size_t nr_pointers = s->argc + 1 + s->envc + 1, at = 0;
	vaddr_t top = mm->user_end - STACK_GAP;
	vaddr_t strings = ALIGN_DOWN(top - s->args_len, 16);
	vaddr_t argv = ALIGN_DOWN(strings - nr_pointers * width, 16);
	vaddr_t info_at = argv - ALIGN_UP(sizeof(struct start_info), 16);
	vaddr_t bottom = top - USER_STACK_SIZE;
	struct start_info info = {
		.size = sizeof(info),
		.pid = pid,
		.argc = s->argc,
		.argv = argv,
		.initramfs = archive,
		.initramfs_len = archive ? initramfs.size : 0,
		.counter_hz = clock_hz,
		.flags = CONFIG_PMU_USER && pmu_counts_instructions() ? START_PMU : 0,
		.envc = s->envc,
		.envp = argv + (s->argc + 1) * width,
	};
	u8 pointers[(SPAWN_ARGC_MAX + SPAWN_ENVC_MAX + 2) * sizeof(u64)] = { 0 };
	int err;

	for (unsigned int i = 0; i < s->argc + s->envc; i++) {
		u64 string = strings + at;

		/* little endian; a zero follows the arguments */
		memcpy(pointers + (i < s->argc ? i : i + 1) * width, &string, width);
		at += strlen(s->args + at) + 1;
	}
	err = mm_map_anon(mm, &bottom, USER_STACK_SIZE, PROT_READ | PROT_WRITE);
	if (!err)
		err = mm_poke(mm, strings, s->args, s->args_len);
	if (!err)
		err = mm_poke(mm, argv, pointers, nr_pointers * width);
	if (!err)
		err = mm_poke(mm, info_at, &info, sizeof(info));
	*sp = info_at;
	return err;
}

/* The strings are argc and envc, each ended by a NUL, and fill args_len. */
static bool args_ok(const struct spawn *s)
{
	unsigned int n = 0;

	if (s->argc == 0 || s->argc > SPAWN_ARGC_MAX || s->envc > SPAWN_ENVC_MAX ||
	    s->args_len == 0 || s->args[s->args_len - 1] != '\0')
		return false;
	for (size_t i = 0; i < s->args_len; i++)
		n += s->args[i] == '\0';
	return n == s->argc + s->envc;
}

/* The headers of the file, wherever it is. */
static int parse(const struct spawn *s, struct elf_image *elf, const char **why)
{
	u64 size = s->memory ? s->memory->pages * PAGE_SIZE : s->image->size;
	u64 have = MIN(s->len, PAGE_SIZE);
	u8 *head;
	int err;

	if (s->offset > size || s->len > size - s->offset)
		return -EINVAL;
	if (!s->memory)
		return elf_parse(s->image->data + s->offset, s->len, elf, why);
	head = kmalloc(PAGE_SIZE);
	if (!head)
		return -ENOMEM;
	err = memory_read(s->memory, s->offset, head, have);
	if (!err)
		err = elf_parse_head(head, have, s->len, elf, why);
	kfree(head);
	return err;
}

int program_check(const struct spawn *s, struct elf_image **out, const char **why)
{
	struct elf_image *elf;
	int err;

	*why = "";
	if (!args_ok(s))
		return -EINVAL;
	if (s->args_len > SPAWN_ARGS_MAX)
		return -E2BIG;
	elf = kmalloc(sizeof(*elf));
	if (!elf)
		return -ENOMEM;
	err = parse(s, elf, why);
	if (!err && elf->bits == 32 && ID_AA64PFR0_EL0(read_sysreg(id_aa64pfr0_el1)) != 2) {
		*why = "this CPU runs no 32-bit programs";
		err = -ENOEXEC;
	}
	if (err)
		kfree(elf);
	else
		*out = elf;
	return err;
}

/* The archive, if the program's handles let it read it: *at is where, or 0. */
static int map_archive(struct mm *mm, struct handle_table *handles, vaddr_t *at)
{
	struct object *o;
	int err = 0;

	*at = 0;
	if (handle_get(handles, HANDLE_INITRAMFS, OBJ_MEMORY, RIGHT_READ, &o))
		return 0;
	if (o == &initramfs_object.object) /* not what has come under its number since */
		err = mm_map_memory(mm, at, memory_object(o)->memory.pages * PAGE_SIZE,
				    PROT_READ, false, &memory_object(o)->memory, 0);
	object_put(o);
	return err;
}

int program_load(struct mm *mm, struct handle_table *handles, const struct spawn *s,
		 const struct elf_image *elf, u32 pid, struct thread_start *start, const char **why)
{
	vaddr_t archive = 0;
	int err;

	mm->user_end = elf->bits == 32 ? USER32_VA_END : USER_VA_END;
	err = map_segments(mm, elf, s);
	if (!err && elf->end > mm->user_end - STACK_GAP - USER_STACK_SIZE) {
		*why = "a segment lies where the stack goes";
		err = -ENOEXEC;
	}
	if (!err)
		err = map_archive(mm, handles, &archive);
	if (!err)
		err = build_stack(mm, s, pid, archive, &start->sp);
	if (err == -EEXIST || err == -ENOSPC) {
		*why = "segments leave no room for the stack or the archive";
		err = -ENOEXEC;
	}
	start->entry = elf->entry;
	start->arg = start->sp;
	return err;
}
