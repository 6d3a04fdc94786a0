/* SPDX-License-Identifier: MIT */
/* See services.h. */
#include "task/services.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/machine.h"
#include "ipc/device_object.h"
#include "ipc/endpoint.h"
#include "kernel/assert.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "task/initramfs.h"
#include "task/process.h"

#define ANSWER_NS (2 * NSEC_PER_SEC)
/* The badge of everybody's handle of the names. Who has a badge cannot choose another, so
 * that init, which has none, is known by it. */
#define EVERYBODY 1

struct handle_table kernel_handles;
static struct endpoint *init_endpoint; /* [I] referenced */

static void give(u64 number, struct object *o, u32 rights)
{
	int h;

	object_get(o);
	h = handle_add(&kernel_handles, o, rights);
	ENSURE(h == (int)number);
}

void services_init(void)
{
	struct object *devices;
	struct endpoint *names = endpoint_create();
	u64 all;

	init_endpoint = endpoint_create();
	if (!names || !init_endpoint || handle_table_init(&kernel_handles, NULL) ||
	    device_object_create(fdt_root(&machine_fdt), &devices))
		panic("no memory for the first handles");
	give(HANDLE_SELF, devices, RIGHT_READ | RIGHT_WRITE | RIGHT_DUPLICATE);
	give(HANDLE_TERMINAL, &terminal_object, RIGHT_READ | RIGHT_WRITE | RIGHT_DUPLICATE);
	give(HANDLE_INITRAMFS, &initramfs_object.object,
	     RIGHT_READ | RIGHT_SPAWN | RIGHT_DUPLICATE);
	all = HANDLE_NAMES + 1;
	ENSURE(handle_reserve(&kernel_handles) == HANDLE_NAMES);
	give(all, &names->object, RIGHT_CALL | RIGHT_RECEIVE | RIGHT_DUPLICATE);
	handle_unreserve(&kernel_handles, HANDLE_NAMES);
	ENSURE(handle_derive(&kernel_handles, all, &kernel_handles, RIGHT_CALL | RIGHT_DUPLICATE,
			     EVERYBODY) == HANDLE_NAMES);
	give(all + 1, &init_endpoint->object, RIGHT_RECEIVE | RIGHT_DUPLICATE);
	object_put(devices);
	object_put(&names->object);
}

static void start(const char *program, const u64 *handles, unsigned int nr_handles)
{
	struct spawn s = { .image = &initramfs, .args = program,
			   .args_len = strlen(program) + 1, .argc = 1,
			   .handles = handles, .nr_handles = nr_handles,
			   .prio = PRIO_SERVICE };
	const char *why = "";
	struct cpio_entry e;
	struct process *p;
	int err = initramfs_find(program, &e);

	if (!err) {
		s.offset = (u64)(e.data - initramfs.data);
		s.len = e.size;
		err = process_spawn(&s, &p, &why);
	}
	if (err)
		log_warn("init: %s: cannot be started (%d)%s%s: no services", program, -err,
			 *why ? ": " : "", why);
	else
		process_put(p);
}

void services_start(const char *program)
{
	const u64 handles[] = { HANDLE_SELF, HANDLE_NAMES + 1, HANDLE_NAMES + 2 };

	if (program)
		start(program, handles, ARRAY_SIZE(handles));
	/* Who calls gets -EPIPE once init, or whom it gives them to, has ended. */
	for (size_t i = 0; i < ARRAY_SIZE(handles); i++)
		handle_close(&kernel_handles, handles[i]);
}

s64 services_call(u64 word[IPC_WORDS])
{
	s64 err = ipc_call(init_endpoint, 0, word, ANSWER_NS);

	return err ? err : (s64)word[0];
}
